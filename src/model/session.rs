//! A browser's sign-in.

use super::{Authentication, ClientId, Digest, SessionId, Timestamp, UserId};

/// One sign-in of one person in one browser, shared by all apps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its lasting name: grants hang from it.
    pub id: SessionId,
    /// The digest of the cookie that stands for it now; a new one at each sign-in.
    pub cookie: Digest,
    /// Whose it is.
    pub user_id: UserId,
    /// How and when they signed in last.
    pub authentication: Authentication,
    /// "Keep me signed in": the cookie outlives the browser, the limits are longer.
    pub persistent: bool,
    /// What the browser says it is, shown in the list of sessions.
    pub user_agent: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to within a minute or so.
    pub seen_at: Timestamp,
    /// When it ended by sign-out, by an admin, or by a change of password.
    pub ended_at: Option<Timestamp>,
    /// The only app that it is good for, when it came from a link of that app.
    pub only_for: Option<ClientId>,
}

impl Session {
    /// Whether it is good for this app, or for the person's own pages when there is none.
    pub fn opens(&self, client: Option<&ClientId>) -> bool {
        self.only_for.is_none() || self.only_for.as_ref() == client
    }
}
