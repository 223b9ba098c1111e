//! What every handler and command is given: settings, store, keys, caches, the clock and the random source.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use actix_web::web;

use super::cache::Cache;
use super::client_keys::ClientKeys;
use super::extensions::Extensions;
use super::refusals::{Reference, Refusal, RefusalLog};
use super::seen::Seen;
use super::static_files::Look;
use super::used::Used;
use crate::config::Settings;
use crate::identity::passwords::Hasher;
use crate::keys::{self, KeyError, KeyRing, Sealer, Vault};
use crate::model::{Algorithm, Client, ClientId, Event, EventId, EventKind, Timestamp, UserId};
use crate::outgoing::Outgoing;
use crate::store::{Db, Store, StoreError};

/// The product, opened: cheap to clone, shared by all threads.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    settings: Settings,
    store: Store,
    vault: Vault,
    sealer: Sealer,
    hasher: Hasher,
    cache: Cache,
    outgoing: Outgoing,
    client_keys: ClientKeys,
    refusals: RefusalLog,
    seen: Seen,
    used: Used,
    look: OnceLock<Arc<Look>>,
    clock: Clock,
    extensions: Extensions,
}

/// Why the product can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The keys folder, or what was encrypted with it.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The random source of the system.
    #[error("the system gives no random bytes")]
    Random,
}

/// The clock. Tests move it on; everybody else takes [`Clock::system`].
#[derive(Clone, Default)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// Moves this clock, and all its clones, on by so many seconds.
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    /// The present moment.
    #[expect(clippy::disallowed_methods, reason = "this is the edge that others ask")]
    pub fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
        Timestamp::from_seconds(seconds.saturating_add(self.0.load(Ordering::Relaxed)))
    }
}

impl App {
    /// Opens database and keys, making at the first start what is missing: master key, instance secret, signing keys.
    pub fn open(settings: Settings, clock: Clock) -> Result<Self, OpenError> {
        Self::open_with(settings, clock, Extensions::default())
    }

    /// [`App::open`] with what a deployment adds.
    pub fn open_with(
        settings: Settings,
        clock: Clock,
        extensions: Extensions,
    ) -> Result<Self, OpenError> {
        let store = Store::open(&settings.database)?;
        let vault = keys::open_vault(&store, &settings.keys.dir, &random_bytes()?)?;
        let now = clock.now();
        let instance_secret = keys::instance_secret(&store, &vault, &random_bytes()?)?;
        keys::make_first_keys(&store, &vault, now)?;
        let inner = Inner {
            sealer: Sealer::new(&instance_secret),
            hasher: Hasher::new(settings.passwords),
            cache: Cache::new(),
            outgoing: Outgoing::new(settings.outgoing.clone()),
            client_keys: ClientKeys::default(),
            refusals: RefusalLog::new(settings.log.refusals.clone()),
            seen: Seen::default(),
            used: Used::default(),
            look: OnceLock::new(),
            settings,
            store,
            vault,
            clock,
            extensions,
        };
        Ok(Self(Arc::new(inner)))
    }

    /// What the deployment has added.
    pub fn extensions(&self) -> &Extensions {
        &self.0.extensions
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// `N` random bytes.
    ///
    /// A system without randomness can't be served from: [`App::open`] has drawn from the source, and the library
    /// keeps its own generator from then on, so a failure here is a broken process and ends it.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        random_bytes().unwrap_or_else(|_| std::process::abort())
    }

    /// A fresh identifier: `app.id(UserId::new)`.
    pub fn id<T>(&self, make: fn(Timestamp, &[u8; 10]) -> T) -> T {
        make(self.now(), &self.random())
    }

    /// An entry for the audit log, to be appended in the transaction of what it tells of.
    pub fn event(
        &self,
        kind: EventKind,
        user_id: Option<UserId>,
        client_id: Option<&ClientId>,
        detail: impl Into<String>,
    ) -> Event {
        let id = self.id(EventId::new);
        Event {
            id,
            at: self.now(),
            kind,
            user_id,
            client_id: client_id.cloned(),
            detail: detail.into(),
        }
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Encryption at rest.
    pub fn vault(&self) -> &Vault {
        &self.0.vault
    }

    /// Encryption on the way through browsers.
    pub fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    /// The threads that hash passwords.
    pub fn hasher(&self) -> &Hasher {
        &self.0.hasher
    }

    /// What is in memory.
    pub(super) fn cache(&self) -> &Cache {
        &self.0.cache
    }

    /// The one HTTP client.
    pub fn outgoing(&self) -> &Outgoing {
        &self.0.outgoing
    }

    /// What was fetched of the keys of clients.
    pub(super) fn client_keys(&self) -> &ClientKeys {
        &self.0.client_keys
    }

    /// When sessions were last seen, as far as it is not written yet.
    pub fn seen(&self) -> &Seen {
        &self.0.seen
    }

    /// Which apps were of use, as far as it is not written yet.
    pub fn used(&self) -> &Used {
        &self.0.used
    }

    /// How pages look, read from the files of the brand at first use.
    pub fn look(&self) -> &Arc<Look> {
        self.0.look.get_or_init(|| Arc::new(Look::of(self.settings())))
    }

    /// Runs a closure that only reads.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut Db) -> Result<T, StoreError> + Send + 'static,
    {
        self.0.store.read(work).await
    }

    /// Runs a closure in one transaction, durable when this answers.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut Db) -> Result<T, StoreError> + Send + 'static,
    {
        self.0.store.write(work).await
    }

    /// A registered client, from memory when nothing changed in the last half second.
    pub async fn client(&self, id: &ClientId) -> Result<Option<Arc<Client>>, StoreError> {
        self.0.cache.client(self, id).await
    }

    /// The keys as they stand, from memory when nothing changed in the last half second.
    pub async fn keys(&self) -> Result<Arc<KeyRing>, StoreError> {
        self.0.cache.keys(self).await
    }

    /// [`App::keys`] with one that signs with this algorithm: the first client that wants it has it made, beside the
    /// event loop.
    pub async fn keys_for(&self, algorithm: Algorithm) -> Result<Arc<KeyRing>, StoreError> {
        let ring = self.keys().await?;
        if ring.signs_with(algorithm, self.now()) {
            return Ok(ring);
        }
        let app = self.clone();
        let made = web::block(move || {
            keys::ensure_algorithm(app.store(), app.vault(), algorithm.into(), app.now())
        });
        match made.await {
            Ok(Ok(_)) => {}
            Ok(Err(KeyError::Store(error))) => return Err(error),
            Ok(Err(error)) => return Err(StoreError::Other(error.to_string())),
            Err(error) => return Err(StoreError::Other(error.to_string())),
        }
        self.0.cache.keys_anew(self).await
    }

    /// Notes a refusal and gives the reference under which `hatcheck explain` tells of it.
    pub fn refuse(&self, refusal: Refusal) -> Reference {
        let reference = Reference::from_random(self.random());
        self.0.refusals.note(&reference, refusal, self.now());
        reference
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the edge that others ask")]
fn random_bytes<const N: usize>() -> Result<[u8; N], OpenError> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| OpenError::Random)?;
    Ok(bytes)
}
