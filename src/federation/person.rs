//! Somebody who signed in at a provider, and what it gave for them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::{Secret, Timestamp};

/// The longest `sub` (OpenID Connect Core section 2).
pub(super) const LONGEST_SUBJECT: usize = 255;

/// An authorization response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// `code`
    pub code: Option<String>,
    /// `error`
    pub error: Option<String>,
    /// `error_description`
    pub error_description: Option<String>,
    /// `iss`
    pub iss: Option<String>,
    /// The name that came along in a form, which nobody vouches for.
    pub name: Option<String>,
}

/// Somebody who signed in at a provider.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// What the provider calls them (`sub`).
    pub subject: String,
    /// Their session there (`sid`).
    pub session_id: Option<String>,
    /// When they signed in there (`auth_time`), if it says.
    pub auth_time: Option<Timestamp>,
    /// Whether they showed a second factor.
    pub second_factor: bool,
    /// Their address.
    pub email: Option<String>,
    /// Whether the provider has made sure of that.
    pub email_verified: bool,
    /// What they are called.
    pub name: Option<String>,
    /// All that the provider says of them.
    pub claims: Map<String, Value>,
    /// The ID token itself; empty where there is none.
    pub id_token: Secret<String>,
    /// Its tokens, where an app may have them.
    pub kept: Option<Box<Kept>>,
}

/// What a provider gave for a person. No `Debug`: nobody prints it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// `access_token`
    pub access_token: String,
    /// `refresh_token`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// `scope`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// When the access token expires, if the provider says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}
