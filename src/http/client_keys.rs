//! The public keys of clients: those that they registered (`jwks`), and those that they publish (`jwks_uri`: OpenID
//! Connect Core section 10.1.1, RFC 7591 section 2), which are fetched when they are needed and kept in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::Mutex as AsyncMutex;

use super::App;
use crate::keys::client_keys::{self, Unproved};
use crate::keys::gate::Expect;
use crate::model::{Client, Timestamp, hours};
use crate::outgoing::{Answer, OutgoingError};

/// How long fetched keys are used without looking again: what a client has withdrawn ends by then.
const FRESH: Duration = hours(1);
/// How long they go on being used when the client's server does not answer.
const STALE: Duration = hours(24);
/// The most sets in memory; beyond it, all are forgotten and fetched again as they are needed.
const MOST_SETS: usize = 1_000;

/// Key sets by the URL that they came from.
#[derive(Default)]
pub(super) struct ClientKeys(Mutex<HashMap<String, Arc<AsyncMutex<Held>>>>);

/// One set. Who wants it while it is being fetched waits for that one fetch.
#[derive(Default)]
struct Held {
    keys: Option<(Arc<Value>, Timestamp)>,
    tried: Option<(Timestamp, Option<NoKeys>)>,
}

/// Why the keys of a client can't be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoKeys {
    /// It registered none.
    #[error("the client has registered no keys (\"jwks\" or \"jwks_uri\")")]
    Unregistered,
    /// Its server does not answer, or may not be asked.
    #[error("the client's jwks_uri could not be fetched: {0}")]
    Unreachable(#[from] OutgoingError),
    /// Its server answers something else.
    #[error("the client's jwks_uri answered with status {0} instead of its keys")]
    Status(u16),
    /// What came is no key set.
    #[error("what the client's jwks_uri answered is no JSON Web Key Set (RFC 7517 section 5)")]
    NoSet,
}

