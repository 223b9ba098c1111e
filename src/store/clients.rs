//! Registered apps.

use diesel::prelude::*;

use super::columns::{client_id, json, to_json};
use super::schema::clients;
use super::{Db, StoreError, insert_if_new, upkeep};
use crate::model::client::Metadata;
use crate::model::{Client, ClientId, Timestamp};

/// Registers an app; false when the id is taken. Every change here moves `upkeep::revision` on.
pub fn insert(db: &mut Db, client: &Client) -> Result<bool, StoreError> {
    let row = ClientRow::of(client)?;
    let new = insert_if_new!(db, clients::table, &row)? == 1;
    if new {
        upkeep::bump_revision(db)?;
    }
    Ok(new)
}

/// By id.
pub fn find(db: &mut Db, id: &ClientId) -> Result<Option<Client>, StoreError> {
    let row = clients::table.find(id.as_str()).first::<ClientRow>(db).optional()?;
    row.map(ClientRow::into_client).transpose()
}

/// A page of apps in the order of their ids, after `after`.
pub fn list(db: &mut Db, after: Option<&ClientId>, limit: i64) -> Result<Vec<Client>, StoreError> {
    let after = after.map(ClientId::as_str).unwrap_or_default();
    let page = clients::table.filter(clients::id.gt(after)).order(clients::id).limit(limit);
    page.load::<ClientRow>(db)?.into_iter().map(ClientRow::into_client).collect()
}

/// Writes metadata, secrets and `updated_at`; false when there is no such app.
pub fn update(db: &mut Db, client: &Client) -> Result<bool, StoreError> {
    let row = ClientRow::of(client)?;
    let changed = diesel::update(clients::table.find(&row.id))
        .set((
            clients::metadata.eq(&row.metadata),
            clients::secrets.eq(&row.secrets),
            clients::updated_at.eq(row.updated_at),
        ))
        .execute(db)?;
    upkeep::bump_revision(db)?;
    Ok(changed == 1)
}

/// Removes an app, its consents and its grants.
pub fn delete(db: &mut Db, id: &ClientId) -> Result<bool, StoreError> {
    let gone = diesel::delete(clients::table.find(id.as_str())).execute(db)?;
    upkeep::bump_revision(db)?;
    Ok(gone == 1)
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = clients)]
struct ClientRow {
    id: String,
    metadata: String,
    secrets: String,
    created_at: i64,
    updated_at: i64,
}

impl ClientRow {
    fn of(client: &Client) -> Result<Self, StoreError> {
        Ok(Self {
            id: client.id.as_str().to_owned(),
            metadata: to_json(&client.metadata.to_json())?,
            secrets: to_json(&client.secrets)?,
            created_at: client.created_at.seconds(),
            updated_at: client.updated_at.seconds(),
        })
    }

    fn into_client(self) -> Result<Client, StoreError> {
        let metadata = Metadata::from_json(json(&self.metadata)?)
            .map_err(|error| StoreError::Corrupt(format!("the client {}: {error}", self.id)))?;
        Ok(Client {
            id: client_id(&self.id)?,
            metadata,
            secrets: json(&self.secrets)?,
            created_at: Timestamp::from_seconds(self.created_at),
            updated_at: Timestamp::from_seconds(self.updated_at),
        })
    }
}
