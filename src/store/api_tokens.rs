//! Tokens that people make for themselves.

use diesel::prelude::*;

use super::columns::{id as parse_id, scopes};
use super::schema::api_tokens as tokens;
use super::{Db, StoreError, insert_if_new};
use crate::model::{ApiToken, ApiTokenId, Digest, Timestamp, User, UserId, minutes};

/// Stores a new one; false when it is there already.
pub fn insert(db: &mut Db, token: &ApiToken) -> Result<bool, StoreError> {
    let row = Row::of(token);
    Ok(insert_if_new!(db, tokens::table, &row)? == 1)
}

/// The one with this digest, and whose it is.
pub fn find_by_digest(
    db: &mut Db,
    digest: &Digest,
) -> Result<Option<(ApiToken, User)>, StoreError> {
    let row = tokens::table.filter(tokens::digest.eq(digest.as_str())).first::<Row>(db);
    with_user(db, row.optional()?)
}

/// The one with this name, and whose it is.
pub fn find(db: &mut Db, id: ApiTokenId) -> Result<Option<(ApiToken, User)>, StoreError> {
    let row = tokens::table.find(id.to_string()).first::<Row>(db);
    with_user(db, row.optional()?)
}

/// All of a person, the newest first.
pub fn of_user(db: &mut Db, user_id: UserId) -> Result<Vec<ApiToken>, StoreError> {
    let rows = tokens::table
        .filter(tokens::user_id.eq(user_id.to_string()))
        .order((tokens::created_at.desc(), tokens::id.desc()))
        .load::<Row>(db)?;
    rows.into_iter().map(Row::into_token).collect()
}

/// Deletes one of a person; false when they have none of this name.
pub fn delete(db: &mut Db, user_id: UserId, id: ApiTokenId) -> Result<bool, StoreError> {
    let own = tokens::table.find(id.to_string()).filter(tokens::user_id.eq(user_id.to_string()));
    Ok(diesel::delete(own).execute(db)? == 1)
}

/// Notes that one was used. Once a minute is enough for people, and spares everybody the writing.
pub fn used(db: &mut Db, id: ApiTokenId, now: Timestamp) -> Result<(), StoreError> {
    let late = (now - minutes(1)).seconds();
    let due = tokens::used_at.is_null().or(tokens::used_at.le(late));
    diesel::update(tokens::table.find(id.to_string()).filter(due))
        .set(tokens::used_at.eq(now.seconds()))
        .execute(db)?;
    Ok(())
}

/// Deletes those for somebody who is no more.
pub fn forget_target(db: &mut Db, target: &str) -> Result<usize, StoreError> {
    Ok(diesel::delete(tokens::table.filter(tokens::target.eq(target))).execute(db)?)
}

fn with_user(db: &mut Db, row: Option<Row>) -> Result<Option<(ApiToken, User)>, StoreError> {
    let Some(token) = row.map(Row::into_token).transpose()? else { return Ok(None) };
    Ok(super::users::find(db, token.user_id)?.map(|user| (token, user)))
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = tokens)]
struct Row {
    id: String,
    digest: String,
    user_id: String,
    name: String,
    target: String,
    scopes: String,
    created_at: i64,
    expires_at: i64,
    used_at: Option<i64>,
}

impl Row {
    fn of(token: &ApiToken) -> Self {
        Self {
            id: token.id.to_string(),
            digest: token.digest.as_str().to_owned(),
            user_id: token.user_id.to_string(),
            name: token.name.clone(),
            target: token.target.clone(),
            scopes: token.scopes.to_string(),
            created_at: token.created_at.seconds(),
            expires_at: token.expires_at.seconds(),
            used_at: token.used_at.map(Timestamp::seconds),
        }
    }

    fn into_token(self) -> Result<ApiToken, StoreError> {
        Ok(ApiToken {
            id: parse_id(&self.id)?,
            digest: Digest::from_stored(self.digest),
            user_id: parse_id(&self.user_id)?,
            name: self.name,
            target: self.target,
            scopes: scopes(&self.scopes)?,
            created_at: Timestamp::from_seconds(self.created_at),
            expires_at: Timestamp::from_seconds(self.expires_at),
            used_at: self.used_at.map(Timestamp::from_seconds),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Scopes, days};
    use crate::store::testing::{NOW, TestStore, on_both_databases, user};

    on_both_databases!(
        a_token_comes_back_with_whose_it_is,
        its_use_is_noted_once_a_minute,
        people_delete_their_own_and_nobody_elses,
    );

    fn token(number: u8, user_id: UserId) -> ApiToken {
        ApiToken {
            id: ApiTokenId::new(NOW, &[number; 10]),
            digest: Digest::of(format!("token {number}")),
            user_id,
            name: "Backup script".to_owned(),
            target: "notes".to_owned(),
            scopes: Scopes::parse("notes:read").unwrap(),
            created_at: NOW,
            expires_at: NOW + days(30),
            used_at: None,
        }
    }

    /// Two people, of whom the first has two tokens.
    fn furnish(store: &TestStore) -> [UserId; 2] {
        let ids = [user(1).id, user(2).id];
        store
            .write_blocking(move |db| {
                for number in [1, 2] {
                    assert!(crate::store::users::insert(db, &user(number), "$argon2id$1")?);
                }
                assert!(insert(db, &token(1, ids[0]))?);
                assert!(!insert(db, &token(1, ids[0]))?, "it is there");
                assert!(insert(db, &ApiToken { target: "other".to_owned(), ..token(2, ids[0]) })?);
                Ok(())
            })
            .unwrap();
        ids
    }

    fn a_token_comes_back_with_whose_it_is(store: &TestStore) {
        let [ada, _] = furnish(store);
        store
            .write_blocking(move |db| {
                let (found, whose) = find_by_digest(db, &Digest::of("token 1"))?.unwrap();
                assert_eq!((&found, whose.id), (&token(1, ada), ada));
                assert_eq!(find(db, found.id)?.map(|(found, _)| found), Some(found));
                assert!(find_by_digest(db, &Digest::of("token 9"))?.is_none());
                assert_eq!(of_user(db, ada)?.len(), 2);
                assert_eq!(forget_target(db, "other")?, 1);
                assert_eq!(of_user(db, ada)?, [token(1, ada)]);
                crate::store::users::delete(db, ada)?;
                assert!(find_by_digest(db, &Digest::of("token 1"))?.is_none());
                Ok(())
            })
            .unwrap();
    }

    fn its_use_is_noted_once_a_minute(store: &TestStore) {
        let [ada, _] = furnish(store);
        store
            .write_blocking(move |db| {
                let id = token(1, ada).id;
                for (at, noted) in [(0, 0), (59, 0), (60, 60), (61, 60)] {
                    used(db, id, Timestamp::from_seconds(NOW.seconds() + at))?;
                    let used_at = find(db, id)?.unwrap().0.used_at.unwrap();
                    assert_eq!(used_at.seconds() - NOW.seconds(), noted, "{at}");
                }
                Ok(())
            })
            .unwrap();
    }

    fn people_delete_their_own_and_nobody_elses(store: &TestStore) {
        let [ada, grace] = furnish(store);
        store
            .write_blocking(move |db| {
                assert!(!delete(db, grace, token(1, ada).id)?);
                assert!(delete(db, ada, token(1, ada).id)?);
                assert!(!delete(db, ada, token(1, ada).id)?);
                Ok(())
            })
            .unwrap();
    }
}
