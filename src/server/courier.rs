//! Tells apps of sign-outs, beside requests: what `jobs` needs of the rooms above it.

use std::rc::Rc;
use std::sync::Arc;

use actix_web::rt;
use tokio::task::JoinHandle;

use crate::http::App;
use crate::jobs;
use crate::keys::KeyRing;
use crate::model::{Client, Timestamp, UserId};
use crate::outgoing::Outgoing;
use crate::store::{Store, StoreError};

/// The product, as jobs see it.
struct Surroundings(App);

impl jobs::Surroundings for Surroundings {
    fn store(&self) -> &Store {
        self.0.store()
    }

    fn issuer(&self) -> &str {
        self.0.settings().issuer.as_str()
    }

    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn subject(&self, client: &Client, user: UserId) -> String {
        self.0.sealer().subject(client, user)
    }

    async fn keys(&self) -> Result<Arc<KeyRing>, StoreError> {
        self.0.keys().await
    }
}

/// Starts the deliveries. What is under way when they are ended is tried again by the next process.
pub(super) fn start(app: App) -> JoinHandle<()> {
    let outgoing = Outgoing::new(app.settings().outgoing.clone());
    rt::spawn(jobs::run(Rc::new(Surroundings(app)), Rc::new(outgoing)))
}
