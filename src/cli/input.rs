//! What commands read: a secret from standard input, a JSON object from a file.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use serde_json::{Map, Value};

use super::CliError;
use crate::model::Secret;

/// The longest line or file that is read whole.
const LONGEST: u64 = 1_024 * 1_024;

/// The first line of standard input, without its end.
pub fn secret_line() -> Result<Secret<String>, CliError> {
    first_line(io::stdin().lock())
}

fn first_line(input: impl BufRead) -> Result<Secret<String>, CliError> {
    let mut line = String::new();
    if let Err(error) = input.take(LONGEST).read_line(&mut line) {
        if error.kind() == io::ErrorKind::InvalidData {
            return Err(CliError::Input("standard input: it has to be UTF-8 text".to_owned()));
        }
        return Err(error.into());
    }
    let end = line.strip_suffix('\n').map_or(line.len(), str::len);
    line.truncate(end);
    let end = line.strip_suffix('\r').map_or(line.len(), str::len);
    line.truncate(end);
    Ok(Secret::new(line))
}

/// The JSON object in a file; `-` is standard input.
pub fn object(file: &Path) -> Result<Map<String, Value>, CliError> {
    if file == Path::new("-") {
        return parse(io::stdin().lock(), "standard input");
    }
    let name = file.display().to_string();
    let opened = File::open(file).map_err(|error| CliError::Input(format!("{name}: {error}")))?;
    parse(BufReader::new(opened), &name)
}

fn parse(input: impl Read, name: &str) -> Result<Map<String, Value>, CliError> {
    let refused = |reason: String| CliError::Input(format!("{name}: {reason}"));
    let mut text = Vec::new();
    input.take(LONGEST).read_to_end(&mut text).map_err(|error| refused(error.to_string()))?;
    match serde_json::from_slice(&text) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(refused("has to be a JSON object: {\"member\": value, ...}".to_owned())),
        Err(error) => Err(refused(format!("is no JSON: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_05_the_first_line_is_taken_as_sent() {
        for (input, expected) in [
            ("secret\nmore\n", "secret"),
            ("secret\r\n", "secret"),
            ("  with blanks  \n", "  with blanks  "),
            ("no end", "no end"),
            ("a\0b\n", "a\0b"),
            ("", ""),
        ] {
            assert_eq!(first_line(input.as_bytes()).unwrap().expose(), expected);
        }
        let error = first_line(&b"\xff\xfe\n"[..]).unwrap_err();
        assert_eq!(error.exit_code(), 2);
    }

    #[test]
    fn only_objects_are_taken_and_errors_name_the_file() {
        assert_eq!(parse(&b"{\"a\": 1}"[..], "x").unwrap().len(), 1);
        for bad in ["", "[]", "7", "{", "{\"a\": 1} x"] {
            let error = parse(bad.as_bytes(), "claims.json").unwrap_err();
            assert!(error.to_string().starts_with("claims.json: "), "{error}");
            assert_eq!(error.exit_code(), 2);
        }
        assert_eq!(object(Path::new("/nowhere/x.json")).unwrap_err().exit_code(), 2);
    }
}
