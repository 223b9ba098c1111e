//! Counted failures.

use std::time::Duration;

use super::{Db, StoreError};
use crate::model::Timestamp;
use crate::model::throttle::{Bucket, Failures};

/// The failures in a bucket; none when nothing is stored.
pub fn find(db: &mut Db, bucket: &Bucket) -> Result<Failures, StoreError> {
    todo!()
}
/// Counts one failure, beginning anew when the first is older than `window`; the new count.
pub fn count(
    db: &mut Db,
    bucket: &Bucket,
    window: Duration,
    now: Timestamp,
) -> Result<Failures, StoreError> {
    todo!()
}
/// Forgets the failures of a bucket.
pub fn clear(db: &mut Db, bucket: &Bucket) -> Result<(), StoreError> {
    todo!()
}
