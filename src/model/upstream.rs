//! A session at a provider elsewhere, and the tokens that come of it.

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// A session at a provider elsewhere, by which one here began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpstreamSession {
    /// The connector.
    pub connector: String,
    /// The person, as the provider calls them (`sub`).
    pub subject: String,
    /// The session there (`sid`), if the provider says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Its ID token, sealed, where people are signed out there as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_id_token: Option<String>,
}

/// Tokens of a provider elsewhere, as they are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamTokens {
    /// Access and refresh token, sealed.
    pub sealed: String,
    /// When the access token expires, if the provider says.
    pub expires_at: Option<Timestamp>,
}
