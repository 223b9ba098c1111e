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
