//! `hatcheck link`: links that sign a person in, made and looked after by an admin.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{CliError, Common, client, open, say, say_json, user};
use crate::http::App;
use crate::model::{ClientId, Link, LinkEnd, LinkId, Timestamp};
use crate::session::link::{self, Wanted};
use crate::store;

/// The most links that a list shows.
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
    /// Make a link for an app that has registered `link_uris`, and print it: the only time that it is shown
    Add(AddArgs),
    /// List links, the newest first
    List {
        /// Only those of this app
        #[arg(long, value_name = "CLIENT_ID")]
        client: Option<String>,
    },
    /// Withdraw a link that was not used yet
    Delete {
        /// The app
        #[arg(long, value_name = "CLIENT_ID")]
        client: String,
        /// The id that `list` shows
        #[arg(value_name = "ID")]
        id: String,
    },
}

#[derive(Debug, clap::Args)]
struct AddArgs {
    /// The app that the session will be good for
    #[arg(long, value_name = "CLIENT_ID")]
    client: String,
    /// Whom it signs in
    #[arg(long, value_name = "NAME")]
    user: String,
    /// What for: the person reads it
    #[arg(long, value_name = "TEXT")]
    purpose: String,
    /// Where it leads: one of the app's `link_uris`
    #[arg(long, value_name = "URL")]
    target: String,
    /// For how many seconds it is good; 15 minutes without it
    #[arg(long, value_name = "SECONDS")]
    lifetime: Option<String>,
    /// JSON that the app gets with the session
    #[arg(long, value_name = "JSON")]
    data: Option<String>,
    /// Let opening it be enough, for callers that can't press a button; the app has to have `link_on_get`
    #[arg(long)]
    on_get: bool,
}

/// Runs it.
pub fn run(args: &Args, common: &Common) -> Result<(), CliError> {
    let app = open(common)?;
    match &args.command {
        Command::Add(add) => make(&app, add, args.json),
        Command::List { client } => list(&app, client.as_deref(), args.json),
        Command::Delete { client, id } => withdraw(&app, client, id, args.json),
    }
}

fn make(app: &App, args: &AddArgs, as_json: bool) -> Result<(), CliError> {
    let client = client::find(app, &args.client)?;
    let user = user::find(app, &args.user)?;
    let wanted = Wanted {
        purpose: &args.purpose,
        target: &args.target,
        lifetime: args.lifetime.as_deref(),
        data: args.data.as_deref(),
        on_get: args.on_get,
    };
    let prepared = link::prepare(app, &client, &user, wanted);
    let (link, token) = prepared.map_err(|refusal| CliError::Failed(refusal.to_string()))?;
    let row = link.clone();
    app.store().write_blocking(move |db| store::links::insert(db, &row))?;
    let url = link::url(app, &token);
    if as_json {
        return say_json(&json!({ "id": link.id, "url": url, "expires_at": link.expires_at }));
    }
    say(url)
}

fn list(app: &App, client: Option<&str>, as_json: bool) -> Result<(), CliError> {
    let client = client.map(|id| client::find(app, id)).transpose()?;
    let id = client.map(|client| client.id);
    let links = app.store().read_blocking(move |db| store::links::list(db, id.as_ref(), MOST))?;
    let now = app.now();
    if as_json {
        return say_json(&links.iter().map(|link| to_json(link, now)).collect::<Vec<_>>());
    }
    if links.is_empty() {
        return say("There is no link.");
    }
    say(format_args!("{:<36}  {:<20}  {:<9}  {:<20}  PURPOSE", "ID", "APP", "STATE", "EXPIRES"))?;
    for link in &links {
        say(format_args!(
            "{:<36}  {:<20}  {:<9}  {:<20}  {}",
            link.id,
            link.client_id.as_str(),
            link.state(now),
            link.expires_at.rfc_3339(),
            link.purpose,
        ))?;
    }
    Ok(())
}

fn withdraw(app: &App, client: &str, id: &str, as_json: bool) -> Result<(), CliError> {
    let now = app.now();
    let unknown = || CliError::Failed("this app has no such link".to_owned());
    let client: ClientId = client::find(app, client)?.id;
    let id: LinkId = id.parse().map_err(|_| unknown())?;
    let found = app.store().write_blocking(move |db| {
        let link = store::links::find(db, &client, id)?;
        if link.is_some() {
            store::links::end(db, id, now)?;
        }
        store::links::find(db, &client, id)
    })?;
    let link = found.ok_or_else(unknown)?;
    if as_json {
        return say_json(&to_json(&link, now));
    }
    say(match link.ended {
        Some(LinkEnd { session_id: Some(_), at }) => format!("It was used at {}.", at.rfc_3339()),
        Some(_) => "It opens nothing any more.".to_owned(),
        None => "It had run out.".to_owned(),
    })
}

fn to_json(link: &Link, now: Timestamp) -> Value {
    json!({
        "id": link.id,
        "client_id": link.client_id,
        "user": link.user_id,
        "purpose": link.purpose,
        "target": link.target,
        "state": link.state(now),
        "on_get": link.on_get,
        "created_at": link.created_at,
        "expires_at": link.expires_at,
    })
}
