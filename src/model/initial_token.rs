//! What an admin hands out so that somebody else can register an app: RFC 7591 section 1.2.

use super::{Digest, Timestamp};

/// An initial access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitialToken {
    /// What admins call it.
    pub name: String,
    /// The digest of its text.
    pub digest: Digest,
    /// How many apps can still be registered with it; `None`: any number.
    pub uses_left: Option<u32>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops being good.
    pub expires_at: Timestamp,
}

impl InitialToken {
    /// Whether it is good for another app.
    pub fn is_good(&self, now: Timestamp) -> bool {
        now < self.expires_at && self.uses_left != Some(0)
    }
}
