//! Browsers in which somebody has signed in before: they survive an attack on the account.

use super::{Db, StoreError};
use crate::model::{Digest, Timestamp, UserId};

/// Whether this person has signed in with this device cookie.
pub fn is_known(db: &mut Db, user_id: UserId, device: &Digest) -> Result<bool, StoreError> {
    todo!()
}
/// Notes that they have; at most 50 a person, the oldest go.
pub fn remember(
    db: &mut Db,
    user_id: UserId,
    device: &Digest,
    now: Timestamp,
) -> Result<(), StoreError> {
    todo!()
}
/// Forgets all of a person.
pub fn forget(db: &mut Db, user_id: UserId) -> Result<(), StoreError> {
    todo!()
}
