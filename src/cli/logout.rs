//! `hatcheck logout`: which apps were told of sign-outs, and telling them again (Back-Channel Logout section 2.5).

use clap::Subcommand;
use serde_json::{Value, json};

use super::{CliError, Common, open, say, say_json};
use crate::http::App;
use crate::model::{ClientId, Timestamp};
use crate::store::notices::{self, Delivery, Listed};

/// The most notices that a list shows.
const MOST: i64 = 1_000;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the notices that no app has confirmed yet, the newest first
    List(ListArgs),
    /// Tell apps again that were not reached when they were tried for the last time
    Retry(RetryArgs),
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    /// The confirmed ones of the last day as well
    #[arg(long)]
    all: bool,
}

#[derive(Debug, clap::Args)]
struct RetryArgs {
    /// Only this app
    #[arg(allow_hyphen_values = true, value_name = "CLIENT_ID")]
    client: Option<String>,
}

/// Runs it.
pub fn run(args: Args, common: &Common) -> Result<(), CliError> {
    let app = open(common)?;
    match args.command {
        Command::List(list) => show(&app, list.all, args.json),
        Command::Retry(retry) => again(&app, retry.client, args.json),
    }
}

fn show(app: &App, all: bool, as_json: bool) -> Result<(), CliError> {
    let notices = app.store().read_blocking(move |db| notices::list(db, all, MOST))?;
    if as_json {
        return say_json(&notices.iter().map(to_json).collect::<Vec<_>>());
    }
    if notices.is_empty() {
        return say("No app is left to be told.");
    }
    say(format_args!(
        "{:<20}  {:<9}  {:<20}  {:<8}  {:<20}  PROBLEM",
        "APP", "STATE", "SIGNED OUT", "ATTEMPTS", "NEXT ATTEMPT"
    ))?;
    for Listed { notice, delivery, due_at, problem } in &notices {
        say(format_args!(
            "{:<20}  {:<9}  {:<20}  {:<8}  {:<20}  {}",
            notice.client_id.as_str(),
            word(*delivery),
            notice.created_at.rfc_3339(),
            notice.attempts,
            due_at.map_or_else(|| "-".to_owned(), Timestamp::rfc_3339),
            problem.as_deref().unwrap_or("-"),
        ))?;
    }
    Ok(())
}

fn again(app: &App, client: Option<String>, as_json: bool) -> Result<(), CliError> {
    let client = match client {
        None => None,
        Some(text) => Some(
            ClientId::parse(&text)
                .ok_or_else(|| CliError::Failed(format!("{text:?} is no client_id")))?,
        ),
    };
    let now = app.now();
    let count = app.store().write_blocking(move |db| notices::retry(db, client.as_ref(), now))?;
    if as_json {
        return say_json(&json!({ "retried": count }));
    }
    say(format_args!("{count} to be told again; a running server does it within 30 seconds"))
}

fn to_json(listed: &Listed) -> Value {
    let Listed { notice, delivery, due_at, problem } = listed;
    json!({
        "client_id": notice.client_id,
        "sid": notice.session_id,
        "state": word(*delivery),
        "signed_out_at": notice.created_at.rfc_3339(),
        "attempts": notice.attempts,
        "next_attempt_at": due_at.map(Timestamp::rfc_3339),
        "problem": problem,
    })
}

const fn word(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Pending => "pending",
        Delivery::Done => "delivered",
        Delivery::Failed => "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::test_app;

    #[test]
    fn with_nothing_to_tell_both_commands_say_so() {
        let (_folder, app) = test_app();
        show(&app, true, true).unwrap();
        again(&app, None, true).unwrap();
        assert!(again(&app, Some("no client".into()), true).is_err());
    }
}
