//! What happens to connections.

use super::Connection;
use crate::Refusal;

/// Something that happened to a connection, with its session and person.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// It opened.
    Connected(Connection),
    /// A fresh token was taken.
    Renewed(Connection),
    /// It ended.
    Disconnected(Connection, Ending),
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Ending {
    /// The other side closed it, or went silently.
    #[error("the other side left")]
    Left,
    /// Its token expired, and no fresh one came.
    #[error("its token expired")]
    Expired,
    /// The person signed out, or the token was revoked.
    #[error("the person was signed out")]
    SignedOut,
    /// More messages waited for it than may.
    #[error("it did not read what it was sent")]
    Slow,
    /// The app closed it.
    #[error("the app closed it")]
    Closed,
}

impl Ending {
    /// What the other side is told, when it is an error.
    pub(super) const fn refusal(self) -> Option<Refusal> {
        match self {
            Self::Expired => Some(Refusal::Expired { ago: 0 }),
            Self::SignedOut => Some(Refusal::SessionEnded),
            Self::Left | Self::Slow | Self::Closed => None,
        }
    }

    /// How a WebSocket closes: RFC 6455 section 7.4, and 4401 for a token that is no longer good.
    #[cfg(feature = "actix")]
    pub(super) const fn close_code(self) -> u16 {
        match self {
            Self::Expired | Self::SignedOut => 4401,
            Self::Slow => 1008,
            Self::Left | Self::Closed => 1000,
        }
    }
}
