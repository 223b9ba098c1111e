//! The issuer as a guard knows it: metadata and keys, fetched over HTTP and kept (RFC 8414, RFC 7517, RFC 9111).
//!
//! Whoever needs keys uses those at hand; looking for newer ones is done ahead of time and beside the requests. What
//! strangers can cause (a `kid` that nobody knows) is one fetch at a time, and one in a pause.

mod document;
mod freshness;
pub mod http;
pub mod metadata;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::timeout;
use url::Url;

use self::document::{Age, Document};
use self::http::{FetchError, Fetched, Http};
use self::metadata::Metadata;
use crate::key_set::{KeySet, Verdict};
use crate::token::Unverified;
use crate::{Algorithm, Clock, Refusal};

/// For how long a request waits for newer keys when it has old ones.
const PATIENCE: Duration = Duration::from_secs(1);

/// An issuer, with what is known of it.
pub struct Issuer {
    name: String,
    location: Url,
    algorithms: Vec<Algorithm>,
    /// How many seconds lie between two fetches at least.
    pause: u64,
    clock: Clock,
    /// How it is reached.
    pub http: Http,
    held: RwLock<Option<Arc<Held>>>,
    attempt: Mutex<Attempt>,
}

struct Held {
    metadata: Document<Metadata>,
    keys: Document<KeySet>,
}

/// The last fetch.
#[derive(Default)]
struct Attempt {
    at: Option<i64>,
    failed: bool,
}

/// What an issuer is made of.
pub struct Setup {
    /// Its identifier.
    pub name: String,
    /// Where its metadata is.
    pub location: Url,
    /// The algorithms that are allowed.
    pub algorithms: Vec<Algorithm>,
    /// How many seconds lie between two fetches at least.
    pub pause: u64,
    /// The clock.
    pub clock: Clock,
    /// How it is reached.
    pub http: Http,
}

impl Issuer {
    /// An issuer of which nothing has been fetched.
    pub fn new(setup: Setup) -> Arc<Self> {
        let Setup { name, location, algorithms, pause, clock, http } = setup;
        let (held, attempt) = (RwLock::default(), Mutex::default());
        Arc::new(Self { name, location, algorithms, pause, clock, http, held, attempt })
    }

    /// Verifies a token with the issuer's keys; looks for newer ones when it was signed by none of them.
    pub async fn verify(self: &Arc<Self>, token: &Unverified<'_>) -> Result<(), Refusal> {
        let mut verdict = self.current().await?.keys.value.verify(token);
        if verdict == Verdict::UnknownKey {
            self.refresh().await;
            verdict = self.current().await?.keys.value.verify(token);
        }
        match verdict {
            Verdict::Genuine => Ok(()),
            Verdict::Forged => Err(Refusal::Signature),
            Verdict::OtherAlgorithm => Err(Refusal::Algorithm),
            // Who can't be asked may have changed its keys
            Verdict::UnknownKey if self.attempt.lock().await.failed => Err(Refusal::Unavailable),
            Verdict::UnknownKey => Err(Refusal::UnknownKey),
        }
    }

    /// Its identifier.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it says of itself.
    pub async fn metadata(self: &Arc<Self>) -> Result<Arc<Metadata>, Refusal> {
        Ok(self.current().await?.metadata.value.clone())
    }

    /// Where tokens are asked about.
    pub async fn introspection_endpoint(self: &Arc<Self>) -> Result<Url, Refusal> {
        self.metadata().await?.introspection_endpoint.clone().ok_or_else(|| {
            tracing::error!(issuer = self.name, "the issuer names no introspection_endpoint");
            Refusal::Unavailable
        })
    }

