//! Who somebody is elsewhere.

use serde::{Deserialize, Serialize};

use super::SessionId;

/// A person as another provider knows them. It is what an account is linked by: names and addresses change hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The provider, by its name here.
    pub provider: String,
    /// What it calls the person.
    pub subject: String,
}

/// An identity that waits for its person to prove which account here is theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linking {
    /// The identity.
    pub identity: Identity,
    /// What the provider calls them, for pages.
    pub shown: String,
    /// The session of the sign-in by which they proved it: one that was made for this very identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proved: Option<SessionId>,
}
