//! Initial access tokens: RFC 7591 section 1.2.

use diesel::prelude::*;

use super::schema::initial_access_tokens as tokens;
use super::{Db, StoreError, insert_if_new};
use crate::model::{Digest, InitialToken, Timestamp};

/// Stores a new one; false when its name is taken.
pub fn insert(db: &mut Db, token: &InitialToken) -> Result<bool, StoreError> {
    let row = Row {
        digest: token.digest.as_str().to_owned(),
        name: token.name.clone(),
        uses_left: token.uses_left.map(i64::from),
        created_at: token.created_at.seconds(),
        expires_at: token.expires_at.seconds(),
    };
    Ok(insert_if_new!(db, tokens::table, &row)? == 1)
}

/// By digest, whether it is still good or not.
pub fn find(db: &mut Db, digest: &Digest) -> Result<Option<InitialToken>, StoreError> {
    let row = tokens::table.find(digest.as_str()).first::<Row>(db).optional()?;
    Ok(row.map(Row::into_token))
}

/// All of them, the oldest first.
pub fn list(db: &mut Db) -> Result<Vec<InitialToken>, StoreError> {
    let rows = tokens::table.order((tokens::created_at, tokens::name)).load::<Row>(db)?;
    Ok(rows.into_iter().map(Row::into_token).collect())
}

/// Removes one; false when there was none of this name.
pub fn delete(db: &mut Db, name: &str) -> Result<bool, StoreError> {
    Ok(diesel::delete(tokens::table.filter(tokens::name.eq(name))).execute(db)? == 1)
}

/// Uses one for an app; false when it is not good any more: the UPDATE decides, whoever comes at the same time.
pub fn spend(db: &mut Db, digest: &Digest, now: Timestamp) -> Result<bool, StoreError> {
    let good = tokens::table
        .find(digest.as_str())
        .filter(tokens::expires_at.gt(now.seconds()))
        .filter(tokens::uses_left.is_null().or(tokens::uses_left.gt(0)));
    Ok(diesel::update(good).set(tokens::uses_left.eq(tokens::uses_left - 1)).execute(db)? == 1)
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = tokens)]
struct Row {
    digest: String,
    name: String,
    uses_left: Option<i64>,
    created_at: i64,
    expires_at: i64,
}

impl Row {
    fn into_token(self) -> InitialToken {
        InitialToken {
            name: self.name,
            digest: Digest::from_stored(self.digest),
            uses_left: self.uses_left.map(|left| u32::try_from(left.max(0)).unwrap_or(u32::MAX)),
            created_at: Timestamp::from_seconds(self.created_at),
            expires_at: Timestamp::from_seconds(self.expires_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hours;
    use crate::store::testing::{NOW, TestStore, on_both_databases};

    on_both_databases!(cra_08_a_token_is_good_for_as_many_as_it_says, names_are_taken_once);

    fn token(name: &str, uses_left: Option<u32>) -> InitialToken {
        InitialToken {
            name: name.to_owned(),
            digest: Digest::of(name),
            uses_left,
            created_at: NOW,
            expires_at: NOW + hours(1),
        }
    }

    fn cra_08_a_token_is_good_for_as_many_as_it_says(store: &TestStore) {
        store
            .write_blocking(|db| {
                insert(db, &token("two", Some(2)))?;
                insert(db, &token("any", None))
            })
            .unwrap();
        let spent = store.winners(5, |db, _| spend(db, &Digest::of("two"), NOW));
        assert_eq!(spent, 2);
        let any = |now| store.write_blocking(move |db| spend(db, &Digest::of("any"), now)).unwrap();
        assert!(any(NOW) && any(NOW) && !any(NOW + hours(1)));
        let left = store.read_blocking(|db| find(db, &Digest::of("two"))).unwrap().unwrap();
        assert!(left.uses_left == Some(0) && !left.is_good(NOW));
    }

    fn names_are_taken_once(store: &TestStore) {
        store
            .write_blocking(|db| {
                assert!(insert(db, &token("a", None))?);
                let other = InitialToken { digest: Digest::of("x"), ..token("a", None) };
                assert!(!insert(db, &other)?);
                assert_eq!(list(db)?, [token("a", None)]);
                assert!(delete(db, "a")? && !delete(db, "a")?);
                Ok(())
            })
            .unwrap();
    }
}
