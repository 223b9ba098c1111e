//! The first gate: everything that is issued passes here, by every grant and page.

use crate::model::{Client, Grant, Session, Timestamp, User};

/// Why nothing may be issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Barred {
    /// An admin shut the person out.
    #[error("the account is disabled")]
    UserDisabled,
    /// The session ended, or is past its time, and the grant hangs from it.
    #[error("the session has ended")]
    SessionEnded,
    /// The grant ended.
    #[error("the grant has ended")]
    GrantEnded,
    /// The grant is past its time.
    #[error("the grant is past its time")]
    GrantExpired,
    /// The grant, the session or the client belongs to somebody else.
    #[error("the grant belongs to another client, person or session")]
    Mismatch,
}

/// Whether something may be issued now. `session`: `None` when its row is gone; a grant with offline access
/// stands without it. `grant`: `None` before it exists (a code is being issued).
pub fn may_issue(
    _user: &User,
    _client: &Client,
    _session: Option<&Session>,
    _grant: Option<&Grant>,
    _now: Timestamp,
) -> Result<(), Barred> {
    todo!()
}
