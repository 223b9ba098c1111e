//! `hatcheck key import`.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::rotate::{answer, apply};
use super::{App, CliError, algorithm, records, refused, say_json};
use crate::keys::MadeKey;
use crate::keys::lifecycle::{self, Policy};
use crate::model::{KeyAlgorithm, Secret};

/// Keys are a few kB long; nothing longer is read.
const LONGEST: u64 = 64 * 1024;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A private key as PEM or JWK; - is standard input
    file: PathBuf,
    /// What it signs with; what it says of itself, or RS256 for RSA, when nothing is named
    #[arg(long, value_name = "ALG", value_parser = algorithm)]
    alg: Option<KeyAlgorithm>,
    /// Sign with it at once; the key before it verifies on. Apps that have cached the key set don't know it yet
    #[arg(long)]
    now: bool,
}

/// The text of the key.
pub fn read(args: &Args) -> Result<Secret<String>, CliError> {
    let mut text = String::new();
    let read = if args.file == Path::new("-") {
        io::stdin().lock().take(LONGEST).read_to_string(&mut text)
    } else {
        std::fs::File::open(&args.file)
            .and_then(|file| file.take(LONGEST).read_to_string(&mut text))
    };
    match read {
        Ok(_) => Ok(Secret::new(text)),
        Err(error) => Err(CliError::Input(format!("{}: {error}", args.file.display()))),
    }
}

/// Runs it.
pub fn run(args: &Args, text: &Secret<String>, app: &App, as_json: bool) -> Result<(), CliError> {
    let made = MadeKey::import(text.expose(), args.alg, app.vault())?;
    if records(app)?.iter().any(|key| key.kid == made.kid) {
        return Err(CliError::Failed(format!(
            "the key {} is here already: `hatcheck key list` shows it",
            made.kid
        )));
    }
    let (now, at_once, algorithm) = (app.now(), args.now, made.algorithm);
    let policy = Policy::from(app.settings());
    let done = apply(app, made, move |records| {
        if at_once {
            return Ok(lifecycle::plan_takeover(records, algorithm, now, &policy));
        }
        lifecycle::plan_rotation(records, algorithm, now, None, &policy)
    })?;
    let outcome = done.map_err(|refusal| refused(&refusal))?;
    let answer = answer(&outcome, as_json, app)?;
    if as_json { say_json(&answer) } else { Ok(()) }
}
