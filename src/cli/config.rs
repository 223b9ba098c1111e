//! `hatcheck config`.

use super::{CliError, Common, say, say_json, settings};

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
pub fn run(_args: Args, common: &Common) -> Result<(), CliError> {
    settings(common)?;
    say_json(&0)?;
    say("fine")
}
