//! `hatcheck connector`: the providers elsewhere by which people sign in. Those of the settings are listed and tried; others are
//! added, changed and deleted here, and running servers notice within a second.

mod change;
mod file;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::System;
use clap::Subcommand;
use serde_json::json;

use super::{CliError, Common, client, open, say, say_json};
use crate::federation::{Connectors, Finding};
use crate::http::App;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print JSON (show always does)
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a connector, and print the redirect URI that its provider has to register
    Add(FileArgs),
    /// List all connectors, each with its redirect URI
    List,
    /// Show a connector that was added, as `update` takes it; its secret is not shown
    Show(Which),
    /// Ask a provider what it offers, and whether it knows this server; 1 when something is not in order
    Test(Which),
    /// Replace a connector that was added
    Update(UpdateArgs),
    /// Delete a connector that was added
    Delete(DeleteArgs),
}

#[derive(Debug, clap::Args)]
struct Which {
    /// The connector's name
    name: String,
}

#[derive(Debug, clap::Args)]
struct FileArgs {
    #[command(flatten)]
    which: Which,
    /// A JSON file with the members of `[connectors.NAME]`, and the secret itself as `client_secret` or `client_key`; `-` is
    /// standard input
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
}

#[derive(Debug, clap::Args)]
struct DeleteArgs {
    #[command(flatten)]
    which: Which,
    /// Also take the links away from the people who are known by it, who then need another way in
    #[arg(long)]
    unlink: bool,
}

#[derive(Debug, clap::Args)]
struct UpdateArgs {
    #[command(flatten)]
    file: FileArgs,
    /// How long the old secret is tried as well when there is a new one, like 30m, 24h or 7d
    #[arg(long, default_value = "24h", value_parser = client::length)]
    overlap: Duration,
}

/// Runs it.
pub fn run(args: Args, common: &Common) -> Result<(), CliError> {
    match args.command {
        Command::Add(FileArgs { which, file }) => {
            let described = file::read(&which.name, &file)?;
            change::add(&open(common)?, described, args.json)
        }
        Command::Update(UpdateArgs { file: FileArgs { which, file }, overlap }) => {
            let described = file::read(&which.name, &file)?;
            change::update(&open(common)?, described, overlap, args.json)
        }
        Command::Delete(DeleteArgs { which, unlink }) => {
            change::delete(&open(common)?, &which.name, unlink, args.json)
        }
        Command::Show(which) => change::show(&open(common)?, &which.name),
        Command::List => list(&open(common)?, args.json),
        Command::Test(which) => test(&open(common)?, &which.name, args.json),
    }
}

/// Why something can't be done to a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Refused {
    #[error("there is no connector of that name: `hatcheck connector list` shows them all")]
    Unknown,
    #[error(
        "there is a connector of that name: choose another, or use `hatcheck connector update`"
    )]
    Taken,
    #[error("that connector stands in the settings, and is changed there")]
    OfSettings,
    #[error(
        "people are linked by it, and the new issuer may know others by the same names: add the new provider under another name"
    )]
    Moved,
    #[error("people are linked by it: `--unlink` takes the links away as well")]
    Linked,
    #[error("another command changed this connector at the same time: look at it, and try again")]
    Changed,
}

impl From<Refused> for CliError {
    fn from(refused: Refused) -> Self {
        Self::Failed(refused.to_string())
    }
}

fn all(app: &App) -> Result<Arc<Connectors>, CliError> {
    Ok(System::new().block_on(app.connectors())?)
}

fn list(app: &App, json: bool) -> Result<(), CliError> {
    let all = all(app)?;
    if json {
        let record = |each: &crate::federation::Connector| {
            json!({
                "name": each.name,
                "title": each.settings.title,
                "issuer": each.settings.issuer,
                "client_id": each.settings.client_id,
                "redirect_uri": each.redirect_uri,
            })
        };
        return say_json(&all.iter().map(record).collect::<Vec<_>>());
    }
    all.iter().try_for_each(|each| {
        say(format!("{}  {}  comes back to {}", each.name, each.settings.issuer, each.redirect_uri))
    })
}

fn test(app: &App, name: &str, json: bool) -> Result<(), CliError> {
    let connectors = all(app)?;
    let connector = connectors.get(name).ok_or(Refused::Unknown)?;
    let findings = System::new().block_on(async {
        let tools = app.tools(connector).await?;
        Ok::<_, CliError>(connector.examine(&tools).await)
    })?;
    let record =
        |each: &Finding| json!({ "good": each.good, "found": each.text, "mend": each.mend });
    if json {
        say_json(&findings.iter().map(record).collect::<Vec<_>>())?;
    } else {
        for each in &findings {
            let word = if each.good { "good" } else { "BAD " };
            say(format!("{word}  {}", each.text))?;
            if !each.good {
                say(format!("      {}", each.mend))?;
            }
        }
        say(format!("      the provider has to have registered {}", connector.redirect_uri))?;
    }
    if findings.iter().all(|each| each.good) {
        return Ok(());
    }
    Err(CliError::Failed(format!("the connector {name} is not in order")))
}
