//! Sessions in the database and their cookies.

use actix_web::cookie::Cookie;

use crate::config::Sessions;
use crate::http::{App, Browser};
use crate::model::{Authentication, EndReason, Session, SessionId, Timestamp, User, UserId};
use crate::store::StoreError;

/// A session that stands, and its person, who is not disabled.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The person.
    pub user: User,
}

/// A sign-in to record.
#[derive(Clone, Debug)]
pub struct NewSignIn {
    /// Who.
    pub user_id: UserId,
    /// How.
    pub authentication: Authentication,
    /// "Keep me signed in".
    pub persistent: bool,
}

/// When a session is over at the latest.
pub fn expires_at(_session: &Session, _settings: &Sessions) -> Timestamp {
    todo!()
}

/// Who is signed in in this browser: the cookie's session if it has not ended, its person is not disabled, and it is
/// within its idle and absolute limits. Notes (in memory, written now and then) that it was seen.
pub async fn current(_app: &App, _browser: &Browser) -> Result<Option<SignedIn>, StoreError> {
    todo!()
}

/// Records a sign-in in one transaction and gives the cookies to set: the same person's session goes on under a new
/// cookie; another person's session in this browser ends first. The device is remembered. `also` runs in the same
/// transaction (spends a code, rehashes a password); when it answers false nothing is recorded and this is `None`.
pub async fn sign_in(
    _app: &App,
    _browser: &Browser,
    _new: NewSignIn,
    _also: impl Fn(&mut crate::store::Db) -> Result<bool, StoreError> + Send + 'static,
) -> Result<Option<(SessionId, Vec<Cookie<'static>>)>, StoreError> {
    todo!()
}

/// Ends a session with all that hangs from it; the cookies to remove.
pub async fn sign_out(
    _app: &App,
    _session: SessionId,
    _reason: EndReason,
) -> Result<Vec<Cookie<'static>>, StoreError> {
    todo!()
}
