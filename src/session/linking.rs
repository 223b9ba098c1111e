//! Linking an account of ours with who its person is at a provider elsewhere. On the account page that goes from the way back, which
//! shows who they are there, to the press of a button here.

use serde::{Deserialize, Serialize};

use crate::http::App;
use crate::keys::Purpose;
use crate::model::{EventKind, Identity, SessionId, Timestamp, UserId, minutes};
use crate::store::{self, StoreError};

/// The page of the account that all of this is about.
pub const PATH: &str = "/account/providers";
/// For how many minutes somebody may think about it.
const MINUTES: u64 = 10;

/// Somebody was recognised at a provider, and has yet to say that it is them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    link_of: SessionId,
    provider: String,
    subject: String,
    /// What the provider calls them, for the page.
    pub shown: String,
    at: Timestamp,
}

impl Pending {
    /// In this session, now.
    pub fn new(session: SessionId, identity: Identity, shown: String, now: Timestamp) -> Self {
        let Identity { provider, subject } = identity;
        Self { link_of: session, provider, subject, shown, at: now }
    }

    /// The way to the page that asks.
    pub fn url(&self, app: &App) -> String {
        let sealed = app.sealer().seal(Purpose::Federation, self, &app.random());
        format!("{}{PATH}?pending={sealed}", app.settings().issuer.path())
    }

    /// What a query or form of this session brings, while it is good.
    pub fn open(app: &App, sealed: Option<&str>, session: SessionId) -> Option<Self> {
        let pending: Self = app.sealer().open(Purpose::Federation, sealed?)?;
        let good = pending.link_of == session && app.now() < pending.at + minutes(MINUTES);
        good.then_some(pending)
    }

    /// Who they are there.
    pub fn identity(&self) -> Identity {
        Identity { provider: self.provider.clone(), subject: self.subject.clone() }
    }
}

/// Links an account; false when the identity is somebody else's.
pub async fn link(app: &App, id: UserId, identity: Identity) -> Result<bool, StoreError> {
    let now = app.now();
    let detail = format!("linked to {}", identity.provider);
    let event = app.event(EventKind::UserChanged, Some(id), None, detail);
    app.write(move |db| {
        let linked = store::identities::link(db, &identity, id, now)?;
        if linked {
            store::events::append(db, &event)?;
        }
        Ok(linked || store::identities::owner(db, &identity)?.is_some_and(|user| user.id == id))
    })
    .await
}