    /// What is known now, looked after as its age demands.
    async fn current(self: &Arc<Self>) -> Result<Arc<Held>, Refusal> {
        let age = self.age();
        let busy = self.attempt.try_lock().is_err();
        match age {
            Age::Fresh => {}
            Age::Due if busy || self.is_paused() => {}
            Age::Due => drop(self.start()),
            Age::Stale if busy => {}
            Age::Stale => drop(timeout(PATIENCE, self.refresh()).await),
            Age::Dead => self.refresh().await,
        }
        match self.held() {
            Some(held) if self.age() != Age::Dead => Ok(held),
            _ => Err(Refusal::Unavailable),
        }
    }

    fn held(&self) -> Option<Arc<Held>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn age(&self) -> Age {
        self.held().map_or(Age::Dead, |held| held.keys.age(self.clock.now()))
    }

    /// Whether the last fetch was only just; not while one is under way.
    fn is_paused(&self) -> bool {
        self.attempt.try_lock().is_ok_and(|attempt| self.is_recent(&attempt))
    }

    fn is_recent(&self, attempt: &Attempt) -> bool {
        attempt.at.is_some_and(|at| self.clock.now().abs_diff(at) < self.pause)
    }

    /// Waits until newer keys were looked for, by whomever; not when that was only just.
    async fn refresh(self: &Arc<Self>) {
        if !self.is_paused() {
            drop(self.start().await);
        }
    }

    /// Looks for newer keys in a task of its own: a caller that goes away must not take the fetch along, or strangers
    /// could keep it from ever coming to its end.
    fn start(self: &Arc<Self>) -> tokio::task::JoinHandle<()> {
        let this = Arc::clone(self);
        tokio::spawn(async move { this.fetch_once().await })
    }

    async fn fetch_once(&self) {
        let mut attempt = self.attempt.lock().await;
        if self.is_recent(&attempt) {
            return;
        }
        let suspicious = attempt.failed;
        *attempt = Attempt { at: Some(self.clock.now()), failed: true };
        match self.fetch(suspicious).await {
            Ok(held) => {
                *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(held));
                attempt.failed = false;
            }
            Err(error) => {
                tracing::warn!(issuer = self.name, %error, "the issuer's keys can't be fetched");
            }
        }
    }

    /// Both documents. The metadata at hand does while it is fresh, unless the last fetch failed: keys may have moved.
    async fn fetch(&self, suspicious: bool) -> Result<Held, FetchError> {
        let (old, now) = (self.held(), self.clock.now());
        let known = old.as_ref().map(|old| &old.metadata);
        let fresh = known.filter(|known| !matches!(known.age(now), Age::Stale | Age::Dead));
        let parse = |body: &[u8]| Metadata::parse(body, &self.name);
        let metadata = match fresh.filter(|_| !suspicious) {
            Some(metadata) => metadata.clone(),
            None => self.document(&self.location, known, parse).await?,
        };
        let jwks_uri = &metadata.value.jwks_uri;
        let same = |old: &&Arc<Held>| old.metadata.value.jwks_uri == *jwks_uri;
        let known = old.as_ref().filter(same).map(|old| &old.keys);
        let parse = |body: &[u8]| {
            let keys = KeySet::parse(body, &self.algorithms);
            keys.ok_or(FetchError::Content("there is no key in it that verifies"))
        };
        let keys = self.document(jwks_uri, known, parse).await?;
        Ok(Held { metadata, keys })
    }

    /// One document, or the one at hand when it is unchanged.
    async fn document<T>(
        &self,
        url: &Url,
        known: Option<&Document<T>>,
        parse: impl Fn(&[u8]) -> Result<T, FetchError>,
    ) -> Result<Document<T>, FetchError> {
        let tag = known.and_then(|known| known.etag.as_deref());
        let Fetched { body, etag, lifetime } = self.http.get(url, tag).await?;
        let value = match (body, known) {
            (Some(body), _) => Arc::new(parse(&body)?),
            (None, Some(known)) => known.value.clone(),
            (None, None) => return Err(FetchError::Content("it is said to be unchanged")),
        };
        Ok(Document { value, etag, fetched_at: self.clock.now(), lifetime })
    }
}
