//! `hatcheck user token`: the tokens that people made for apps and APIs, looked after by an admin.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Refused, Who, find};
use crate::cli::{CliError, Common, open, say, say_json};
use crate::model::{ApiToken, ApiTokenId, EventKind, Timestamp};
use crate::store;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List a person's tokens, without what opens them
    List(Who),
    /// Delete one: nobody can use it any more
    Delete(Which),
}

/// Which token.
#[derive(Debug, clap::Args)]
pub struct Which {
    #[command(flatten)]
    who: Who,
    /// The id of the token
    id: ApiTokenId,
}

/// Runs it.
pub fn run(command: Command, json: bool, common: &Common) -> Result<(), CliError> {
    match command {
        Command::List(who) => list(&who, json, common),
        Command::Delete(which) => delete(&which, json, common),
    }
}

fn list(who: &Who, json: bool, common: &Common) -> Result<(), CliError> {
    let app = open(common)?;
    let id = find(&app, &who.email)?.id;
    let tokens = app.store().read_blocking(move |db| store::api_tokens::of_user(db, id))?;
    if json {
        return say_json(&tokens.iter().map(record).collect::<Vec<_>>());
    }
    tokens.iter().try_for_each(|token| {
        let used = token.used_at.map_or_else(|| "never".to_owned(), Timestamp::rfc_3339);
        let until = token.expires_at.rfc_3339();
        say(format!(
            "{}  {}  for {}  until {until}  used {used}",
            token.id, token.name, token.target
        ))
    })
}

fn delete(which: &Which, json: bool, common: &Common) -> Result<(), CliError> {
    let app = open(common)?;
    let (user, id) = (find(&app, &which.who.email)?.id, which.id);
    let event = app.event(EventKind::ApiTokenDeleted, Some(user), None, "by command");
    let gone = app.store().write_blocking(move |db| {
        let gone = store::api_tokens::delete(db, user, id)?;
        if gone {
            store::events::append(db, &event)?;
        }
        Ok(gone)
    })?;
    if !gone {
        return Err(Refused::NoToken.into());
    }
    if json {
        return say_json(&json!({ "deleted": id }));
    }
    say(format!("{id} is deleted"))
}

fn record(token: &ApiToken) -> Value {
    json!({
        "id": token.id,
        "name": token.name,
        "target": token.target,
        "scope": token.scopes.to_string(),
        "created_at": token.created_at.rfc_3339(),
        "expires_at": token.expires_at.rfc_3339(),
        "used_at": token.used_at.map(Timestamp::rfc_3339),
    })
}
