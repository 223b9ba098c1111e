//! What a person has allowed an app.

use super::{ClientId, Scopes, Timestamp, UserId};

/// The scopes that a person allowed an app to have, until withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Who allowed it.
    pub user_id: UserId,
    /// To which app.
    pub client_id: ClientId,
    /// All scopes allowed so far.
    pub scopes: Scopes,
    /// When it was first allowed.
    pub created_at: Timestamp,
    /// When it was last added to.
    pub updated_at: Timestamp,
}
