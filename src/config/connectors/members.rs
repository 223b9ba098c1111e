//! The members of `[connectors.NAME]`, as they are taken.

use crate::config::reading::Reader;

/// A connector that is being read.
pub(super) struct Members<'a> {
    pub reader: &'a mut Reader,
    /// Whether a secret is in the database.
    pub kept: bool,
    /// What their names begin with.
    pub prefix: String,
}

impl Members<'_> {
    /// The full name of a member.
    pub(super) fn name(&self, member: &str) -> String {
        format!("{}.{member}", self.prefix)
    }
}
