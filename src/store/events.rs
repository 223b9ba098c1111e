//! The audit log.

use super::{Db, StoreError};
use crate::model::Event;

/// Writes an entry, in the transaction of the change it tells of.
pub fn append(db: &mut Db, event: &Event) -> Result<(), StoreError> {
    todo!()
}
/// The newest entries.
pub fn latest(db: &mut Db, limit: i64) -> Result<Vec<Event>, StoreError> {
    todo!()
}
