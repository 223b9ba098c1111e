//! Registered apps.

use super::{Db, StoreError};
use crate::model::{Client, ClientId};

/// Registers an app; false when the id is taken. Every change here moves `upkeep::revision` on.
pub fn insert(db: &mut Db, client: &Client) -> Result<bool, StoreError> {
    todo!()
}
/// By id.
pub fn find(db: &mut Db, id: &ClientId) -> Result<Option<Client>, StoreError> {
    todo!()
}
/// A page of apps in the order of their ids, after `after`.
pub fn list(db: &mut Db, after: Option<&ClientId>, limit: i64) -> Result<Vec<Client>, StoreError> {
    todo!()
}
/// Writes metadata, secrets and updated_at; false when there is no such app.
pub fn update(db: &mut Db, client: &Client) -> Result<bool, StoreError> {
    todo!()
}
/// Removes an app, its consents and its grants.
pub fn delete(db: &mut Db, id: &ClientId) -> Result<bool, StoreError> {
    todo!()
}
