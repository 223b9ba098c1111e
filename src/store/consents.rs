//! What people have allowed apps.

use super::{Db, StoreError};
use crate::model::{ClientId, Consent, Scopes, Timestamp, UserId};

/// What a person has allowed an app.
pub fn find(
    db: &mut Db,
    user_id: UserId,
    client_id: &ClientId,
) -> Result<Option<Consent>, StoreError> {
    todo!()
}
/// Adds scopes to what is allowed.
pub fn allow(
    db: &mut Db,
    user_id: UserId,
    client_id: &ClientId,
    scopes: &Scopes,
    now: Timestamp,
) -> Result<(), StoreError> {
    todo!()
}
/// Forgets it; false when there was nothing. The caller ends the grants.
pub fn withdraw(db: &mut Db, user_id: UserId, client_id: &ClientId) -> Result<bool, StoreError> {
    todo!()
}
/// All that a person has allowed, newest first.
pub fn list_of_user(db: &mut Db, user_id: UserId) -> Result<Vec<Consent>, StoreError> {
    todo!()
}
