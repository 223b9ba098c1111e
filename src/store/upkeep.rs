//! What keeps the database in shape.

use diesel::prelude::*;

use super::schema::{
    api_tokens, assertions, device_requests, devices, initial_access_tokens, links, logout_notices,
    revoked_tokens, sessions, signing_keys, throttle, upkeep,
};
use super::{Db, StoreError, grants};
use crate::model::{Timestamp, days, hours};

/// A number that moves on when clients and signing keys change: caches compare it.
pub fn revision(db: &mut Db) -> Result<i64, StoreError> {
    Ok(upkeep::table.find(1).select(upkeep::revision).first(db)?)
}

/// Moves the revision on.
pub fn bump_revision(db: &mut Db) -> Result<(), StoreError> {
    diesel::update(upkeep::table.find(1))
        .set(upkeep::revision.eq(upkeep::revision + 1))
        .execute(db)?;
    Ok(())
}

/// Writes a row and so proves that the database takes writes.
pub fn probe(db: &mut Db, now: Timestamp) -> Result<(), StoreError> {
    let written = diesel::update(upkeep::table.find(1))
        .set(upkeep::probed_at.eq(now.seconds()))
        .execute(db)?;
    if written == 1 { Ok(()) } else { Err(StoreError::Corrupt("the upkeep row is missing".into())) }
}

/// Deletes the rows, at most so many, whose single-column key a query gives.
macro_rules! delete_some {
    ($db:expr, $table:ident :: $key:ident, $limit:expr, $condition:expr) => {{
        let keys: Vec<String> =
            $table::table.filter($condition).select($table::$key).limit($limit).load($db)?;
        let mut gone = 0;
        for key in keys {
            // Asked again: another node may have given the row a new life meanwhile.
            gone += diesel::delete($table::table.find(key).filter($condition)).execute($db)?;
        }
        gone
    }};
}

/// The same for keys of two columns.
macro_rules! delete_pairs {
    ($db:expr, $table:ident($one:ident, $two:ident), $limit:expr, $condition:expr) => {{
        let keys: Vec<(String, String)> = $table::table
            .filter($condition)
            .select(($table::$one, $table::$two))
            .limit($limit)
            .load($db)?;
        let mut gone = 0;
        for key in keys {
            gone += diesel::delete($table::table.find(key).filter($condition)).execute($db)?;
        }
        gone
    }};
}

/// Deletes at most `limit` rows of each kind that expired long enough ago; how many went.
pub fn sweep(db: &mut Db, now: Timestamp, limit: i64) -> Result<usize, StoreError> {
    let before = |age| (now - age).seconds();
    let (day, month, year) = (before(days(1)), before(days(35)), before(days(400)));
    // No code lives for a day, so none whose grant goes here can come again.
    let mut gone = grants::sweep(db, day, limit)?;
    gone += delete_some!(db, sessions::id, limit, sessions::ended_at.assume_not_null().lt(month));
    // No browser keeps a cookie for longer than 400 days, and one without "keep me signed in" ends much sooner.
    let forgotten = || sessions::seen_at.lt(month).and(sessions::auth_time.lt(month));
    let lasting = || sessions::persistent.eq(false).or(sessions::seen_at.lt(year));
    gone += delete_some!(db, sessions::id, limit, forgotten().and(lasting()));
    gone += delete_some!(db, throttle::bucket, limit, throttle::last.lt(day));
    // A device that polls too late is told so for a while
    let late = before(hours(1));
    gone +=
        delete_some!(db, device_requests::device_code, limit, device_requests::expires_at.lt(late));
    gone += delete_pairs!(
        db,
        assertions(client_id, jti),
        limit,
        assertions::expires_at.lt(now.seconds())
    );
    let over = || revoked_tokens::expires_at.lt(now.seconds());
    gone += delete_some!(db, revoked_tokens::jti, limit, over());
    let told = || logout_notices::delivered_at.is_not_null();
    gone += delete_pairs!(
        db,
        logout_notices(session_id, client_id),
        limit,
        logout_notices::created_at.lt(month).or(logout_notices::created_at.lt(day).and(told()))
    );
    gone += delete_pairs!(db, devices(user_id, digest), limit, devices::used_at.lt(year));
    gone += delete_some!(
        db,
        initial_access_tokens::digest,
        limit,
        initial_access_tokens::expires_at.lt(month)
    );
    gone += delete_some!(db, links::id, limit, links::expires_at.lt(month));
    gone += delete_some!(db, api_tokens::id, limit, api_tokens::expires_at.lt(month));
    let keys = delete_some!(
        db,
        signing_keys::kid,
        limit,
        signing_keys::gone_at.assume_not_null().lt(month)
    );
    if keys > 0 {
        bump_revision(db)?;
    }
    Ok(gone + keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::throttle::Bucket;
    use crate::model::{Digest, EndReason, Grant, Session, minutes};
    use crate::store::testing::{NOW, TestStore, client, grant, on_both_databases, session, user};
    use crate::store::{assertions, devices, revoked_tokens, sessions, throttle};

    on_both_databases!(the_revision_moves_on, the_sweep_takes_what_is_long_over, a_sweep_is_small);

    fn the_revision_moves_on(store: &TestStore) {
        let before = store.read_blocking(revision).unwrap();
        store.write_blocking(bump_revision).unwrap();
        assert_eq!(store.again().read_blocking(revision).unwrap(), before + 1);
        store.write_blocking(|db| probe(db, Timestamp::from_seconds(7))).unwrap();
    }

    fn the_sweep_takes_what_is_long_over(store: &TestStore) {
        store.furnish();
        store
            .write_blocking(|db| {
                sessions::insert(db, &session(2))?;
                sessions::insert(db, &Session { persistent: true, ..session(3) })?;
                sessions::end(db, session(2).id, EndReason::SignedOut, NOW)?;
                grants::insert(db, &Grant { expires_at: NOW, ..grant(1) }, None)?;
                grants::insert(
                    db,
                    &Grant { expires_at: NOW, ..grant(2) },
                    Some(EndReason::Revoked),
                )?;
                throttle::count(db, &Bucket::address("192.0.2.1"), minutes(1), NOW)?;
                assertions::spend(db, &client("notes").id, &Digest::of("jti"), NOW)?;
                revoked_tokens::revoke(db, &Digest::of("jti"), NOW)?;
                devices::remember(db, user(1).id, &Digest::of("device"), NOW)
            })
            .unwrap();
        let swept = |age| store.write_blocking(move |db| sweep(db, NOW + age, 100)).unwrap();
        assert_eq!(swept(minutes(0)), 0, "nothing is over");
        assert_eq!(swept(minutes(1)), 2, "the assertion and the revoked token");
        assert_eq!(swept(days(1)), 0, "not more than a day ago");
        assert_eq!(swept(days(1) + minutes(1)), 3, "two grants and a bucket");
        assert_eq!(swept(days(35)), 0);
        assert_eq!(swept(days(35) + minutes(1)), 2, "the ended and the short session");
        assert_eq!(swept(days(400) + minutes(1)), 2, "the lasting session and the device");
    }

    fn a_sweep_is_small(store: &TestStore) {
        store.furnish();
        store
            .write_blocking(|db| {
                (1..=5).try_for_each(|n| {
                    grants::insert(db, &Grant { expires_at: NOW, ..grant(n) }, None).map(|_| ())
                })
            })
            .unwrap();
        let later = NOW + days(2);
        assert_eq!(store.write_blocking(move |db| sweep(db, later, 3)).unwrap(), 3);
        assert_eq!(store.write_blocking(move |db| sweep(db, later, 3)).unwrap(), 2);
    }
}
