//! The secrets of this instance, encrypted under the master key.

use super::{Db, StoreError};

/// A secret by name: a compact JWE.
pub fn find(db: &mut Db, name: &str) -> Result<Option<String>, StoreError> {
    todo!()
}
/// Adds a secret; false when another node was quicker.
pub fn insert(db: &mut Db, name: &str, sealed: &str) -> Result<bool, StoreError> {
    todo!()
}
/// All, for rewrapping.
pub fn list(db: &mut Db) -> Result<Vec<(String, String)>, StoreError> {
    todo!()
}
/// Replaces one, if it still is `old`.
pub fn rewrap(db: &mut Db, name: &str, old: &str, new: &str) -> Result<bool, StoreError> {
    todo!()
}
