//! A sign-out that was done on another page than the one that tells of it: OpenID Connect Front-Channel Logout 1.0.
//!
//! What hangs from a session can only be told in its browser after the sign-out has been committed, on one page for
//! all ways to sign out. The way there carries what it has to know, sealed, for a few minutes.

use serde::{Deserialize, Serialize};

use crate::http::App;
use crate::keys::Purpose;
use crate::model::{SessionId, Timestamp, minutes};

/// The page's path.
pub const FAREWELL: &str = "/end-session/done";
/// How many minutes the page can be opened.
const LIFE_MINUTES: u64 = 10;

/// A session that has ended in this browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Farewell {
    session: SessionId,
    at: Timestamp,
}

/// Where the apps of a session that has just ended are told, and the person who was told.
pub fn farewell_url(app: &App, session: SessionId) -> String {
    let farewell = Farewell { session, at: app.now() };
    let sealed = app.sealer().seal(Purpose::Farewell, &farewell, &app.random());
    format!("{}{FAREWELL}?about={sealed}", app.settings().issuer.path())
}

/// The session that [`farewell_url`] was made for; `None` for everything else, and after a while.
pub fn farewell(app: &App, sealed: &str) -> Option<SessionId> {
    let Farewell { session, at } = app.sealer().open(Purpose::Farewell, sealed)?;
    (app.now() <= at + minutes(LIFE_MINUTES)).then_some(session)
}
