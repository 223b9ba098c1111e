//! Access tokens: JWTs of RFC 9068 section 2, or the same facts sealed, which tell nobody anything.
//!
//! A sealed token needs no row either: whoever introspects it has it opened here, and what it hangs from is looked up as
//! for a JWT.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::audience::Audience;
use crate::http::App;
use crate::keys::{KeyError, KeyRing, Purpose};
use crate::model::client::TokenFormat;
use crate::model::{Acr, Algorithm, Client, Grant, GrantId, SessionId, Timestamp};

/// `typ` of access tokens (RFC 9068 section 2.1).
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";

/// An access token, made.
pub struct Minted {
    /// Its text.
    pub text: String,
    /// For how many seconds it is good.
    pub expires_in: u64,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a [String],
    client_id: &'a str,
    exp: Timestamp,
    iat: Timestamp,
    jti: String,
    scope: String,
    #[serde(flatten)]
    person: Option<Person>,
}

/// What only a token has that a person allowed.
#[derive(Serialize)]
struct Person {
    auth_time: Timestamp,
    acr: Acr,
    gid: GrantId,
    /// What a logout token will name (OpenID Connect Back-Channel Logout section 2.1), so that who holds connections open
    /// knows which of them end.
    sid: SessionId,
}

/// A token that hangs from a grant, and never outlives it: whoever verifies it alone must not believe it longer than we
/// do. `sub`: what the client calls the person.
pub fn for_person(
    sub: &str,
    grant: &Grant,
    audience: &Audience,
    keys: &KeyRing,
    app: &App,
) -> Result<Minted, KeyError> {
    let person = Person {
        auth_time: grant.authentication.time,
        acr: grant.authentication.acr,
        gid: grant.id,
        sid: grant.session_id,
    };
    let until = (app.now() + audience.lifetime).min(grant.expires_at);
    let claims = Claims {
        person: Some(person),
        exp: until,
        ..claims(sub, grant.client_id.as_str(), audience, app)
    };
    mint(&claims, audience.format, keys, app)
}

/// A token of a client for itself: it is its own subject (RFC 9068 section 2.2).
pub fn for_client(
    client: &Client,
    audience: &Audience,
    keys: &KeyRing,
    app: &App,
) -> Result<Minted, KeyError> {
    let id = client.id.as_str();
    mint(&claims(id, id, audience, app), audience.format, keys, app)
}

fn claims<'a>(
    sub: &'a str,
    client_id: &'a str,
    audience: &'a Audience,
    app: &'a App,
) -> Claims<'a> {
    let now = app.now();
    Claims {
        iss: app.settings().issuer.as_str(),
        sub,
        aud: &audience.names,
        client_id,
        exp: now + audience.lifetime,
        iat: now,
        jti: URL_SAFE_NO_PAD.encode(app.random::<16>()),
        scope: audience.scopes.to_string(),
        person: None,
    }
}

fn mint(
    claims: &Claims<'_>,
    format: TokenFormat,
    keys: &KeyRing,
    app: &App,
) -> Result<Minted, KeyError> {
    let text = match format {
        TokenFormat::Jwt => keys.sign(Algorithm::ES256, ACCESS_TOKEN_TYPE, claims, claims.iat)?,
        TokenFormat::Opaque => app.sealer().seal(Purpose::AccessToken, claims, &app.random()),
    };
    Ok(Minted { text, expires_in: claims.exp.since(claims.iat).as_secs() })
}
