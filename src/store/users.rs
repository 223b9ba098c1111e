//! People.

use super::{Db, StoreError};
use crate::model::{Timestamp, TotpRecord, User, UserId, Username};

/// Adds a person with their password's hash (PHC string); false when the username is taken.
pub fn insert(db: &mut Db, user: &User, password_hash: &str) -> Result<bool, StoreError> {
    todo!()
}
/// By id.
pub fn find(db: &mut Db, id: UserId) -> Result<Option<User>, StoreError> {
    todo!()
}
/// By the name they sign in with, with the password's hash.
pub fn find_to_sign_in(
    db: &mut Db,
    username: &Username,
) -> Result<Option<(User, String)>, StoreError> {
    todo!()
}
/// The password's hash.
pub fn password_hash(db: &mut Db, id: UserId) -> Result<Option<String>, StoreError> {
    todo!()
}
/// A page of people in the order of their usernames, after `after`.
pub fn list(db: &mut Db, after: Option<&Username>, limit: i64) -> Result<Vec<User>, StoreError> {
    todo!()
}
/// Writes name, email, email_verified, claims, admin, disabled_at, updated_at; false when there is no such person.
pub fn update(db: &mut Db, user: &User) -> Result<bool, StoreError> {
    todo!()
}
/// Sets the password's hash.
pub fn set_password(
    db: &mut Db,
    id: UserId,
    hash: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    todo!()
}
/// Replaces the hash by a better one of the same password, if it still is `old`.
pub fn rehash(db: &mut Db, id: UserId, old: &str, new: &str) -> Result<bool, StoreError> {
    todo!()
}
/// Sets or removes the authenticator app.
pub fn set_totp(
    db: &mut Db,
    id: UserId,
    totp: Option<&TotpRecord>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    todo!()
}
/// True for the one caller that uses up this time step: the UPDATE's condition decides.
pub fn spend_totp_step(db: &mut Db, id: UserId, step: i64) -> Result<bool, StoreError> {
    todo!()
}
/// Deletes the person and everything that hangs from them.
pub fn delete(db: &mut Db, id: UserId) -> Result<bool, StoreError> {
    todo!()
}
/// How many admins are not disabled.
pub fn count_usable_admins(db: &mut Db) -> Result<i64, StoreError> {
    todo!()
}