/// Why a JWT of a client is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotByClient {
    /// There are no keys.
    #[error(transparent)]
    NoKeys(#[from] NoKeys),
    /// They do not prove it.
    #[error(transparent)]
    Unproved(#[from] Unproved),
}

impl App {
    /// The public keys of a client, a JSON Web Key Set.
    pub async fn keys_of(&self, client: &Client) -> Result<Arc<Value>, NoKeys> {
        let metadata = &client.metadata;
        match (&metadata.jwks, &metadata.jwks_uri) {
            (Some(jwks), _) => Ok(jwks.clone()),
            (None, Some(uri)) => self.client_keys().of(uri, self).await,
            (None, None) => Err(NoKeys::Unregistered),
        }
    }

    /// Other keys of a client than these, which do not serve: fetched now, unless that was tried a moment ago (Core
    /// section 10.2.1).
    pub async fn other_keys_of(&self, client: &Client, known: &Arc<Value>) -> Option<Arc<Value>> {
        let uri = client.metadata.jwks_uri.as_ref()?;
        self.client_keys().newer_than(known, uri, self).await
    }

    /// The claims of a JWT that a client signed with its own key: a client assertion or a request object. Keys at a
    /// `jwks_uri` are fetched anew when those that are known do not fit (Core section 10.1.1).
    pub async fn signed_by(
        &self,
        client: &Client,
        token: &str,
        expect: Expect<'_>,
    ) -> Result<Map<String, Value>, NotByClient> {
        let known = self.keys_of(client).await?;
        let refused = match client_keys::verify(&known, token, expect) {
            Ok(claims) => return Ok(claims),
            Err(refused) => refused,
        };
        if !refused.is_about_keys() {
            return Err(refused.into());
        }
        match self.other_keys_of(client, &known).await {
            Some(newer) => Ok(client_keys::verify(&newer, token, expect)?),
            None => Err(refused.into()),
        }
    }
}

impl ClientKeys {
    async fn of(&self, uri: &str, app: &App) -> Result<Arc<Value>, NoKeys> {
        let held = self.held(uri);
        let mut held = held.lock().await;
        let (now, pause) = (app.now(), app.settings().outgoing.jwks_refetch);
        if let Some((keys, at)) = &held.keys
            && now < *at + FRESH
        {
            return Ok(keys.clone());
        }
        if held.may_try(now, pause) {
            held.fetch(uri, app).await;
        }
        held.believed(now)
    }

    /// Other keys than these, if there are any: fetched now, unless that was tried a moment ago.
    async fn newer_than(&self, known: &Arc<Value>, uri: &str, app: &App) -> Option<Arc<Value>> {
        let held = self.held(uri);
        let mut held = held.lock().await;
        let is_other = |held: &Held| {
            held.keys.as_ref().map(|(keys, _)| keys).filter(|keys| *keys != known).cloned()
        };
        // Another request may have fetched them while this one waited
        if let Some(newer) = is_other(&held) {
            return Some(newer);
        }
        if !held.may_try(app.now(), app.settings().outgoing.jwks_refetch) {
            return None;
        }
        held.fetch(uri, app).await;
        is_other(&held)
    }

    fn held(&self, uri: &str) -> Arc<AsyncMutex<Held>> {
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sets.len() >= MOST_SETS && !sets.contains_key(uri) {
            sets.clear();
        }
        sets.entry(uri.to_owned()).or_default().clone()
    }
}

impl Held {
    fn may_try(&self, now: Timestamp, pause: Duration) -> bool {
        // A clock that was set back does not keep the keys from being fetched
        self.tried.as_ref().is_none_or(|(at, _)| *at + pause <= now || now < *at)
    }

    async fn fetch(&mut self, uri: &str, app: &App) {
        let answer = app.outgoing().get(uri, "application/jwk-set+json, application/json").await;
        let now = app.now();
        let error = match answer.map_err(NoKeys::from).and_then(|answer| read(&answer)) {
            Ok(keys) => {
                self.keys = Some((Arc::new(keys), now));
                None
            }
            Err(error) => {
                tracing::warn!(uri, %error, "the keys of a client could not be fetched");
                Some(error)
            }
        };
        self.tried = Some((now, error));
    }

    fn believed(&self, now: Timestamp) -> Result<Arc<Value>, NoKeys> {
        match (&self.keys, &self.tried) {
            (Some((keys, at)), _) if now < *at + STALE => Ok(keys.clone()),
            (_, Some((_, Some(error)))) => Err(error.clone()),
            (_, Some((_, None)) | None) => Err(NoKeys::NoSet),
        }
    }
}

fn read(answer: &Answer) -> Result<Value, NoKeys> {
    if answer.status != 200 {
        return Err(NoKeys::Status(answer.status));
    }
    let set: Value = serde_json::from_slice(&answer.body).map_err(|_| NoKeys::NoSet)?;
    if set.get("keys").is_some_and(Value::is_array) { Ok(set) } else { Err(NoKeys::NoSet) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::seconds;

    #[test]
    fn core_10_1_1_keys_are_fetched_at_most_once_a_minute_and_kept_for_a_day_without_answer() {
        let at = Timestamp::from_seconds;
        let pause = seconds(60);
        let mut held = Held::default();
        assert!(held.may_try(at(1_000), pause));
        assert_eq!(held.believed(at(1_000)), Err(NoKeys::NoSet));
        held.tried = Some((at(1_000), Some(NoKeys::Status(500))));
        assert!(!held.may_try(at(1_059), pause) && held.may_try(at(1_060), pause));
        assert!(held.may_try(at(10), pause));
        assert_eq!(held.believed(at(1_001)), Err(NoKeys::Status(500)));
        held.keys = Some((Arc::new(Value::Null), at(1_000)));
        assert!(held.believed(at(1_000 + 86_399)).is_ok());
        assert_eq!(held.believed(at(1_000 + 86_400)), Err(NoKeys::Status(500)));
    }

    #[test]
    fn rfc_7517_5_only_a_set_is_read() {
        let answer = |status, body: &str| Answer {
            status,
            content_type: None,
            dpop_nonce: None,
            body: body.as_bytes().to_vec(),
        };
        assert!(read(&answer(200, r#"{"keys": []}"#)).is_ok());
        assert_eq!(read(&answer(302, r#"{"keys": []}"#)), Err(NoKeys::Status(302)));
        for body in ["<html>", "[]", "{}", r#"{"keys": {}}"#, ""] {
            assert_eq!(read(&answer(200, body)), Err(NoKeys::NoSet), "{body}");
        }
    }
}
