//! `hatcheck user`.

use super::{CliError, Common};

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
pub fn run(_args: Args, _common: &Common) -> Result<(), CliError> {
    Err(CliError::Failed("this command is not there yet".into()))
}
