//! Who calls: the facts of an access token, RFC 9068 section 2.2.

use std::ops::Deref;
use std::sync::Arc;

use serde_json::{Map, Value};

/// Who calls, as the issuer says. Cheap to clone; with the feature of a framework also what handlers take as an argument.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity(Arc<Facts>);

/// What an access token says.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The person's identifier at this issuer, or the client's own when it acts for itself (`sub`).
    pub subject: String,
    /// The app that the token was given to (`client_id`).
    pub client_id: String,
    /// What the person allowed (`scope`).
    pub scopes: Vec<String>,
    /// How surely the person was recognised (`acr`).
    pub acr: Option<String>,
    /// When the person signed in, in seconds since 1970 (`auth_time`).
    pub auth_time: Option<i64>,
    /// Roles (`roles`, RFC 9068 section 2.2.3.1).
    pub roles: Vec<String>,
    /// Groups (`groups`, RFC 9068 section 2.2.3.1).
    pub groups: Vec<String>,
    /// Permissions (`permissions`).
    pub permissions: Vec<String>,
    /// The session in which the token was given (`sid`, OpenID Connect Back-Channel Logout section 2.1).
    pub session_id: Option<String>,
    /// When the token was issued, in seconds since 1970 (`iat`).
    pub issued_at: i64,
    /// Until when the token is good, in seconds since 1970 (`exp`).
    pub expires_at: i64,
    /// The token's own name (`jti`); for an opaque token without one a digest of it.
    pub token_id: String,
    /// All that the token says besides.
    pub claims: Map<String, Value>,
}

impl Identity {
    pub(crate) fn new(facts: Facts) -> Self {
        Self(Arc::new(facts))
    }

    /// Whether this scope was allowed.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| held == scope)
    }

    /// Whether the person has this role.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held == role)
    }

    /// Whether the person is in this group.
    pub fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|held| held == group)
    }

    /// Whether the person has this permission.
    pub fn has_permission(&self, permission: &str) -> bool {
        self.permissions.iter().any(|held| held == permission)
    }
}

impl Deref for Identity {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        &self.0
    }
}
