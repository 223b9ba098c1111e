//! Access tokens: JWTs of RFC 9068 section 2, or the same facts sealed, which tell nobody anything.
//!
//! A sealed token needs no row either: whoever introspects it has it opened here, and what it hangs from is looked up as
//! for a JWT.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value};

use super::audience::Audience;
use crate::http::App;
use crate::keys::{KeyError, KeyRing, Purpose};
use crate::model::client::TokenFormat;
use crate::model::{
    Acr, Actor, Algorithm, ApiTokenId, Client, ClientId, Entitlements, Grant, GrantId, Scopes,
    SessionId, Timestamp, User,
};

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
    /// What the deployment adds.
    #[serde(flatten)]
    extra: Map<String, Value>,
}

/// What only a token has that a person allowed.
#[derive(Serialize)]
struct Person {
    #[serde(flatten)]
    root: Root,
    /// What they may where the token is for (section 2.2.3.1).
    #[serde(flatten)]
    held: Entitlements,
    /// Who acts for the person (RFC 8693 section 4.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Actor>,
    /// Who may (section 4.4).
    #[serde(skip_serializing_if = "Option::is_none")]
    may_act: Option<MayAct>,
}

/// What a person's token hangs from, with which it ends.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
pub enum Root {
    /// What they allowed an app when they signed in.
    Grant {
        /// When they did.
        auth_time: Timestamp,
        /// How surely they were recognised.
        acr: Acr,
        /// Its name.
        gid: GrantId,
        /// What a logout token will name (OpenID Connect Back-Channel Logout section 2.1), so that who holds connections
        /// open knows which of them end.
        sid: SessionId,
    },
    /// A token that they made for themselves.
    ApiToken {
        /// Its name.
        tid: ApiTokenId,
    },
}

impl From<&Grant> for Root {
    fn from(grant: &Grant) -> Self {
        Self::Grant {
            auth_time: grant.authentication.time,
            acr: grant.authentication.acr,
            gid: grant.id,
            sid: grant.session_id,
        }
    }
}

#[derive(Serialize)]
struct MayAct {
    sub: String,
}

impl Person {
    fn of(root: impl Into<Root>) -> Self {
        let root = root.into();
        Self { root, held: Entitlements::default(), act: None, may_act: None }
    }
}

/// What a person gave a client.
pub struct Granted<'a> {
    /// The client.
    pub client: &'a Client,
    /// What the token hangs from.
    pub grant: &'a Grant,
    /// What the person may where it is for.
    pub held: Entitlements,
    /// What the deployment adds.
    pub extra: Map<String, Value>,
}

/// A token with which somebody acts for a person.
pub struct Acting<'a> {
    /// What they call the person.
    pub sub: String,
    /// The client that has it.
    pub client_id: &'a str,
    /// What it hangs from, which is not this client's.
    pub root: Root,
    /// What the person may where it is for.
    pub held: Entitlements,
    /// Who acts.
    pub actor: Actor,
    /// What the deployment adds.
    pub extra: Map<String, Value>,
    /// Until when it is good at the most: what it hangs from and what it was given for end then.
    pub until: Timestamp,
}

/// A token that hangs from a grant, and never outlives it: whoever verifies it alone must not believe it longer than we
/// do.
pub fn for_person(
    granted: Granted<'_>,
    audience: &Audience,
    keys: &KeyRing,
    app: &App,
) -> Result<Minted, KeyError> {
    let Granted { client, grant, held, extra } = granted;
    let sub = app.sealer().subject(client, grant.user_id);
    let may_act = client.metadata.may_act.as_ref().map(|id| MayAct { sub: id.to_string() });
    let person = Person { held, may_act, ..Person::of(grant) };
    let until = (app.now() + audience.lifetime).min(grant.expires_at);
    let claims = Claims {
        person: Some(person),
        extra,
        exp: until,
        ..claims(&sub, grant.client_id.as_str(), audience, app)
    };
    mint(&claims, audience.format, keys, app)
}

/// A token with which a client acts for a person (RFC 8693): never longer than the one that it was given for.
pub fn for_actor(
    acting: Acting<'_>,
    audience: &Audience,
    keys: &KeyRing,
    app: &App,
) -> Result<Minted, KeyError> {
    let Acting { sub, client_id, root, held, actor, extra, until } = acting;
    let until = (app.now() + audience.lifetime).min(until);
    let claims = Claims {
        person: Some(Person { held, act: Some(actor), ..Person::of(root) }),
        extra,
        exp: until,
        ..claims(&sub, client_id, audience, app)
    };
    mint(&claims, audience.format, keys, app)
}

/// A token for tests of apps, as one asks for it.
pub struct TestToken<'a> {
    /// About whom.
    pub user: &'a User,
    /// Who has it.
    pub client_id: &'a ClientId,
    /// For whom it is.
    pub audience: &'a str,
    /// What it allows.
    pub scopes: Scopes,
    /// For how many seconds it is good; negative: since how many it is over.
    pub lifetime: i64,
}

/// Mints it. It hangs from no grant, so that guards take it and no endpoint of ours does.
pub fn test_token(wanted: TestToken<'_>, keys: &KeyRing, app: &App) -> Result<String, KeyError> {
    let TestToken { user, client_id, audience, scopes, lifetime } = wanted;
    let now = app.now();
    let length = Duration::from_secs(lifetime.unsigned_abs());
    let until = if lifetime < 0 { now - length } else { now + length };
    let issued_at = if lifetime < 0 { until - length } else { now };
    let person = Person::of(Root::Grant {
        auth_time: issued_at,
        acr: Acr::OneFactor,
        gid: app.id(GrantId::new),
        sid: app.id(SessionId::new),
    });
    let names = vec![audience.to_owned()];
    let audience = Audience { names, scopes, lifetime: length, format: TokenFormat::Jwt };
    let sub = user.id.to_string();
    let claims = Claims {
        person: Some(person),
        exp: until,
        iat: issued_at,
        ..claims(&sub, client_id.as_str(), &audience, app)
    };
    keys.sign(Algorithm::ES256, ACCESS_TOKEN_TYPE, &claims, now)
}

/// A token of a client for itself: it is its own subject (RFC 9068 section 2.2).
pub fn for_client(
    client: &Client,
    audience: &Audience,
    extra: Map<String, Value>,
    keys: &KeyRing,
    app: &App,
) -> Result<Minted, KeyError> {
    let id = client.id.as_str();
    let claims = Claims { extra, ..claims(id, id, audience, app) };
    mint(&claims, audience.format, keys, app)
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
        extra: Map::new(),
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
