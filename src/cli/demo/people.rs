//! Who and what is in the demo. Passwords and secrets are new at every start: none is a default.

use serde_json::json;

use super::super::CliError;
use crate::http::App;
use crate::identity::passwords::Password;
use crate::identity::totp::TotpSecret;
use crate::model::client::{ClientSecret, GrantType, Metadata};
use crate::model::{Claims, Client, ClientId, Digest, TotpRecord, User, UserId, Username};
use crate::store::{self, Db, StoreError};

/// How a demo person signs in.
pub(super) struct Credentials {
    pub(super) email: &'static str,
    pub(super) password: String,
    /// The shared secret, for an authenticator app.
    pub(super) totp: Option<TotpSecret>,
}

/// A sample app to register.
pub(super) struct DemoApp<'a> {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) url: &'a str,
}

/// Adds Ada, who has a password, and Grace, who has an authenticator app besides; or gives them new ones.
pub(super) fn add(app: &App) -> Result<Vec<Credentials>, CliError> {
    let ada = person(app, "ada@example.org", "Ada Lovelace", None)?;
    let grace =
        person(app, "grace@example.org", "Grace Hopper", Some(TotpSecret::new(app.random())))?;
    Ok(vec![ada, grace])
}

fn person(
    app: &App,
    email: &'static str,
    name: &str,
    totp: Option<TotpSecret>,
) -> Result<Credentials, CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::Failed(error.to_string());
    let password = readable(app.random());
    let chosen =
        Password::typed(&password).ok_or_else(|| failed(&"the password can't be hashed"))?;
    let hash = app.hasher().hash_blocking(&chosen, app.random()).map_err(|error| failed(&error))?;
    let sealed = |secret: &TotpSecret| app.vault().seal("totp", secret.to_base32().as_bytes());
    let sealed_secret = totp.as_ref().map(sealed).transpose().map_err(|error| failed(&error))?;
    let now = app.now();
    let user = User {
        id: app.id(UserId::new),
        username: Username::for_new_account(email).map_err(|error| failed(&error))?,
        email: email.to_owned(),
        email_verified: true,
        name: name.to_owned(),
        claims: Claims::default(),
        admin: false,
        disabled_at: None,
        totp: None,
        created_at: now,
        updated_at: now,
    };
    let record = sealed_secret.map(|sealed_secret| TotpRecord { sealed_secret, last_step: None });
    app.store().write_blocking(move |db| put_person(db, &user, &hash, record.as_ref()))?;
    Ok(Credentials { email, password, totp })
}

fn put_person(
    db: &mut Db,
    user: &User,
    hash: &str,
    totp: Option<&TotpRecord>,
) -> Result<(), StoreError> {
    let known = store::users::find_to_sign_in(db, &user.username)?.map(|(known, _)| known.id);
    let id = known.unwrap_or(user.id);
    if known.is_some() {
        store::users::set_password(db, id, hash, user.updated_at)?;
    } else {
        store::users::insert(db, user, hash)?;
    }
    store::users::set_totp(db, id, totp, user.updated_at)?;
    Ok(())
}

/// Registers a sample app, or gives it a new secret and address. The second belongs to the owner, who allows it once for all.
pub(super) fn register(app: &App, demo: &DemoApp<'_>) -> Result<String, CliError> {
    let metadata = json!({
        "client_name": demo.name,
        "client_uri": demo.url,
        "redirect_uris": [format!("{}/callback", demo.url)],
        "post_logout_redirect_uris": [format!("{}/", demo.url)],
        "grant_types": [GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::TokenExchange],
        "backchannel_logout_uri": format!("{}/signed-out", demo.url),
        "backchannel_logout_session_required": true,
        "link_uris": [format!("{}/login", demo.url)],
        "skip_consent": demo.id == "photos",
    });
    put_app(app, demo.id, &metadata)
}

/// Registers the HAT that trusts this provider.
pub(super) fn register_hat(app: &App, issuer: &str) -> Result<String, CliError> {
    let metadata = json!({
        "client_name": "Your HAT",
        "client_uri": issuer,
        "redirect_uris": [format!("{issuer}/login/callback/work")],
        "post_logout_redirect_uris": [format!("{issuer}/end-session/done")],
        "backchannel_logout_uri": format!("{issuer}/login/backchannel/work"),
        "backchannel_logout_session_required": true,
        "skip_consent": true,
    });
    put_app(app, "hat", &metadata)
}

/// Its secret, which is new.
fn put_app(app: &App, id: &str, metadata: &serde_json::Value) -> Result<String, CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::Failed(error.to_string());
    let secret = readable(app.random());
    let metadata = Metadata::from_json(metadata.as_object().cloned().unwrap_or_default());
    let now = app.now();
    let client = Client {
        id: ClientId::parse(id).ok_or_else(|| failed(&"the client's id can't be used"))?,
        metadata: metadata.map_err(|error| failed(&error))?,
        secrets: vec![ClientSecret { digest: Digest::of(&secret), expires_at: None, sealed: None }],
        created_at: now,
        updated_at: now,
    };
    app.store().write_blocking(move |db| {
        Ok(store::clients::update(db, &client)? || store::clients::insert(db, &client)?)
    })?;
    Ok(secret)
}

/// Registers an app for devices without a browser, which has no secret.
pub(super) fn register_device(app: &App) -> Result<(), CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::Failed(error.to_string());
    let metadata = json!({
        "client_name": "Device",
        "grant_types": [GrantType::DeviceCode, GrantType::RefreshToken],
        "response_types": [],
        "token_endpoint_auth_method": "none",
    });
    let metadata = Metadata::from_json(metadata.as_object().cloned().unwrap_or_default());
    let now = app.now();
    let client = Client {
        id: ClientId::parse("device").ok_or_else(|| failed(&"the client's id can't be used"))?,
        metadata: metadata.map_err(|error| failed(&error))?,
        secrets: Vec::new(),
        created_at: now,
        updated_at: now,
    };
    app.store().write_blocking(move |db| {
        Ok(store::clients::update(db, &client)? || store::clients::insert(db, &client)?)
    })?;
    Ok(())
}

/// Random bytes as lower-case letters and digits in groups, to be read and typed.
fn readable(random: [u8; 20]) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let letter =
        |byte: &u8| ALPHABET.get(usize::from(byte & 31)).map_or('a', |letter| char::from(*letter));
    let letters: Vec<char> = random.iter().map(letter).collect();
    letters.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}
