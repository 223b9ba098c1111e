//! Authenticator secrets between the database, where they lie encrypted, and the rules that check codes: one way in
//! and one way out for pages and commands.

use super::App;
use crate::identity::totp::TotpSecret;
use crate::keys::KeyError;
use crate::model::TotpRecord;

/// What the vault binds them to.
const PURPOSE: &str = "totp";

/// What is stored of a secret. `last_step`: the step whose code confirmed it, which is used up by that.
pub fn seal_totp(
    app: &App,
    secret: &TotpSecret,
    last_step: Option<i64>,
) -> Result<TotpRecord, KeyError> {
    let sealed_secret = app.vault().seal(PURPOSE, secret.to_base32().as_bytes())?;
    Ok(TotpRecord { sealed_secret, last_step })
}

/// The secret of a stored record.
pub fn open_totp(app: &App, record: &TotpRecord) -> Result<TotpSecret, KeyError> {
    let text = app.vault().open_sealed(PURPOSE, record.sealed_secret.expose())?;
    std::str::from_utf8(text.expose())
        .ok()
        .and_then(TotpSecret::from_base32)
        .ok_or_else(|| KeyError::Unreadable("a stored authenticator secret is damaged".to_owned()))
}
