//! `hatcheck user set-totp` and `reset-second-factor`.

use super::{Refused, find};
use crate::cli::{CliError, input};
use crate::http::{App, seal_totp};
use crate::identity::totp::TotpSecret;
use crate::model::throttle::Bucket;
use crate::model::{EndReason, EventKind, Timestamp, User, UserId};
use crate::store::{self, Db, StoreError};

/// The arguments of `set-totp`.
#[derive(Debug, clap::Args)]
pub struct SetArgs {
    /// The e-mail address that the person signs in with
    #[arg(allow_hyphen_values = true)]
    pub email: String,
    /// Read the secret from standard input, in base32 as authenticator apps show it
    #[arg(long)]
    secret_stdin: bool,
}

/// Reads the secret.
pub fn read(args: &SetArgs) -> Result<TotpSecret, CliError> {
    if !args.secret_stdin {
        return Err(CliError::Input(
            "the secret is read from standard input: add --secret-stdin and write it there"
                .to_owned(),
        ));
    }
    TotpSecret::from_base32(input::secret_line()?.expose()).ok_or_else(|| {
        CliError::Input(
            "standard input: has to be a secret of 16 to 64 bytes in base32 (letters A to Z, digits 2 to 7), \
             like GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
                .to_owned(),
        )
    })
}

/// Sets the authenticator secret. Recovery codes stay as they are: they are the person's, not the app's.
pub fn set(app: &App, email: &str, secret: &TotpSecret) -> Result<User, CliError> {
    let user = find(app, email)?;
    let totp = seal_totp(app, secret, None)?;
    let event = app.event(EventKind::SecondFactorAdded, Some(user.id), None, "by command");
    let (id, now) = (user.id, app.now());
    let set = app.store().write_blocking(move |db| {
        if !store::users::set_totp(db, id, Some(&totp), now)? {
            return Ok(false);
        }
        sign_out(db, id, now)?;
        store::events::append(db, &event)?;
        Ok(true)
    })?;
    if set { Ok(user) } else { Err(Refused::Unknown.into()) }
}

/// Removes the second factor of somebody who has lost it.
pub fn reset(app: &App, email: &str) -> Result<User, CliError> {
    let user = find(app, email)?;
    let event = app.event(EventKind::SecondFactorRemoved, Some(user.id), None, "by command");
    let (id, now) = (user.id, app.now());
    let removed = app.store().write_blocking(move |db| {
        if !store::users::set_totp(db, id, None, now)? {
            return Ok(false);
        }
        store::recovery_codes::replace(db, id, &[], now)?;
        sign_out(db, id, now)?;
        store::events::append(db, &event)?;
        Ok(true)
    })?;
    if removed { Ok(user) } else { Err(Refused::Unknown.into()) }
}

/// Whoever holds a lost phone may hold a session in it.
fn sign_out(db: &mut Db, id: UserId, now: Timestamp) -> Result<(), StoreError> {
    let reason = EndReason::CredentialsChanged;
    store::sessions::end_of_user(db, id, None, reason, now)?;
    store::grants::end_of_user(db, id, None, reason, now)?;
    store::throttle::clear(db, &Bucket::second_factor(id))
}
