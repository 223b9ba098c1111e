//! `hatcheck key rewrap`.

use std::path::PathBuf;

use serde_json::json;

use super::{App, CliError, say, say_json};
use crate::keys::{self, Resealed, Rewrap, Vault};
use crate::model::{EventKind, Secret};
use crate::store;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Take the new master key from this file, which looks like master.key; one is made by default
    #[arg(long, value_name = "FILE")]
    new_master: Option<PathBuf>,
}

/// Runs it: each step may be the last before a crash, and the next run goes on from there.
pub fn run(args: &Args, app: &App, as_json: bool) -> Result<(), CliError> {
    let rewrap = begin(args, app)?;
    let done = reseal(app, &rewrap)?;
    rewrap.finish()?;
    // What a running server sealed under the old key meanwhile
    reseal(app, &rewrap)?;
    let previous = app.vault().dir().join("master.key.previous");
    if as_json {
        return say_json(&json!({
            "master_key": rewrap.name(), "previous": previous, "encrypted_anew": done,
        }));
    }
    say(format_args!(
        "{} signing keys, {} secrets of the instance, {} secrets of clients and {} authenticators are encrypted \
         under the new master key {}",
        done.signing_keys,
        done.secrets,
        done.client_secrets,
        done.authenticators,
        rewrap.name()
    ))?;
    say(format_args!(
        "back up {} again; {} opens older backups of the database: delete it when none matters any more",
        app.vault().dir().join("master.key").display(),
        previous.display()
    ))
}

fn begin(args: &Args, app: &App) -> Result<Rewrap, CliError> {
    let Some(file) = &args.new_master else {
        return Ok(app.vault().begin_rewrap(Secret::new(app.random()).expose())?);
    };
    let new = Vault::read_file(file)?;
    let rewrap = app.vault().begin_rewrap(new.expose())?;
    if rewrap.name() == Vault::name_of(new.expose())? {
        return Ok(rewrap);
    }
    Err(CliError::Failed(format!(
        "a change to another master key, {}, was begun before: end it first, with `hatcheck key rewrap`",
        rewrap.name()
    )))
}

fn reseal(app: &App, rewrap: &Rewrap) -> Result<Resealed, CliError> {
    let detail = format!("under the master key {}", rewrap.name());
    let event = app.event(EventKind::KeysRewrapped, None, None, detail);
    let rewrap = rewrap.clone();
    Ok(app.store().write_blocking(move |db| {
        let done = keys::reseal(db, &rewrap)?;
        if !done.is_empty() {
            store::events::append(db, &event)?;
        }
        Ok(done)
    })?)
}
