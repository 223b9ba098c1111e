//! Browsers in which somebody has signed in before: they survive an attack on the account.

use diesel::dsl::{exists, select};
use diesel::prelude::*;

use super::schema::devices;
use super::{Db, StoreError, insert_if_new};
use crate::model::{Digest, Timestamp, UserId};

/// The most devices of a person.
const MOST: i64 = 50;

/// Whether this person has signed in with this device cookie.
pub fn is_known(db: &mut Db, user_id: UserId, device: &Digest) -> Result<bool, StoreError> {
    let key = devices::table.find((user_id.to_string(), device.as_str()));
    Ok(select(exists(key)).get_result(db)?)
}

/// Notes that they have; at most 50 a person, the oldest go.
pub fn remember(
    db: &mut Db,
    user_id: UserId,
    device: &Digest,
    now: Timestamp,
) -> Result<(), StoreError> {
    let user = user_id.to_string();
    let known = diesel::update(devices::table.find((&user, device.as_str())))
        .set(devices::used_at.eq(now.seconds()))
        .execute(db)?;
    if known == 1 {
        return Ok(());
    }
    let row = (
        devices::user_id.eq(&user),
        devices::digest.eq(device.as_str()),
        devices::used_at.eq(now.seconds()),
    );
    insert_if_new!(db, devices::table, row)?;
    let surplus = devices::table
        .filter(devices::user_id.eq(&user).and(devices::digest.ne(device.as_str())))
        .order((devices::used_at.desc(), devices::digest))
        .offset(MOST - 1)
        .limit(MOST)
        .select(devices::digest)
        .load::<String>(db)?;
    for digest in surplus {
        diesel::delete(devices::table.find((&user, digest))).execute(db)?;
    }
    Ok(())
}

/// Forgets all of a person.
pub fn forget(db: &mut Db, user_id: UserId) -> Result<(), StoreError> {
    let of_user = devices::table.filter(devices::user_id.eq(user_id.to_string()));
    diesel::delete(of_user).execute(db)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::seconds;
    use crate::store::testing::{NOW, TestStore, on_both_databases, user};

    on_both_databases!(the_newest_fifty_devices_are_remembered);

    fn the_newest_fifty_devices_are_remembered(store: &TestStore) {
        store.furnish();
        store
            .write_blocking(|db| {
                let device = |n: u64| Digest::of(n.to_string());
                for n in 0..55 {
                    remember(db, user(1).id, &device(n), NOW + seconds(n))?;
                }
                remember(db, user(1).id, &device(5), NOW + seconds(99))?;
                remember(db, user(1).id, &device(60), NOW + seconds(100))?;
                assert!(
                    is_known(db, user(1).id, &device(5))? && is_known(db, user(1).id, &device(60))?
                );
                assert!(
                    !is_known(db, user(1).id, &device(4))?
                        && !is_known(db, user(1).id, &device(6))?
                );
                assert_eq!(devices::table.count().get_result::<i64>(db)?, 50);
                assert!(!is_known(db, user(2).id, &device(5))?);
                forget(db, user(1).id)?;
                assert!(!is_known(db, user(1).id, &device(60))?);
                Ok(())
            })
            .unwrap();
    }
}
