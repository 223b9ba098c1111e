//! Registered apps.

use diesel::prelude::*;

use super::columns::{client_id, json, to_json};
use super::schema::clients;
use super::{Db, StoreError, api_tokens, entitlements, insert_if_new, upkeep};
use crate::model::client::{ClientSecret, Metadata};
use crate::model::{Client, ClientId, Timestamp};

/// Registers an app; false when the id is taken. What changes an app moves `upkeep::revision` on; a new one need not, since
/// nobody keeps in memory that there was none.
pub fn insert(db: &mut Db, client: &Client) -> Result<bool, StoreError> {
    let row = ClientRow::of(client)?;
    Ok(insert_if_new!(db, clients::table, &row)? == 1)
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

/// Encrypts anew what is kept of an app's secrets, unless somebody changed them meanwhile: how many there were. All else
/// of the app stays as it is, whoever changes that at the same time.
pub fn rewrap(
    db: &mut Db,
    id: &ClientId,
    anew: impl Fn(&str) -> Result<Option<String>, StoreError>,
) -> Result<usize, StoreError> {
    let row = clients::table.find(id.as_str());
    let Some(old) = row.select(clients::secrets).first::<String>(db).optional()? else {
        return Ok(0);
    };
    let mut secrets: Vec<ClientSecret> = json(&old)?;
    let mut changed = 0;
    for sealed in secrets.iter_mut().filter_map(|secret| secret.sealed.as_mut()) {
        if let Some(new) = anew(sealed)? {
            *sealed = new;
            changed += 1;
        }
    }
    if changed == 0 {
        return Ok(0);
    }
    let unchanged = row.filter(clients::secrets.eq(&old));
    let new = to_json(&secrets)?;
    let written = diesel::update(unchanged).set(clients::secrets.eq(new)).execute(db)?;
    upkeep::bump_revision(db)?;
    Ok(changed * written)
}

/// Removes an app, its consents and its grants, what people may there, and the tokens that they made for it.
pub fn delete(db: &mut Db, id: &ClientId) -> Result<bool, StoreError> {
    let gone = diesel::delete(clients::table.find(id.as_str())).execute(db)?;
    entitlements::forget_place(db, id.as_str())?;
    api_tokens::forget_target(db, id.as_str())?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;
    use crate::store::testing::{NOW, TestStore, client, on_both_databases};

    on_both_databases!(
        an_app_comes_back_as_it_was_stored,
        cra_08_an_id_is_taken_once,
        changes_move_the_revision,
        secrets_are_rewrapped_and_nothing_else_of_an_app
    );

    fn an_app_comes_back_as_it_was_stored(store: &TestStore) {
        store
            .write_blocking(|db| {
                let mut notes = client("notes");
                notes.secrets = vec![ClientSecret {
                    digest: Digest::of("s"),
                    expires_at: Some(NOW),
                    sealed: Some("jwe".to_owned()),
                }];
                insert(db, &notes)?;
                insert(db, &client("albums"))?;
                assert_eq!(find(db, &notes.id)?, Some(notes.clone()));
                notes.secrets.clear();
                assert!(update(db, &notes)?);
                assert_eq!(list(db, None, 10)?, [client("albums"), notes.clone()]);
                assert_eq!(list(db, Some(&client("albums").id), 10)?, [notes.clone()]);
                assert_eq!(list(db, None, 1)?.len(), 1);
                assert!(delete(db, &notes.id)? && !delete(db, &notes.id)? && !update(db, &notes)?);
                Ok(())
            })
            .unwrap();
    }

    fn cra_08_an_id_is_taken_once(store: &TestStore) {
        assert_eq!(store.winners(2, |db, _| insert(db, &client("notes"))), 1);
    }

    fn secrets_are_rewrapped_and_nothing_else_of_an_app(store: &TestStore) {
        let secret = |text: &str, sealed: Option<&str>| ClientSecret {
            digest: Digest::of(text),
            expires_at: None,
            sealed: sealed.map(str::to_owned),
        };
        let mut notes = client("notes");
        notes.secrets = vec![secret("one", Some("old")), secret("two", None)];
        let row = notes.clone();
        assert!(store.write_blocking(move |db| insert(db, &row)).unwrap());
        let anew = |sealed: &str| Ok((sealed == "old").then(|| "new".to_owned()));
        let (id, unknown) = (notes.id.clone(), client("unknown").id);
        notes.secrets[0].sealed = Some("new".to_owned());
        store
            .write_blocking(move |db| {
                assert_eq!((rewrap(db, &id, anew)?, rewrap(db, &id, anew)?), (1, 0));
                assert_eq!(find(db, &id)?, Some(notes.clone()));
                assert_eq!(rewrap(db, &unknown, anew)?, 0);
                Ok(())
            })
            .unwrap();
    }

    fn changes_move_the_revision(store: &TestStore) {
        let moved = |work: fn(&mut Db) -> Result<bool, StoreError>| {
            let before = store.read_blocking(upkeep::revision).unwrap();
            store.write_blocking(work).unwrap();
            store.read_blocking(upkeep::revision).unwrap() > before
        };
        assert!(!moved(|db| insert(db, &client("notes"))));
        assert!(moved(|db| update(db, &client("notes"))));
        assert!(moved(|db| delete(db, &client("notes").id)));
    }
}
