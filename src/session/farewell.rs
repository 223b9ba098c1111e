//! A sign-out that was done on another page than the one that tells of it: OpenID Connect Front-Channel Logout 1.0.
//!
//! What hangs from a session can only be told in its browser after the sign-out has been committed, on one page for
//! all ways to sign out. The way there, which may lead by the provider where people signed in, carries what it has to know,
//! sealed, for a few minutes.

use serde::{Deserialize, Serialize};

use crate::http::App;
use crate::keys::Purpose;
use crate::model::{ClientId, SessionId, Timestamp, minutes};

/// The page's path.
pub const FAREWELL: &str = "/end-session/done";
/// How many minutes the page can be opened.
const LIFE_MINUTES: u64 = 10;

/// A session that has ended in this browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Farewell {
    /// The session.
    pub session: SessionId,
    /// Whether the provider where it began has been told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub there: bool,
    /// The app that it leads back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// The app's address, which is compared with those that it registered when it is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// The app's `state`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    at: Timestamp,
}

impl Farewell {
    /// Of a session that has ended now.
    pub const fn new(session: SessionId, now: Timestamp) -> Self {
        Self { session, there: false, client_id: None, uri: None, state: None, at: now }
    }

    /// As it travels.
    pub fn seal(&self, app: &App) -> String {
        app.sealer().seal(Purpose::Farewell, self, &app.random())
    }

    /// What was sealed, for a while.
    pub fn open(app: &App, sealed: &str) -> Option<Self> {
        let farewell: Self = app.sealer().open(Purpose::Farewell, sealed)?;
        (app.now() <= farewell.at + minutes(LIFE_MINUTES)).then_some(farewell)
    }
}

/// Where the apps of a session that has just ended are told, and the person who was told.
pub fn farewell_url(app: &App, session: SessionId) -> String {
    let about = Farewell::new(session, app.now()).seal(app);
    format!("{}{FAREWELL}?about={about}", app.settings().issuer.path())
}
