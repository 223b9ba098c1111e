//! Connectors, with what is known of their providers: OpenID Connect Discovery section 4.
//!
//! Discovery document and keys are fetched when somebody first wants to sign in, believed for an hour, and for a day while the
//! provider is away. However many want them, one fetch is under way; after one that failed ten seconds pass before the next.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use openidconnect::{DiscoveryError, JsonWebKeySet};
use tokio::sync::Mutex;

use super::failure::Failure;
use super::metadata::{self, Metadata};
use super::{dialect, wire};
use crate::config::{self, Dialect};
use crate::model::{Secret, Timestamp, days, hours, seconds};
use crate::outgoing::{Outgoing, OutgoingError};

/// For how long what is known is used without looking.
const FRESH: Duration = hours(1);
/// For how long it is used while the provider is away.
const BELIEVED: Duration = days(1);
/// How much time passes after a fetch that failed.
const PAUSE: Duration = seconds(10);

/// All connectors.
#[derive(Default)]
pub struct Connectors(BTreeMap<String, Arc<Connector>>);

/// A provider elsewhere.
pub struct Connector {
    /// Its name here.
    pub name: String,
    /// What the admin says about it.
    pub settings: config::Connector,
    /// Where it sends people back to.
    pub redirect_uri: String,
    /// Its secrets of the database, the newest first, each with until when it is tried.
    pub(super) secrets: Vec<(Secret<String>, Option<Timestamp>)>,
    known: RwLock<Option<Arc<Known>>>,
    attempt: Mutex<Option<(Timestamp, Failure)>>,
}

/// What a provider says of itself.
pub struct Known {
    /// Its discovery document and its keys.
    pub metadata: Metadata,
    fetched_at: Timestamp,
}

/// A connector to be.
pub struct Described {
    /// Its name.
    pub name: String,
    /// What the admin says about it.
    pub settings: config::Connector,
    /// Its secrets of the database, the newest first, each with until when it is tried.
    pub secrets: Vec<(Secret<String>, Option<Timestamp>)>,
}

impl Connectors {
    /// These, of a server with this issuer. What is known of the providers of those that were there before stays known.
    pub fn new(all: Vec<Described>, issuer: &str, before: &Self) -> Self {
        let of = |Described { name, settings, secrets }| {
            let same = before
                .0
                .get(&name)
                .filter(|old| old.settings == settings && old.secrets == secrets);
            let connector = same.cloned().unwrap_or_else(|| {
                Arc::new(Connector {
                    name: name.clone(),
                    settings,
                    redirect_uri: format!("{issuer}/login/callback/{name}"),
                    secrets,
                    known: RwLock::default(),
                    attempt: Mutex::default(),
                })
            });
            (name, connector)
        };
        Self(all.into_iter().map(of).collect())
    }

    /// All of them, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Connector> {
        self.0.values().map(AsRef::as_ref)
    }

    /// A connector by its name.
    pub fn get(&self, name: &str) -> Option<&Connector> {
        self.0.get(name).map(AsRef::as_ref)
    }
}

impl Connector {
    /// What the provider says of itself, fetched when that has to be.
    pub(super) async fn known(
        &self,
        outgoing: &Outgoing,
        now: Timestamp,
    ) -> Result<Arc<Known>, Failure> {
        match self.held() {
            Some(known) if now < known.fetched_at + FRESH => Ok(known),
            Some(known) if now < known.fetched_at + BELIEVED => {
                Ok(self.fetch(outgoing, now, known.fetched_at).await.unwrap_or(known))
            }
            Some(known) => self.fetch(outgoing, now, known.fetched_at).await,
            None => self.fetch(outgoing, now, Timestamp::from_seconds(i64::MIN)).await,
        }
    }

    /// What it says now, when a key is unknown: it may have changed its keys. Newer than `before`, whoever fetched it.
    pub(super) async fn renewed(
        &self,
        outgoing: &Outgoing,
        now: Timestamp,
        before: &Known,
    ) -> Result<Arc<Known>, Failure> {
        self.fetch(outgoing, now, before.fetched_at).await
    }

    fn held(&self) -> Option<Arc<Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Fetches, unless somebody else did since `before`, or failed only just.
    async fn fetch(
        &self,
        outgoing: &Outgoing,
        now: Timestamp,
        before: Timestamp,
    ) -> Result<Arc<Known>, Failure> {
        let mut attempt = self.attempt.lock().await;
        if let Some(known) = self.held().filter(|known| known.fetched_at > before) {
            return Ok(known);
        }
        if let Some((at, failure)) = attempt.as_ref().filter(|(at, _)| now < *at + PAUSE) {
            tracing::debug!(connector = self.name, since = at.seconds(), "not asked again so soon");
            return Err(failure.clone());
        }
        match self.discover(outgoing, now).await {
            Ok(known) => {
                let known = Arc::new(known);
                *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
                *attempt = None;
                Ok(known)
            }
            Err(failure) => {
                *attempt = Some((now, failure.clone()));
                Err(failure)
            }
        }
    }

    /// Section 4.3, with room for a provider whose issuer depends on who signs in. What is no OpenID provider is as the
    /// settings say.
    async fn discover(&self, outgoing: &Outgoing, now: Timestamp) -> Result<Known, Failure> {
        if let Dialect::Plain(plain) = &self.settings.dialect {
            let metadata = metadata::of_plain(&self.settings.issuer, plain);
            let metadata = metadata.map_err(|error| Failure::Metadata(error.to_string()))?;
            return Ok(Known { metadata, fetched_at: now });
        }
        let url = format!(
            "{}/.well-known/openid-configuration",
            self.settings.issuer.trim_end_matches('/')
        );
        let answer = outgoing.get(&url, "application/json").await?;
        if answer.status != 200 {
            return Err(Failure::Metadata(format!("{url} answers {}", answer.status)));
        }
        let metadata: Metadata = serde_json::from_slice(&answer.body)
            .map_err(|error| Failure::Metadata(format!("{url} can't be read: {error}")))?;
        let issuer = metadata.issuer().as_str();
        if !dialect::is_own(&self.settings, issuer) {
            return Err(Failure::Metadata(format!("{url} is that of the issuer {issuer}")));
        }
        let fetch = |request| wire::send(outgoing, request);
        let jwks = JsonWebKeySet::fetch_async(metadata.jwks_uri(), &fetch).await;
        let jwks = jwks.map_err(|error| failed(&error))?;
        Ok(Known { metadata: metadata.set_jwks(jwks), fetched_at: now })
    }
}

fn failed(error: &DiscoveryError<OutgoingError>) -> Failure {
    if let DiscoveryError::Request(error) = error {
        return error.clone().into();
    }
    Failure::Metadata(error.to_string())
}
