//! Connectors that were added by command. Every change moves `upkeep::revision` on, by which nodes notice.

use diesel::prelude::*;

use super::columns::{json, to_json};
use super::schema::connectors as rows;
use super::{Db, StoreError, insert_if_new, upkeep};
use crate::model::{ConnectorRecord, Timestamp};

/// Adds one; false when its name is taken.
pub fn insert(db: &mut Db, record: &ConnectorRecord) -> Result<bool, StoreError> {
    let row = Row::of(record)?;
    let added = insert_if_new!(db, rows::table, &row)? == 1;
    upkeep::bump_revision(db)?;
    Ok(added)
}

/// By name.
pub fn find(db: &mut Db, name: &str) -> Result<Option<ConnectorRecord>, StoreError> {
    let row = rows::table.find(name).first::<Row>(db).optional()?;
    row.map(Row::into_record).transpose()
}

/// All of them, in the order of their names.
pub fn list(db: &mut Db) -> Result<Vec<ConnectorRecord>, StoreError> {
    let all = rows::table.order(rows::name).load::<Row>(db)?;
    all.into_iter().map(Row::into_record).collect()
}

/// Replaces one, unless somebody else has changed it since `before`; false then.
pub fn update(
    db: &mut Db,
    record: &ConnectorRecord,
    before: &ConnectorRecord,
) -> Result<bool, StoreError> {
    // First, since it lets one at a time look whether it is still as it was
    upkeep::bump_revision(db)?;
    if find(db, &record.name)?.as_ref() != Some(before) {
        return Ok(false);
    }
    let row = Row::of(record)?;
    let changed = diesel::update(rows::table.find(&row.name))
        .set((
            rows::settings.eq(&row.settings),
            rows::sealed_secret.eq(&row.sealed_secret),
            rows::sealed_previous.eq(&row.sealed_previous),
            rows::previous_until.eq(row.previous_until),
            rows::updated_at.eq(row.updated_at),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// Removes one; false when there was none.
pub fn delete(db: &mut Db, name: &str) -> Result<bool, StoreError> {
    let gone = diesel::delete(rows::table.find(name)).execute(db)?;
    upkeep::bump_revision(db)?;
    Ok(gone == 1)
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = rows)]
struct Row {
    name: String,
    settings: String,
    sealed_secret: Option<String>,
    sealed_previous: Option<String>,
    previous_until: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn of(record: &ConnectorRecord) -> Result<Self, StoreError> {
        let (sealed_previous, previous_until) = record.previous.clone().unzip();
        Ok(Self {
            name: record.name.clone(),
            settings: to_json(&record.members)?,
            sealed_secret: record.sealed_secret.clone(),
            sealed_previous,
            previous_until: previous_until.map(Timestamp::seconds),
            created_at: record.created_at.seconds(),
            updated_at: record.updated_at.seconds(),
        })
    }

    fn into_record(self) -> Result<ConnectorRecord, StoreError> {
        Ok(ConnectorRecord {
            members: json(&self.settings)?,
            name: self.name,
            sealed_secret: self.sealed_secret,
            previous: self.sealed_previous.zip(self.previous_until.map(Timestamp::from_seconds)),
            created_at: Timestamp::from_seconds(self.created_at),
            updated_at: Timestamp::from_seconds(self.updated_at),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::store::testing::{NOW, TestStore, on_both_databases};

    on_both_databases!(a_connector_comes_and_goes, of_many_who_change_it_one_does);

    fn work(title: &str) -> ConnectorRecord {
        let members = json!({"issuer": "https://work.example", "title": title});
        ConnectorRecord {
            name: "work".to_owned(),
            members: members.as_object().unwrap().clone(),
            sealed_secret: Some("new".to_owned()),
            previous: Some(("old".to_owned(), NOW)),
            created_at: NOW,
            updated_at: NOW,
        }
    }

    fn a_connector_comes_and_goes(store: &TestStore) {
        let before = store.read_blocking(upkeep::revision).unwrap();
        store
            .write_blocking(|db| {
                assert!(insert(db, &work("a"))?);
                assert!(!insert(db, &work("b"))?);
                assert_eq!(list(db)?, [work("a")]);
                let bare = ConnectorRecord { sealed_secret: None, previous: None, ..work("c") };
                assert!(update(db, &bare, &work("a"))?);
                assert!(!update(db, &work("d"), &work("a"))?, "somebody was faster");
                assert!(update(db, &work("d"), &bare)?);
                assert_eq!(find(db, "work")?, Some(work("d")));
                assert!(delete(db, "work")?);
                assert!(!delete(db, "work")?);
                assert_eq!(find(db, "work")?, None);
                Ok(())
            })
            .unwrap();
        assert!(store.read_blocking(upkeep::revision).unwrap() > before);
    }

    fn of_many_who_change_it_one_does(store: &TestStore) {
        store.write_blocking(|db| insert(db, &work("a"))).unwrap();
        let changed =
            |n: usize| ConnectorRecord { sealed_secret: Some(n.to_string()), ..work("b") };
        assert_eq!(store.winners(4, move |db, n| update(db, &changed(n), &work("a"))), 1);
    }
}
