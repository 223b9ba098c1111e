//! `hatcheck client`: apps, registered and looked after by an admin (RFC 7591 by command).

mod add;
mod registration;
mod secret;
mod show;
#[cfg(test)]
mod tests;
mod token;
mod update;

pub(super) use secret::length;

use std::path::PathBuf;
use std::time::Duration;

use clap::Subcommand;
use serde_json::json;

use super::{CliError, Common, open, say, say_json};
use crate::http::App;
use crate::keys;
use crate::model::{Client, ClientId, EndReason, EventKind};
use crate::store;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print JSON (add, show, update and rotate-secret always do)
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Register an app, and print its registration with its secret: the only time that it is shown
    Add(FileArgs),
    /// List all apps
    List,
    /// Show the registration of an app, as `update` takes it
    Show(Which),
    /// Replace the registration of an app
    Update(UpdateArgs),
    /// Remove an app; all that it was given ends
    Delete(Which),
    /// Make a new secret; the old one stays good for a while
    RotateSecret(RotateArgs),
    /// Tokens with which others register apps (registration.mode token)
    Token {
        #[command(subcommand)]
        command: token::Command,
    },
}

/// What describes an app.
#[derive(Debug, clap::Args)]
struct FileArgs {
    /// A JSON file of client metadata (RFC 7591), with `client_id` and `client_secret` if you choose them; `-` is
    /// standard input
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
}

/// Which app a command is about.
#[derive(Debug, clap::Args)]
struct Which {
    /// The `client_id`
    #[arg(value_name = "CLIENT_ID", allow_hyphen_values = true)]
    id: String,
}

#[derive(Debug, clap::Args)]
struct UpdateArgs {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    file: FileArgs,
}

#[derive(Debug, clap::Args)]
struct RotateArgs {
    #[command(flatten)]
    which: Which,
    /// How long the old secret stays good beside the new one, like 30m, 24h or 7d
    #[arg(long, default_value = "24h", value_parser = secret::length)]
    overlap: Duration,
}

/// Runs it.
pub fn run(args: Args, common: &Common) -> Result<(), CliError> {
    // The file is looked at before anything is opened or made
    match args.command {
        Command::Add(FileArgs { file }) => {
            let registration = registration::read(&file)?;
            say_json(&add::add(&open(common)?, registration)?)
        }
        Command::Update(UpdateArgs { which, file: FileArgs { file } }) => {
            let registration = registration::read(&file)?;
            let app = open(common)?;
            say_json(&update::update(&app, &find(&app, &which.id)?, registration)?)
        }
        Command::List => show::list(&open(common)?, args.json),
        Command::Show(which) => say_json(&find(&open(common)?, &which.id)?.to_json(None)),
        Command::Delete(which) => {
            let app = open(common)?;
            let client = find(&app, &which.id)?;
            delete(&app, &client)?;
            if args.json {
                return say_json(&json!({"deleted": client.id}));
            }
            say(format!("{} is deleted", client.id))
        }
        Command::Token { command } => token::run(command, args.json, common),
        Command::RotateSecret(RotateArgs { which, overlap }) => {
            let app = open(common)?;
            say_json(&secret::rotate(&app, &find(&app, &which.id)?, overlap)?)
        }
    }
}

/// Why something can't be done to an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Refused {
    #[error("no app here has that client_id: `hatcheck client list` shows them all")]
    Unknown,
    #[error("client_id: an app has it already; choose another, or use `hatcheck client update`")]
    Taken,
    #[error("another command changed this app at the same time: look at it, and try again")]
    Changed,
}

impl From<Refused> for CliError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Taken => Self::Input(refused.to_string()),
            Refused::Unknown | Refused::Changed => Self::Failed(refused.to_string()),
        }
    }
}

pub(super) fn find(app: &App, id: &str) -> Result<Client, CliError> {
    let id = ClientId::parse(id).ok_or(Refused::Unknown)?;
    let found = app.store().read_blocking(move |db| store::clients::find(db, &id))?;
    Ok(found.ok_or(Refused::Unknown)?)
}

/// Writes a changed app, unless somebody else has meanwhile: secrets must not come back to life.
fn write(app: &App, before: &Client, after: &Client, detail: &str) -> Result<(), CliError> {
    let event = app.event(EventKind::ClientChanged, None, Some(&after.id), detail);
    let (before, after) = (before.clone(), after.clone());
    app.store().write_blocking(move |db| {
        match store::clients::find(db, &before.id)? {
            None => return Ok(Err(Refused::Unknown)),
            Some(now) if now.secrets != before.secrets => return Ok(Err(Refused::Changed)),
            Some(_) => {}
        }
        store::clients::update(db, &after)?;
        store::events::append(db, &event)?;
        Ok(Ok(()))
    })??;
    Ok(())
}

/// Refuses what the profiles of this server do not allow.
fn admit(app: &App, client: &Client) -> Result<(), CliError> {
    let admitted = app.settings().security.admit(&client.metadata);
    admitted.map_err(|error| CliError::Input(error.to_string()))
}

/// Keys for the algorithms that the app wants its answers signed with, before the app can ask for one.
fn ensure_key(app: &App, client: &Client) -> Result<(), CliError> {
    for algorithm in client.metadata.algorithms() {
        keys::ensure_algorithm(app.store(), app.vault(), algorithm.into(), app.now())?;
    }
    Ok(())
}

fn delete(app: &App, client: &Client) -> Result<(), CliError> {
    let event = app.event(EventKind::ClientDeleted, None, Some(&client.id), "by command");
    let (id, now) = (client.id.clone(), app.now());
    app.store().write_blocking(move |db| {
        store::grants::end_of_client(db, &id, EndReason::Admin, now)?;
        if !store::clients::delete(db, &id)? {
            return Ok(Err(Refused::Unknown));
        }
        store::events::append(db, &event)?;
        Ok(Ok(()))
    })??;
    Ok(())
}
