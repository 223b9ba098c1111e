//! `hatcheck user set-password`.

use super::{Refused, find};
use crate::cli::{CliError, input};
use crate::http::App;
use crate::identity::passwords::Password;
use crate::model::throttle::Bucket;
use crate::model::{EndReason, EventKind, Secret, User};
use crate::store;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The e-mail address that the person signs in with
    #[arg(allow_hyphen_values = true)]
    pub email: String,
    /// Read the password from standard input, up to the end of its first line
    #[arg(long)]
    password_stdin: bool,
}

/// A password in the arguments would stand in the shell's history and in the list of processes.
pub fn not_asked_for() -> CliError {
    CliError::Input(
        "the password is read from standard input: add --password-stdin and write it there, as in \
         `printf '%s\\n' \"$PASSWORD\" | hatcheck user … --password-stdin`"
            .to_owned(),
    )
}

/// Reads what was typed.
pub fn read(args: &Args) -> Result<Secret<String>, CliError> {
    if args.password_stdin { input::secret_line() } else { Err(not_asked_for()) }
}

/// Sets it, and ends all that hung from the old one.
pub fn set(app: &App, email: &str, typed: &Secret<String>) -> Result<User, CliError> {
    let user = find(app, email)?;
    let password = Password::chosen(typed.expose(), &[&user.name, user.username.as_str()])
        .map_err(|error| CliError::Input(format!("standard input: {error}")))?;
    let hash = app
        .hasher()
        .hash_blocking(&password, app.random())
        .map_err(|error| CliError::Failed(error.to_string()))?;
    let event = app.event(EventKind::PasswordChanged, Some(user.id), None, "by command");
    let (id, username, now) = (user.id, user.username.clone(), app.now());
    let set = app.store().write_blocking(move |db| {
        if !store::users::set_password(db, id, &hash, now)? {
            return Ok(false);
        }
        let reason = EndReason::CredentialsChanged;
        store::sessions::end_of_user(db, id, None, reason, now)?;
        store::grants::end_of_user(db, id, None, reason, now)?;
        // Guesses at the old password say nothing about the new one
        store::throttle::clear(db, &Bucket::account(&username))?;
        store::events::append(db, &event)?;
        Ok(true)
    })?;
    if set { Ok(user) } else { Err(Refused::Unknown.into()) }
}
