//! What keeps the database in shape.

use super::{Db, StoreError};
use crate::model::Timestamp;

/// A number that moves on with every change of clients and signing keys: caches compare it.
pub fn revision(db: &mut Db) -> Result<i64, StoreError> {
    todo!()
}
/// Moves the revision on.
pub fn bump_revision(db: &mut Db) -> Result<(), StoreError> {
    todo!()
}
/// Writes a row and so proves that the database takes writes.
pub fn probe(db: &mut Db, now: Timestamp) -> Result<(), StoreError> {
    todo!()
}
/// Deletes at most `limit` rows of each kind that expired long enough ago; how many went.
pub fn sweep(db: &mut Db, now: Timestamp, limit: i64) -> Result<usize, StoreError> {
    todo!()
}
