//! `hatcheck serve`.

use super::{CliError, Common, logging, open, settings};

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
pub fn run(_args: Args, common: &Common) -> Result<(), CliError> {
    logging::of_server(&settings(common)?.log);
    open(common)?;
    Err(CliError::Failed("this command is not there yet".into()))
}
