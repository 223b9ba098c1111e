//! Who people are elsewhere.

use diesel::prelude::*;

use super::columns::id as parse_id;
use super::schema::identities;
use super::{Db, StoreError, insert_if_new, users};
use crate::model::{Identity, Timestamp, User, UserId};

/// Links an account; false when that identity is linked already, to whomever.
pub fn link(
    db: &mut Db,
    identity: &Identity,
    user_id: UserId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let row = (
        identities::provider.eq(&identity.provider),
        identities::subject.eq(&identity.subject),
        identities::user_id.eq(user_id.to_string()),
        identities::created_at.eq(now.seconds()),
    );
    Ok(insert_if_new!(db, identities::table, row)? == 1)
}

/// Takes an identity of a person away; false when it is not theirs.
pub fn unlink(db: &mut Db, identity: &Identity, user_id: UserId) -> Result<bool, StoreError> {
    let row = identities::table.find((&identity.provider, &identity.subject));
    let own = row.filter(identities::user_id.eq(user_id.to_string()));
    Ok(diesel::delete(own).execute(db)? == 1)
}

/// Whose identity it is.
pub fn owner(db: &mut Db, identity: &Identity) -> Result<Option<User>, StoreError> {
    let row = identities::table.find((&identity.provider, &identity.subject));
    let id = row.select(identities::user_id).first::<String>(db).optional()?;
    match id {
        Some(id) => users::find(db, parse_id(&id)?),
        None => Ok(None),
    }
}

/// How many are linked by a provider.
pub fn count(db: &mut Db, provider: &str) -> Result<i64, StoreError> {
    Ok(identities::table.filter(identities::provider.eq(provider)).count().get_result(db)?)
}

/// Takes away all of a provider; how many there were.
pub fn forget(db: &mut Db, provider: &str) -> Result<usize, StoreError> {
    let all = identities::table.filter(identities::provider.eq(provider));
    Ok(diesel::delete(all).execute(db)?)
}

/// All of a person.
pub fn of_user(db: &mut Db, user_id: UserId) -> Result<Vec<Identity>, StoreError> {
    let rows = identities::table
        .filter(identities::user_id.eq(user_id.to_string()))
        .order((identities::provider, identities::subject))
        .select((identities::provider, identities::subject))
        .load::<(String, String)>(db)?;
    Ok(rows.into_iter().map(|(provider, subject)| Identity { provider, subject }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{NOW, TestStore, on_both_databases, user};

    on_both_databases!(an_identity_has_one_owner, of_many_who_link_it_one_does);

    fn ada_elsewhere() -> Identity {
        Identity { provider: "directory".to_owned(), subject: "u-1".to_owned() }
    }

    fn furnish(store: &TestStore) {
        store
            .write_blocking(|db| {
                for number in [1, 2] {
                    users::insert(db, &user(number), "")?;
                }
                Ok(())
            })
            .unwrap();
    }

    fn an_identity_has_one_owner(store: &TestStore) {
        furnish(store);
        store
            .write_blocking(|db| {
                assert_eq!(owner(db, &ada_elsewhere())?, None);
                assert!(link(db, &ada_elsewhere(), user(1).id, NOW)?);
                assert!(!link(db, &ada_elsewhere(), user(2).id, NOW)?);
                assert_eq!(owner(db, &ada_elsewhere())?.map(|user| user.id), Some(user(1).id));
                let other = Identity { provider: "other".to_owned(), ..ada_elsewhere() };
                assert_eq!(owner(db, &other)?, None);
                assert_eq!(of_user(db, user(1).id)?, [ada_elsewhere()]);
                assert_eq!((count(db, "directory")?, count(db, "other")?), (1, 0));
                assert_eq!(forget(db, "other")?, 0);
                assert!(!unlink(db, &ada_elsewhere(), user(2).id)?, "it is not theirs");
                assert!(unlink(db, &ada_elsewhere(), user(1).id)?);
                assert!(link(db, &ada_elsewhere(), user(1).id, NOW)?);
                users::delete(db, user(1).id)?;
                assert!(link(db, &ada_elsewhere(), user(2).id, NOW)?, "it went with the account");
                Ok(())
            })
            .unwrap();
    }

    fn of_many_who_link_it_one_does(store: &TestStore) {
        furnish(store);
        let whose = |caller: usize| user(if caller.is_multiple_of(2) { 1 } else { 2 }).id;
        assert_eq!(store.winners(4, move |db, n| link(db, &ada_elsewhere(), whose(n), NOW)), 1);
    }
}
