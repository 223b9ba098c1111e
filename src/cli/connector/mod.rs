//! `hatcheck connector`: the providers elsewhere by which people sign in.

use actix_web::rt::System;
use clap::Subcommand;
use serde_json::json;

use super::{CliError, Common, open, say, say_json};
use crate::federation::{Connector, Finding};
use crate::http::App;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the connectors of the settings, each with the redirect URI that its provider has to register
    List,
    /// Ask a provider what it offers, and whether it knows this server; 1 when something is not in order
    Test(Which),
}

#[derive(Debug, clap::Args)]
struct Which {
    /// The connector's name
    name: String,
}

/// Runs it.
pub fn run(args: Args, common: &Common) -> Result<(), CliError> {
    let app = open(common)?;
    match args.command {
        Command::List => list(&app, args.json),
        Command::Test(which) => test(&app, &which.name, args.json),
    }
}

fn list(app: &App, json: bool) -> Result<(), CliError> {
    let all: Vec<&Connector> = app.connectors().iter().collect();
    if json {
        let record = |each: &&Connector| {
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
    let connector = app.connectors().get(name).ok_or_else(|| {
        CliError::Failed(format!(
            "the settings have no connector {name}: `hatcheck connector list` shows those that they have"
        ))
    })?;
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
