//! `hatcheck config`: check it without starting, and show what is in force.

use std::fmt::Write;

use clap::Subcommand;
use serde_json::{Value, json};

use super::{CliError, Common, environment, say, say_json};
use crate::config::{Entry, Settings, variable_of};
use crate::server::check_tls;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Tell everything that is wrong, without starting
    Check,
    /// Print what is in force and where it comes from, with secrets hidden
    Show {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs it.
pub fn run(args: &Args, common: &Common) -> Result<(), CliError> {
    let (settings, entries) = Settings::load_entries(common.config.as_deref(), environment())?;
    match &args.action {
        Action::Check => {
            check_tls(&settings)?;
            say("The configuration is good.")
        }
        Action::Show { json: true } => say_json(&as_json(&entries)),
        Action::Show { json: false } => say(as_toml(&entries).trim_end()),
    }
}

fn as_json(entries: &[Entry]) -> Vec<Value> {
    let one = |entry: &Entry| {
        json!({
            "name": entry.name,
            "value": entry.value,
            "from": entry.place.to_string(),
            "default": entry.default,
            "variable": variable_of(&entry.name),
        })
    };
    entries.iter().map(one).collect()
}

/// One line a setting, aligned, with where it comes from as a comment.
fn as_toml(entries: &[Entry]) -> String {
    let width = entries.iter().map(|entry| entry.name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for Entry { name, value, place, .. } in entries {
        let value = if value.is_empty() { "-" } else { value };
        let _ = writeln!(text, "{name:width$}  {value}  # {place}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_tells_where_it_comes_from_and_hides_secrets() {
        let variables = [
            ("HATCHECK_ISSUER".to_owned(), "http://localhost:8080".to_owned()),
            ("HATCHECK_DATABASE_URL".to_owned(), "postgres://a:s3cret@db/hat".to_owned()),
        ];
        let (_, entries) = Settings::load_entries(None, variables).unwrap();
        let shown = as_toml(&entries);
        assert!(
            shown.contains(
                "issuer                           http://localhost:8080  # HATCHECK_ISSUER"
            )
        );
        assert!(shown.contains("15m  # default") && shown.contains("brand.logo"));
        let json = serde_json::to_string(&as_json(&entries)).unwrap();
        assert!(json.contains("\"from\":\"HATCHECK_ISSUER\""));
        assert!(!shown.contains("s3cret") && !json.contains("s3cret"), "{shown}{json}");
    }
}
