//! Signing keys.

use diesel::prelude::*;

use super::columns::{json, to_json};
use super::schema::signing_keys;
use super::{Db, StoreError, insert_if_new, upkeep};
use crate::model::{KeyAlgorithm, KeyRecord, Secret, Timestamp};
use crate::store::columns::moment;

/// All keys, oldest first; also retired ones until they are swept.
pub fn list(db: &mut Db) -> Result<Vec<KeyRecord>, StoreError> {
    let rows = signing_keys::table
        .order((signing_keys::created_at, signing_keys::algorithm, signing_keys::sequence))
        .load::<KeyRow>(db)?;
    rows.into_iter().map(KeyRow::into_key).collect()
}

/// Adds a key; false when its algorithm already has one with this sequence (another node was quicker).
/// Every change here moves `upkeep::revision` on.
pub fn insert(db: &mut Db, key: &KeyRecord) -> Result<bool, StoreError> {
    let row = KeyRow::of(key)?;
    let new = insert_if_new!(db, signing_keys::table, &row)? == 1;
    if new {
        upkeep::bump_revision(db)?;
    }
    Ok(new)
}

/// Sets when a key stops signing and when it goes; false when there is no such key.
pub fn schedule(
    db: &mut Db,
    kid: &str,
    retiring_from: Option<Timestamp>,
    gone_at: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let changed = diesel::update(signing_keys::table.find(kid))
        .set((
            signing_keys::retiring_from.eq(retiring_from.map(Timestamp::seconds)),
            signing_keys::gone_at.eq(gone_at.map(Timestamp::seconds)),
        ))
        .execute(db)?;
    upkeep::bump_revision(db)?;
    Ok(changed == 1)
}

/// Replaces the encrypted private key, if it still is `old`.
pub fn rewrap(db: &mut Db, kid: &str, old: &str, new: &str) -> Result<bool, StoreError> {
    let unchanged = signing_keys::table.find(kid).filter(signing_keys::sealed_jwk.eq(old));
    let changed = diesel::update(unchanged).set(signing_keys::sealed_jwk.eq(new)).execute(db)?;
    upkeep::bump_revision(db)?;
    Ok(changed == 1)
}

/// Removes a key that never signed.
pub fn delete(db: &mut Db, kid: &str) -> Result<bool, StoreError> {
    let gone = diesel::delete(signing_keys::table.find(kid)).execute(db)?;
    upkeep::bump_revision(db)?;
    Ok(gone == 1)
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = signing_keys, treat_none_as_default_value = false)]
struct KeyRow {
    kid: String,
    algorithm: String,
    sequence: i64,
    sealed_jwk: String,
    public_jwk: String,
    created_at: i64,
    active_from: i64,
    retiring_from: Option<i64>,
    gone_at: Option<i64>,
}

impl KeyRow {
    fn of(key: &KeyRecord) -> Result<Self, StoreError> {
        Ok(Self {
            kid: key.kid.clone(),
            algorithm: key.algorithm.as_str().to_owned(),
            sequence: key.sequence,
            sealed_jwk: key.sealed_jwk.expose().clone(),
            public_jwk: to_json(&key.public_jwk)?,
            created_at: key.created_at.seconds(),
            active_from: key.active_from.seconds(),
            retiring_from: key.retiring_from.map(Timestamp::seconds),
            gone_at: key.gone_at.map(Timestamp::seconds),
        })
    }

    fn into_key(self) -> Result<KeyRecord, StoreError> {
        let algorithm = KeyAlgorithm::parse(&self.algorithm)
            .ok_or_else(|| StoreError::Corrupt(format!("{:?} is no alg", self.algorithm)))?;
        Ok(KeyRecord {
            kid: self.kid,
            algorithm,
            sequence: self.sequence,
            sealed_jwk: Secret::new(self.sealed_jwk),
            public_jwk: json(&self.public_jwk)?,
            created_at: Timestamp::from_seconds(self.created_at),
            active_from: Timestamp::from_seconds(self.active_from),
            retiring_from: moment(self.retiring_from),
            gone_at: moment(self.gone_at),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Algorithm;
    use crate::store::testing::{NOW, TestStore, on_both_databases};

    fn key(kid: &str) -> KeyRecord {
        KeyRecord {
            kid: kid.into(),
            algorithm: Algorithm::ES256.into(),
            sequence: 1,
            sealed_jwk: Secret::new("sealed".into()),
            public_jwk: serde_json::json!({"kty": "EC"}),
            created_at: NOW,
            active_from: NOW,
            retiring_from: None,
            gone_at: None,
        }
    }

    on_both_databases!(
        cra_08_one_node_makes_the_next_key,
        a_key_is_scheduled_rewrapped_and_deleted
    );

    fn cra_08_one_node_makes_the_next_key(store: &TestStore) {
        assert_eq!(store.winners(2, |db, caller| insert(db, &key(&caller.to_string()))), 1);
    }

    fn a_key_is_scheduled_rewrapped_and_deleted(store: &TestStore) {
        store
            .write_blocking(|db| {
                insert(db, &key("a"))?;
                assert!(schedule(db, "a", Some(NOW), None)? && !schedule(db, "b", None, None)?);
                assert!(rewrap(db, "a", "sealed", "new")? && !rewrap(db, "a", "sealed", "newer")?);
                let keys = list(db)?;
                assert_eq!(keys[0].sealed_jwk.expose(), "new");
                assert_eq!((keys[0].retiring_from, keys[0].gone_at), (Some(NOW), None));
                assert_eq!(keys[0].public_jwk, key("a").public_jwk);
                assert!(delete(db, "a")? && !delete(db, "a")?);
                Ok(())
            })
            .unwrap();
    }
}
