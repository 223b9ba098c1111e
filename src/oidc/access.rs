//! Our own access tokens when they come back: RFC 9068 section 4, OpenID Connect Core section 5.3.1.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value};

use super::memory::Memory;
use super::tokens::ACCESS_TOKEN_TYPE;
use crate::http::App;
use crate::identity::may_issue::{Barred, may_issue};
use crate::keys::{KeyRing, gate};
use crate::model::{Acr, ClientId, GrantId, Scopes, Timestamp};
use crate::store::grants::Standing;
use crate::store::{self, StoreError};

/// The most verified tokens that a worker remembers; the older half goes first.
const MOST: usize = 2_000;

/// An access token of ours: its signature is good. Whether its grant still stands is another question.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessToken {
    /// `gid`: what it hangs from.
    pub grant_id: GrantId,
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
    /// `auth_time`.
    pub auth_time: Timestamp,
    /// `acr`.
    pub acr: Acr,
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
        Some(Self {
            grant_id: text("gid")?.parse().ok()?,
            client_id: ClientId::parse(text("client_id")?)?,
            audience: audience.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            scopes: Scopes::parse(text("scope")?).ok()?,
            issued_at: time("iat")?,
            expires_at: time("exp")?,
            id: text("jti")?.to_owned(),
            auth_time: time("auth_time")?,
            acr: Acr::parse(text("acr")?)?,
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
        let signed = keys.verify_own(token, ACCESS_TOKEN_TYPE, now)?;
        let token = AccessToken::of(&signed.claims, app.settings().issuer.as_str())?;
        let token = Rc::new(token);
        memory.verified.borrow_mut().remember(sha256, token.clone());
        Some(token)
    });
    Ok(found.filter(|token| now < token.expires_at))
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
        assert_eq!(token.grant_id, GrantId::from_bytes([1; 16]));
        assert_eq!(AccessToken::of(&claims(), "https://other.example"), None);
        for name in ["aud", "client_id", "exp", "gid", "scope", "jti"] {
            let mut broken = claims();
            broken.remove(name);
            assert_eq!(AccessToken::of(&broken, ISSUER), None, "{name}");
        }
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
