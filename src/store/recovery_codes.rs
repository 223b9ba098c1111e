//! One-time recovery codes: what is left when the phone is lost.

use diesel::prelude::*;

use super::schema::recovery_codes;
use super::{Db, StoreError};
use crate::model::{Digest, Timestamp, UserId};

/// Replaces all codes of a person; none removes them.
pub fn replace(
    db: &mut Db,
    user_id: UserId,
    codes: &[Digest],
    now: Timestamp,
) -> Result<(), StoreError> {
    let user = user_id.to_string();
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(&user))).execute(db)?;
    for code in codes {
        diesel::insert_into(recovery_codes::table)
            .values((
                recovery_codes::user_id.eq(&user),
                recovery_codes::digest.eq(code.as_str()),
                recovery_codes::created_at.eq(now.seconds()),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// True for the one caller that uses it up.
pub fn spend(
    db: &mut Db,
    user_id: UserId,
    code: &Digest,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let unspent = recovery_codes::table
        .find((user_id.to_string(), code.as_str()))
        .filter(recovery_codes::spent_at.is_null());
    Ok(diesel::update(unspent).set(recovery_codes::spent_at.eq(now.seconds())).execute(db)? == 1)
}

/// How many are unused.
pub fn remaining(db: &mut Db, user_id: UserId) -> Result<i64, StoreError> {
    let unspent = recovery_codes::table
        .filter(recovery_codes::user_id.eq(user_id.to_string()))
        .filter(recovery_codes::spent_at.is_null());
    Ok(unspent.count().get_result(db)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{NOW, TestStore, on_both_databases, user};

    on_both_databases!(cra_08_a_recovery_code_is_spent_once);

    fn cra_08_a_recovery_code_is_spent_once(store: &TestStore) {
        store.furnish();
        let codes = [Digest::of("one"), Digest::of("two")];
        store.write_blocking(move |db| replace(db, user(1).id, &codes, NOW)).unwrap();
        assert_eq!(store.winners(50, |db, _| spend(db, user(1).id, &Digest::of("one"), NOW)), 1);
        let left = store.read_blocking(|db| remaining(db, user(1).id)).unwrap();
        assert_eq!(left, 1);
        store
            .write_blocking(|db| {
                assert!(!spend(db, user(2).id, &Digest::of("two"), NOW)?, "another person's");
                replace(db, user(1).id, &[], NOW)?;
                assert!(!spend(db, user(1).id, &Digest::of("two"), NOW)?, "replaced");
                Ok(())
            })
            .unwrap();
    }
}
