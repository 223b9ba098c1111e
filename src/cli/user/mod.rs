//! `hatcheck user`: people, added and looked after by an admin.

mod add;
mod change;
mod entitlements;
mod factors;
mod password;
mod show;
#[cfg(test)]
mod tests;
mod tokens;

use clap::Subcommand;

use super::{CliError, Common, open, say, say_json};
use crate::http::App;
use crate::model::{User, Username};
use crate::store;

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
    /// Add a person
    Add(add::Args),
    /// List all people
    List,
    /// Show one person
    Show(Who),
    /// Shut a person out: their sessions and what apps were given end at once
    Disable(Who),
    /// Let a disabled person in again
    Enable(Who),
    /// Delete a person and all that is stored of them
    Delete(Who),
    /// Set a new password; all sessions and what apps were given end
    SetPassword(password::Args),
    /// Set an authenticator secret that the person has already, from another provider
    SetTotp(factors::SetArgs),
    /// Give a person groups, and roles and permissions at an app or API
    Grant(entitlements::Args),
    /// Take them away
    Revoke(entitlements::Args),
    /// List and delete the tokens that a person made for apps and APIs
    #[command(subcommand)]
    Token(tokens::Command),
    /// Remove the authenticator app and the recovery codes, and lift the lock on wrong codes
    ResetSecondFactor(Who),
}

/// Whom a command is about.
#[derive(Debug, clap::Args)]
struct Who {
    /// The e-mail address that the person signs in with
    #[arg(allow_hyphen_values = true)]
    email: String,
}

/// Runs it.
pub fn run(args: Args, common: &Common) -> Result<(), CliError> {
    let act = Act { json: args.json, common };
    // What stands in files and on standard input is looked at before anything is opened or made
    match args.command {
        Command::Add(add) => {
            let new = add::read(&add)?;
            act.on(|app| add::add(app, new), "is added")
        }
        Command::SetPassword(set) => {
            let typed = password::read(&set)?;
            act.on(
                |app| password::set(app, &set.email, &typed),
                "has a new password and is signed out everywhere",
            )
        }
        Command::SetTotp(set) => {
            let secret = factors::read(&set)?;
            act.on(
                |app| factors::set(app, &set.email, &secret),
                "signs in with this authenticator from now on, and is signed out everywhere",
            )
        }
        Command::List => show::list(&open(common)?, args.json),
        Command::Show(who) => {
            let app = open(common)?;
            show::show(&app, args.json, &find(&app, &who.email)?)
        }
        Command::Disable(who) => {
            act.on(|app| change::disable(app, &who.email), "is disabled and signed out everywhere")
        }
        Command::Enable(who) => act.on(|app| change::enable(app, &who.email), "can sign in"),
        Command::Grant(what) => act.on(
            |app| entitlements::grant(app, &what),
            "has what was granted; the next refresh of a token shows it",
        ),
        Command::Revoke(what) => act.on(
            |app| entitlements::revoke(app, &what),
            "has it no more; tokens that say so end on their own",
        ),
        Command::Delete(who) => {
            let app = open(common)?;
            let user = change::delete(&app, &who.email)?;
            told(&app, args.json, &user, "is deleted")
        }
        Command::Token(command) => tokens::run(command, args.json, common),
        Command::ResetSecondFactor(who) => act.on(
            |app| factors::reset(app, &who.email),
            "has no second factor any more and is signed out everywhere",
        ),
    }
}

/// Why something can't be done to a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Refused {
    #[error("nobody here has that address: `hatcheck user list` shows everybody")]
    Unknown,
    #[error("somebody here has that address already, perhaps in another spelling")]
    Taken,
    #[error("say what: --group NAME, or --role NAME or --permission NAME with --at")]
    Nothing,
    #[error(
        "roles and permissions are held somewhere: add --at with a client_id or a resource of the settings"
    )]
    Nowhere,
    #[error("they have no token of that id: `hatcheck user token list` shows what they have")]
    NoToken,
    #[error("{0} is no client_id and no resource of the settings")]
    NoPlace(String),
    #[error(
        "this is the last admin who can sign in: add another one first (`hatcheck user add EMAIL --name NAME \
         --password-stdin --admin`)"
    )]
    LastAdmin,
}

impl From<Refused> for CliError {
    fn from(refused: Refused) -> Self {
        Self::Failed(refused.to_string())
    }
}

/// The person whose address this is, in any spelling.
pub(super) fn find(app: &App, email: &str) -> Result<User, CliError> {
    let username = Username::canonical(email);
    let found =
        app.store().read_blocking(move |db| store::users::find_to_sign_in(db, &username))?;
    Ok(found.map(|(user, _)| user).ok_or(Refused::Unknown)?)
}

/// A change to a person, and the telling of it.
struct Act<'a> {
    json: bool,
    common: &'a Common,
}

impl Act<'_> {
    fn on(
        &self,
        change: impl FnOnce(&App) -> Result<User, CliError>,
        done: &str,
    ) -> Result<(), CliError> {
        let app = open(self.common)?;
        let user = change(&app)?;
        answer(&app, self.json, user, done)
    }
}

/// Tells what was done, with the person as they are now.
fn answer(app: &App, json: bool, user: User, done: &str) -> Result<(), CliError> {
    let id = user.id;
    let now = app.store().read_blocking(move |db| store::users::find(db, id))?.unwrap_or(user);
    told(app, json, &now, done)
}

fn told(app: &App, json: bool, user: &User, done: &str) -> Result<(), CliError> {
    if json {
        return say_json(&show::record(app, user)?);
    }
    say(format!("{} {done}", user.email))
}
