//! A connector that was added by command.

use serde_json::{Map, Value};

use super::Timestamp;

/// A connector, as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectorRecord {
    /// Its name.
    pub name: String,
    /// Its members, as `[connectors.NAME]` has them, without secrets.
    pub members: Map<String, Value>,
    /// The secret or key, under the master key.
    pub sealed_secret: Option<String>,
    /// The one before it, and until when it is tried as well.
    pub previous: Option<(String, Timestamp)>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}
