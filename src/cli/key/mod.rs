//! `hatcheck key`: signing keys through their life, and the master key.

mod import;
mod list;
mod publish;
mod retire;
mod rewrap;
mod rotate;

use clap::Subcommand;

use super::{CliError, Common, open, say, say_json};
use crate::http::App;
use crate::keys::{KeyRing, lifecycle};
use crate::model::{KeyAlgorithm, KeyRecord};
use crate::store;

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
    /// List the signing keys with their states
    List,
    /// Publish the next key and schedule the change
    Rotate(rotate::Args),
    /// End a key before its time
    Retire(retire::Args),
    /// Bring in a private key, which becomes the next one
    Import(import::Args),
    /// Print the public keys
    ExportPublic(publish::Args),
    /// Make a new master key and encrypt everything stored under it
    Rewrap(rewrap::Args),
}

/// Runs it.
pub fn run(args: Args, common: &Common) -> Result<(), CliError> {
    match args.command {
        Command::List => list::run(&open(common)?, args.json),
        Command::Rotate(rotate) => rotate::run(&rotate, &open(common)?, args.json),
        Command::Retire(retire) => retire::run(&retire, &open(common)?, args.json),
        Command::Import(import) => {
            let text = import::read(&import)?;
            import::run(&import, &text, &open(common)?, args.json)
        }
        Command::ExportPublic(publish) => publish::run(&publish, &open(common)?),
        Command::Rewrap(rewrap) => rewrap::run(&rewrap, &open(common)?, args.json),
    }
}

fn records(app: &App) -> Result<Vec<KeyRecord>, CliError> {
    Ok(app.store().read_blocking(store::signing_keys::list)?)
}

pub(super) fn ring(app: &App) -> Result<KeyRing, CliError> {
    Ok(KeyRing::new(records(app)?, app.vault(), app.now())?)
}

fn refused(refusal: &lifecycle::Refusal) -> CliError {
    use lifecycle::Refusal;
    let when = match refusal {
        Refusal::TooSoon { earliest } => format!("; the earliest is {}", earliest.rfc_3339()),
        Refusal::StillVerifies { until: Some(until), .. } => {
            format!("; by itself it goes at {}", until.rfc_3339())
        }
        Refusal::AlreadyPending { active_from, .. } => {
            format!("; it signs from {}", active_from.rfc_3339())
        }
        Refusal::StillVerifies { until: None, .. }
        | Refusal::Unknown(_)
        | Refusal::Retired(_)
        | Refusal::OnlyActive { .. } => String::new(),
    };
    CliError::Failed(format!("{refusal}{when}"))
}

fn algorithm(name: &str) -> Result<KeyAlgorithm, String> {
    KeyAlgorithm::parse(name).ok_or_else(|| {
        format!(
            "choose from {}",
            KeyAlgorithm::all().map(KeyAlgorithm::as_str).collect::<Vec<_>>().join(", ")
        )
    })
}
