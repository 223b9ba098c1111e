//! The file that describes a connector.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::cli::{CliError, input};
use crate::model::Secret;

/// The members of the file that hold a secret.
const SECRETS: [&str; 2] = ["client_secret", "client_key"];
/// Those that name a file with one.
const FILES: [&str; 2] = ["client_secret_file", "client_key_file"];

/// A connector as somebody wrote it, without its secret.
pub(super) struct Described {
    pub name: String,
    pub members: Map<String, Value>,
    /// The secret or key, when the file brings one.
    pub secret: Option<Secret<String>>,
    /// How errors call the file.
    pub file: PathBuf,
}

/// Reads it, and takes the secret out, or out of the file that it names.
pub(super) fn read(name: &str, file: &Path) -> Result<Described, CliError> {
    let mut members = input::object(file)?;
    let mut secret = None;
    for member in SECRETS {
        match members.remove(member) {
            Some(Value::String(text)) if !text.trim().is_empty() => secret = Some(text),
            None => {}
            Some(_) => return Err(CliError::Input(format!("{member}: has to be some text"))),
        }
    }
    for member in FILES {
        let Some(named) = members.remove(member) else { continue };
        let named = file.parent().unwrap_or(Path::new("")).join(named.as_str().unwrap_or_default());
        let text = std::fs::read_to_string(&named);
        let text =
            text.map_err(|error| CliError::Input(format!("{}: {error}", named.display())))?;
        secret = Some(text);
    }
    let secret = secret.map(|text| Secret::new(text.trim().to_owned()));
    Ok(Described { name: name.to_owned(), members, secret, file: file.to_owned() })
}
