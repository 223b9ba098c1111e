//! `hatcheck client token`: what others register apps with (RFC 7591 section 1.2).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::secret;
use crate::cli::{CliError, Common, open, say, say_json};
use crate::config::RegistrationMode;
use crate::http::App;
use crate::model::{Digest, InitialToken};
use crate::store;

/// The longest name, in bytes.
const LONGEST_NAME: usize = 100;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a token, and print it: the only time that it is shown
    Add(AddArgs),
    /// List the tokens, without their text
    List,
    /// Take a token back; apps that were registered with it stay
    Delete {
        /// The name that `list` shows
        #[arg(value_name = "NAME", allow_hyphen_values = true)]
        name: String,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct AddArgs {
    /// What you call it; without one it gets a name of its own
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// How many apps may be registered with it: a number, or `any`
    #[arg(long, default_value = "1", value_parser = uses)]
    uses: Uses,
    /// How long it is good, like 30m, 24h or 7d
    #[arg(long, default_value = "24h", value_parser = secret::length)]
    expires: Duration,
}

/// A number, or as many as one likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Uses(Option<u32>);

fn uses(text: &str) -> Result<Uses, String> {
    match text.parse() {
        _ if text == "any" => Ok(Uses(None)),
        Ok(number) if number > 0 => Ok(Uses(Some(number))),
        Ok(_) | Err(_) => Err("write a number of apps, such as 1, or any".to_owned()),
    }
}

pub(super) fn run(command: Command, as_json: bool, common: &Common) -> Result<(), CliError> {
    match command {
        Command::Add(args) => {
            let app = open(common)?;
            let (token, made) = add(&app, args)?;
            if app.settings().registration.mode == RegistrationMode::Closed {
                tracing::warn!(
                    "registration.mode is closed: set it to token, so that the token is taken"
                );
            }
            if as_json {
                let mut out = shown(&made);
                out.insert("token".to_owned(), json!(token));
                return say_json(&Value::Object(out));
            }
            say(token)
        }
        Command::List => list(&open(common)?, as_json),
        Command::Delete { name } => {
            let app = open(common)?;
            let wanted = name.clone();
            if !app.store().write_blocking(move |db| store::initial_tokens::delete(db, &wanted))? {
                let unknown = "no token has that name: `hatcheck client token list` shows them all";
                return Err(CliError::Failed(unknown.to_owned()));
            }
            if as_json {
                say_json(&json!({"deleted": name}))
            } else {
                say(format!("{name} is deleted"))
            }
        }
    }
}

/// The token's text, and what is stored of it.
fn add(app: &App, args: AddArgs) -> Result<(String, InitialToken), CliError> {
    let fits = |name: &str| {
        (1..=LONGEST_NAME).contains(&name.len()) && !name.chars().any(char::is_control)
    };
    if args.name.as_deref().is_some_and(|name| !fits(name)) {
        return Err(CliError::Input(format!("--name has 1 to {LONGEST_NAME} characters")));
    }
    let text = URL_SAFE_NO_PAD.encode(app.random::<32>());
    let now = app.now();
    let token = InitialToken {
        name: args
            .name
            .unwrap_or_else(|| format!("token-{:08x}", u32::from_be_bytes(app.random()))),
        digest: Digest::of(&text),
        uses_left: args.uses.0,
        created_at: now,
        expires_at: now + args.expires,
    };
    let row = token.clone();
    if !app.store().write_blocking(move |db| store::initial_tokens::insert(db, &row))? {
        let other = "--name: a token has it already; choose another, or delete that one";
        return Err(CliError::Input(other.to_owned()));
    }
    Ok((text, token))
}

fn list(app: &App, as_json: bool) -> Result<(), CliError> {
    let tokens = app.store().read_blocking(store::initial_tokens::list)?;
    if as_json {
        return say_json(&Value::Array(
            tokens.iter().map(|each| Value::Object(shown(each))).collect(),
        ));
    }
    for token in &tokens {
        let left =
            token.uses_left.map_or("any number of apps".to_owned(), |left| format!("{left} left"));
        let good = if token.is_good(app.now()) { "good" } else { "over" };
        say(format!("{}  {good}  {left}  until {}", token.name, token.expires_at.seconds()))?;
    }
    Ok(())
}

fn shown(token: &InitialToken) -> Map<String, Value> {
    let shown = json!({
        "name": token.name, "uses_left": token.uses_left,
        "created_at": token.created_at, "expires_at": token.expires_at,
    });
    shown.as_object().cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_apps_is_read() {
        assert_eq!(uses("1"), Ok(Uses(Some(1))));
        assert_eq!(uses("any"), Ok(Uses(None)));
        for bad in ["0", "-1", "x", ""] {
            assert!(uses(bad).is_err(), "{bad}");
        }
    }
}
