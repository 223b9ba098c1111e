//! Signing keys.

use super::{Db, StoreError};
use crate::model::{KeyRecord, Timestamp};

/// All keys, oldest first; also retired ones until they are swept.
pub fn list(db: &mut Db) -> Result<Vec<KeyRecord>, StoreError> {
    todo!()
}
/// Adds a key; false when its algorithm already has one with this sequence (another node was quicker).
/// Every change here moves `upkeep::revision` on.
pub fn insert(db: &mut Db, key: &KeyRecord) -> Result<bool, StoreError> {
    todo!()
}
/// Sets when a key stops signing and when it goes; false when there is no such key.
pub fn schedule(
    db: &mut Db,
    kid: &str,
    retiring_from: Option<Timestamp>,
    gone_at: Option<Timestamp>,
) -> Result<bool, StoreError> {
    todo!()
}
/// Replaces the encrypted private key, if it still is `old`.
pub fn rewrap(db: &mut Db, kid: &str, old: &str, new: &str) -> Result<bool, StoreError> {
    todo!()
}
/// Removes a key that never signed.
pub fn delete(db: &mut Db, kid: &str) -> Result<bool, StoreError> {
    todo!()
}
