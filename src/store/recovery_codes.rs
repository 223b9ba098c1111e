//! One-time recovery codes: what is left when the phone is lost.

use super::{Db, StoreError};
use crate::model::{Digest, Timestamp, UserId};

/// Replaces all codes of a person; none removes them.
pub fn replace(
    db: &mut Db,
    user_id: UserId,
    codes: &[Digest],
    now: Timestamp,
) -> Result<(), StoreError> {
    todo!()
}
/// True for the one caller that uses it up.
pub fn spend(
    db: &mut Db,
    user_id: UserId,
    code: &Digest,
    now: Timestamp,
) -> Result<bool, StoreError> {
    todo!()
}
/// How many are unused.
pub fn remaining(db: &mut Db, user_id: UserId) -> Result<i64, StoreError> {
    todo!()
}
