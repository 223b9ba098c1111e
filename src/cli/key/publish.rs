//! `hatcheck key export-public`.

use super::{App, CliError, ring, say};

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How
    #[arg(long, value_enum, default_value = "jwks")]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// A JSON Web Key Set, as the server publishes it
    Jwks,
    /// PEM, a block for each key
    Pem,
}

/// Runs it.
pub fn run(args: &Args, app: &App) -> Result<(), CliError> {
    let (ring, now) = (ring(app)?, app.now());
    match args.format {
        Format::Jwks => say(String::from_utf8_lossy(&ring.jwks(now).body)),
        Format::Pem => ring.public_pem(now).into_iter().try_for_each(|(kid, algorithm, pem)| {
            say(format_args!("# {algorithm} {kid}\n{}", pem.trim_end()))
        }),
    }
}
