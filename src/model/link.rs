//! Links that sign a person in.

use super::{ClientId, Digest, LinkId, SessionId, Timestamp, UserId};

/// A link of an app for one person, good once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its name, which opens nothing.
    pub id: LinkId,
    /// The digest of what opens it.
    pub token: Digest,
    /// The app that made it, and the only one that its session is good for.
    pub client_id: ClientId,
    /// Whom it signs in.
    pub user_id: UserId,
    /// What for, in the app's words.
    pub purpose: String,
    /// Where it leads: one of the app's `link_uris`.
    pub target: String,
    /// JSON that the app gets with the session.
    pub data: Option<String>,
    /// Whether opening it is enough, without a person's press.
    pub on_get: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it opens nothing.
    pub expires_at: Timestamp,
    /// What became of it.
    pub ended: Option<LinkEnd>,
}

/// How a link ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkEnd {
    /// When.
    pub at: Timestamp,
    /// The session that it was used for; none when it was withdrawn.
    pub session_id: Option<SessionId>,
}

impl Link {
    /// Whether it opens something now.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.ended.is_none() && now < self.expires_at
    }

    /// What has become of it, in a word.
    pub fn state(&self, now: Timestamp) -> &'static str {
        match self.ended {
            Some(LinkEnd { session_id: Some(_), .. }) => "redeemed",
            Some(LinkEnd { session_id: None, .. }) => "withdrawn",
            None if self.is_open(now) => "open",
            None => "expired",
        }
    }
}
