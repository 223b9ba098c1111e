//! Clients and keys in memory. The database's revision tells when they are stale; it is asked at most every half
//! second, and only when somebody asks for a client or a key: an idle server asks nothing.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::App;
use crate::federation::Connectors;
use crate::keys::KeyRing;
use crate::model::{Client, ClientId, Timestamp};
use crate::store::{self, StoreError};

/// How long what is in memory is believed without asking: a change is seen within a second.
const BELIEVED: Duration = Duration::from_millis(500);
/// The most clients in memory; beyond it, all are forgotten and read again as they come.
const MOST_CLIENTS: usize = 10_000;

/// What is in memory, all of one revision.
pub(super) struct Cache(RwLock<Held>);

#[derive(Default)]
struct Held {
    revision: Option<i64>,
    checked: Option<Instant>,
    clients: HashMap<ClientId, Arc<Client>>,
    keys: Option<Arc<KeyRing>>,
    connectors: Option<Arc<Connectors>>,
    /// Those of the revision before: what is known of their providers outlives them.
    connectors_before: Arc<Connectors>,
}

impl Cache {
    pub(super) fn new() -> Self {
        Self(RwLock::new(Held::default()))
    }

    pub(super) async fn client(
        &self,
        app: &App,
        id: &ClientId,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        self.refresh(app).await?;
        if let Some(client) = self.held(|held| held.clients.get(id).cloned()) {
            return Ok(Some(client));
        }
        let wanted = id.clone();
        let (revision, found) = app
            .read(move |db| Ok((store::upkeep::revision(db)?, store::clients::find(db, &wanted)?)))
            .await?;
        let Some(client) = found.map(Arc::new) else { return Ok(None) };
        self.change(|held| {
            if held.clients.len() >= MOST_CLIENTS {
                held.clients.clear();
            }
            // What was read of another revision is good for this request, and not to be kept
            if held.revision == Some(revision) {
                held.clients.insert(id.clone(), client.clone());
            }
        });
        Ok(Some(client))
    }

    pub(super) async fn keys(&self, app: &App) -> Result<Arc<KeyRing>, StoreError> {
        self.refresh(app).await?;
        if let Some(keys) = self.held(|held| held.keys.clone()) {
            return Ok(keys);
        }
        let (revision, records) = app
            .read(|db| Ok((store::upkeep::revision(db)?, store::signing_keys::list(db)?)))
            .await?;
        let now: Timestamp = app.now();
        let ring = KeyRing::new(records, app.vault(), now)
            .map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let ring = Arc::new(ring);
        self.change(|held| {
            if held.revision == Some(revision) {
                held.keys = Some(ring.clone());
            }
        });
        Ok(ring)
    }

    /// [`Cache::keys`] as they are this moment: another key has just been made.
    pub(super) async fn keys_anew(&self, app: &App) -> Result<Arc<KeyRing>, StoreError> {
        self.change(|held| held.checked = None);
        self.keys(app).await
    }

    /// The connectors of the settings and of the database.
    pub(super) async fn connectors(&self, app: &App) -> Result<Arc<Connectors>, StoreError> {
        self.refresh(app).await?;
        if let Some(connectors) = self.held(|held| held.connectors.clone()) {
            return Ok(connectors);
        }
        let (revision, records) =
            app.read(|db| Ok((store::upkeep::revision(db)?, store::connectors::list(db)?))).await?;
        let described = super::connectors::described(app, records);
        let before = self.held(|held| held.connectors_before.clone());
        let issuer = app.settings().issuer.as_str();
        let connectors = Arc::new(Connectors::new(described, issuer, &before));
        self.change(|held| {
            if held.revision == Some(revision) {
                held.connectors = Some(connectors.clone());
            }
        });
        Ok(connectors)
    }

    /// Those that are in memory.
    pub(super) fn connectors_held(&self) -> Option<Arc<Connectors>> {
        self.held(|held| held.connectors.clone())
    }

    /// Forgets everything when the database has moved on.
    async fn refresh(&self, app: &App) -> Result<(), StoreError> {
        if self.held(|held| held.checked.is_some_and(|at| at.elapsed() < BELIEVED)) {
            return Ok(());
        }
        match app.read(store::upkeep::revision).await {
            Ok(revision) => self.change(|held| {
                held.checked = Some(Instant::now());
                if held.revision != Some(revision) {
                    let connectors_before =
                        held.connectors.take().unwrap_or_else(|| held.connectors_before.clone());
                    *held = Held {
                        revision: Some(revision),
                        checked: held.checked,
                        connectors_before,
                        ..Held::default()
                    };
                }
            }),
            // What is in memory goes on serving while the database is away; what is not says so itself
            Err(StoreError::Unavailable(_)) if self.held(|held| held.keys.is_some()) => {
                self.change(|held| held.checked = Some(Instant::now()));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn held<T>(&self, look: impl FnOnce(&Held) -> T) -> T {
        look(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, change: impl FnOnce(&mut Held)) {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner));
    }
}
