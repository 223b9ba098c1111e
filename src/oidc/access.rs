//! Our own access tokens when they come back: RFC 9068 section 4, OpenID Connect Core section 5.3.1.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::api_tokens;
use super::hook::OF_THE_PROTOCOL;
use super::memory::Memory;
use super::mint::ACCESS_TOKEN_TYPE;
use super::peek;
use crate::http::App;
use crate::identity::may_issue::{Barred, may_issue, may_issue_to_client};
use crate::keys::{KeyRing, Purpose, gate};
use crate::model::{Acr, Actor, ApiTokenId, ClientId, Digest, GrantId, Scopes, Timestamp, User};
use crate::store::grants::Standing;
use crate::store::{self, StoreError};

/// The most verified tokens that a worker remembers; the older half goes first.
const MOST: usize = 2_000;

/// Who allowed a token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Holder {
    /// A person: it hangs from a grant.
    Person {
        /// `gid`
        grant_id: GrantId,
        /// `auth_time`
        auth_time: Timestamp,
        /// `acr`
        acr: Acr,
    },
    /// A person by a token of their own, for which it was given.
    ApiToken(ApiTokenId),
    /// Nobody: its client has it for itself (RFC 6749 section 4.4).
    Client,
}

/// An access token of ours: its signature, or its seal, is good. Whether what it hangs from still stands is another
/// question.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessToken {
    /// Who allowed it.
    pub holder: Holder,
    /// `sub`.
    pub subject: String,
    /// `client_id`: for whom it was made.
    pub client_id: ClientId,
    /// `aud`.
    pub audience: Vec<String>,
    /// `scope`.
    pub scopes: Scopes,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`.
    pub expires_at: Timestamp,
    /// `jti`.
    pub id: String,
    /// `act`: who acts for the person; then the token hangs from a grant of another client.
    pub actor: Option<Actor>,
    /// `may_act`: who alone may.
    pub may_act: Option<String>,
    /// What the deployment has added.
    pub extra: Map<String, Value>,
}

/// Tokens that were verified with one ring of keys, by their digest. Another ring may have lost a key, so it begins
/// anew.
#[derive(Default)]
pub struct Verified {
    keys: Option<Arc<KeyRing>>,
    newer: HashMap<[u8; 32], Rc<AccessToken>>,
    older: HashMap<[u8; 32], Rc<AccessToken>>,
}

impl AccessToken {
    /// Reads claims; `None` when they are not those of an access token of this issuer.
    fn of(claims: &Map<String, Value>, issuer: &str) -> Option<Self> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let time =
            |name: &str| claims.get(name).and_then(Value::as_i64).map(Timestamp::from_seconds);
        if text("iss") != Some(issuer) {
            return None;
        }
        let audience = claims.get("aud")?.as_array()?;
        let (client_id, subject) = (text("client_id")?, text("sub")?);
        let holder = match (text("gid"), text("tid")) {
            (Some(gid), None) => Holder::Person {
                grant_id: gid.parse().ok()?,
                auth_time: time("auth_time")?,
                acr: Acr::parse(text("acr")?)?,
            },
            (None, Some(tid)) => Holder::ApiToken(tid.parse().ok()?),
            (None, None) if subject == client_id => Holder::Client,
            (None, None) | (Some(_), Some(_)) => return None,
        };
        Some(Self {
            holder,
            subject: subject.to_owned(),
            client_id: ClientId::parse(client_id)?,
            audience: audience.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            scopes: Scopes::parse(text("scope")?).ok()?,
            issued_at: time("iat")?,
            expires_at: time("exp")?,
            id: text("jti")?.to_owned(),
            actor: claims.get("act").map(Actor::deserialize).transpose().ok()?,
            may_act: claims
                .get("may_act")
                .and_then(|may| may.get("sub")?.as_str())
                .map(str::to_owned),
            extra: claims
                .iter()
                .filter(|(name, _)| !OF_THE_PROTOCOL.contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        })
    }
}

impl Verified {
    fn look_up(&mut self, keys: &Arc<KeyRing>, digest: &[u8; 32]) -> Option<Rc<AccessToken>> {
        if !self.keys.as_ref().is_some_and(|known| Arc::ptr_eq(known, keys)) {
            *self = Self { keys: Some(keys.clone()), ..Self::default() };
        }
        self.newer.get(digest).or_else(|| self.older.get(digest)).cloned()
    }

    fn remember(&mut self, digest: [u8; 32], token: Rc<AccessToken>) {
        if self.newer.len() >= MOST / 2 {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(digest, token);
    }
}

/// An access token of ours that has not expired. Verifying costs more than signing, so what was verified is
/// remembered.
pub async fn verify(
    token: &str,
    app: &App,
    memory: &Memory,
) -> Result<Option<Rc<AccessToken>>, StoreError> {
    if token.len() > gate::LONGEST {
        return Ok(None);
    }
    let (keys, now) = (app.keys().await?, app.now());
    let sha256 = digest(&SHA256, token.as_bytes());
    let Ok(sha256) = <[u8; 32]>::try_from(sha256.as_ref()) else { return Ok(None) };
    let known = memory.verified.borrow_mut().look_up(&keys, &sha256);
    let found = known.or_else(|| {
        let claims = if token.contains('.') {
            keys.verify_own(token, ACCESS_TOKEN_TYPE, now)?.claims
        } else {
            app.sealer().open(Purpose::AccessToken, token)?
        };
        let token = AccessToken::of(&claims, app.settings().issuer.as_str())?;
        let token = Rc::new(token);
        memory.verified.borrow_mut().remember(sha256, token.clone());
        Some(token)
    });
    Ok(found.filter(|token| now < token.expires_at))
}

/// The client of a token that may have expired: of what it says it is, before anything is verified.
pub fn claimed_client(token: &str, app: &App) -> Option<ClientId> {
    let claims = if token.contains('.') {
        peek::claims(token)?
    } else {
        app.sealer().open(Purpose::AccessToken, token)?
    };
    claims.get("client_id").and_then(Value::as_str).and_then(ClientId::parse)
}

/// Whether a token that a client has for itself is still good: looked up each time.
pub async fn client_stands(token: &AccessToken, app: &App) -> Result<bool, StoreError> {
    let Some(client) = app.client(&token.client_id).await? else { return Ok(false) };
    if may_issue_to_client(&client).is_err() {
        return Ok(false);
    }
    Ok(!is_revoked(token, app).await?)
}

async fn is_revoked(token: &AccessToken, app: &App) -> Result<bool, StoreError> {
    let jti = Digest::of(&token.id);
    app.read(move |db| store::revoked_tokens::is_revoked(db, &jti)).await
}

/// What a person's token stands on, if it still stands. With one that was exchanged its own client has to stand as well as
/// the one that it began with, and it can be revoked by itself (RFC 8693 section 5).
pub async fn standing_of(token: &AccessToken, app: &App) -> Result<Option<Standing>, StoreError> {
    let Holder::Person { grant_id, .. } = token.holder else { return Ok(None) };
    if token.actor.is_none() {
        return standing(grant_id, &token.client_id, app).await;
    }
    if app.client(&token.client_id).await?.is_none() || is_revoked(token, app).await? {
        return Ok(None);
    }
    let found = app.read(move |db| store::grants::find(db, grant_id)).await?;
    match found {
        Some(grant) => standing(grant_id, &grant.client_id, app).await,
        None => Ok(None),
    }
}

/// Whose token it is that was given for one of the person's own, if both still stand.
pub async fn owner_of(token: &AccessToken, app: &App) -> Result<Option<User>, StoreError> {
    let Holder::ApiToken(id) = token.holder else { return Ok(None) };
    if app.client(&token.client_id).await?.is_none() || is_revoked(token, app).await? {
        return Ok(None);
    }
    api_tokens::owner(id, app).await
}

/// What a grant stands on, if it still stands: looked up each time.
pub async fn standing(
    grant_id: GrantId,
    client_id: &ClientId,
    app: &App,
) -> Result<Option<Standing>, StoreError> {
    let Some(client) = app.client(client_id).await? else { return Ok(None) };
    let standing = app.read(move |db| store::grants::standing(db, grant_id)).await?;
    Ok(standing.filter(|found| {
        let verdict: Result<(), Barred> =
            may_issue(&found.user, &client, found.session.as_ref(), Some(&found.grant), app.now());
        verdict.is_ok()
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://id.example";

    fn claims() -> Map<String, Value> {
        let claims = json!({
            "iss": ISSUER, "sub": "u", "aud": [ISSUER, "app"], "client_id": "app",
            "exp": 2, "iat": 1, "jti": "j", "scope": "openid", "auth_time": 1,
            "acr": "urn:hatcheck:acr:1fa", "gid": GrantId::from_bytes([1; 16]),
        });
        claims.as_object().unwrap().clone()
    }

    #[test]
    fn rfc_9068_4_only_a_whole_access_token_of_this_issuer_is_read() {
        let token = AccessToken::of(&claims(), ISSUER).unwrap();
        let person = Holder::Person {
            grant_id: GrantId::from_bytes([1; 16]),
            auth_time: Timestamp::from_seconds(1),
            acr: Acr::OneFactor,
        };
        assert_eq!(token.holder, person);
        assert_eq!(AccessToken::of(&claims(), "https://other.example"), None);
        for name in ["aud", "client_id", "exp", "gid", "scope", "jti"] {
            let mut broken = claims();
            broken.remove(name);
            assert_eq!(AccessToken::of(&broken, ISSUER), None, "{name}");
        }
        let mut own = claims();
        own.remove("gid");
        own.insert("sub".to_owned(), json!("app"));
        assert_eq!(AccessToken::of(&own, ISSUER).unwrap().holder, Holder::Client);
        let id = ApiTokenId::from_bytes([1; 16]);
        own.insert("tid".to_owned(), json!(id));
        assert_eq!(AccessToken::of(&own, ISSUER).unwrap().holder, Holder::ApiToken(id));
        own.insert("gid".to_owned(), json!(GrantId::from_bytes([1; 16])));
        assert_eq!(AccessToken::of(&own, ISSUER), None, "it hangs from one thing");
    }

    #[test]
    fn dos_what_is_remembered_is_bounded() {
        let token = Rc::new(AccessToken::of(&claims(), ISSUER).unwrap());
        let mut verified = Verified::default();
        for n in 0..10_000_u64 {
            let mut digest = [0; 32];
            digest[..8].copy_from_slice(&n.to_be_bytes());
            verified.remember(digest, token.clone());
        }
        assert!(verified.newer.len() + verified.older.len() <= MOST);
    }
}
