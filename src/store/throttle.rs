//! Counted failures.

use std::time::Duration;

use diesel::prelude::*;

use super::schema::throttle;
use super::{Db, StoreError, insert_if_new};
use crate::model::Timestamp;
use crate::model::throttle::{Bucket, Failures};

/// The failures in a bucket; none when nothing is stored.
pub fn find(db: &mut Db, bucket: &Bucket) -> Result<Failures, StoreError> {
    let columns = (throttle::failures, throttle::since, throttle::last);
    let row = throttle::table.find(&bucket.key).select(columns).first(db).optional()?;
    Ok(row.map(failures).unwrap_or_default())
}

/// Counts one failure, beginning anew when the first is older than `window`; the new count.
pub fn count(
    db: &mut Db,
    bucket: &Bucket,
    window: Duration,
    now: Timestamp,
) -> Result<Failures, StoreError> {
    let columns = (throttle::failures, throttle::since, throttle::last);
    let oldest = (now - window).seconds();
    // The row is one of: counted on, begun anew, or made; a failure that comes between is met by the next round.
    loop {
        let row = throttle::table.find(&bucket.key);
        let counted = diesel::update(row.filter(throttle::since.gt(oldest)))
            .set((throttle::failures.eq(throttle::failures + 1), throttle::last.eq(now.seconds())))
            .returning(columns)
            .get_result(db)
            .optional()?;
        if let Some(row) = counted {
            return Ok(failures(row));
        }
        let begun = diesel::update(row.filter(throttle::since.le(oldest)))
            .set((
                throttle::failures.eq(1),
                throttle::since.eq(now.seconds()),
                throttle::last.eq(now.seconds()),
            ))
            .execute(db)?;
        let new = (
            throttle::bucket.eq(&bucket.key),
            throttle::failures.eq(1_i64),
            throttle::since.eq(now.seconds()),
            throttle::last.eq(now.seconds()),
        );
        if begun == 1 || insert_if_new!(db, throttle::table, new)? == 1 {
            return Ok(Failures { count: 1, since: now, last: now });
        }
    }
}

/// Takes one counted failure off again: it was none.
pub fn take_off(db: &mut Db, bucket: &Bucket) -> Result<(), StoreError> {
    let counted = throttle::table.find(&bucket.key).filter(throttle::failures.gt(0));
    diesel::update(counted).set(throttle::failures.eq(throttle::failures - 1)).execute(db)?;
    Ok(())
}

/// Forgets the failures of a bucket.
pub fn clear(db: &mut Db, bucket: &Bucket) -> Result<(), StoreError> {
    diesel::delete(throttle::table.find(&bucket.key)).execute(db)?;
    Ok(())
}

fn failures((count, since, last): (i64, i64, i64)) -> Failures {
    let [since, last] = [since, last].map(Timestamp::from_seconds);
    Failures { count, since, last }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{minutes, seconds};
    use crate::store::testing::{NOW, TestStore, on_both_databases};

    on_both_databases!(no_failure_is_lost, an_old_window_ends);

    fn no_failure_is_lost(store: &TestStore) {
        let bucket = Bucket::address("192.0.2.1");
        let counted = bucket.clone();
        store.winners(20, move |db, _| count(db, &counted, minutes(1), NOW).map(|_| true));
        let all = store.read_blocking(move |db| find(db, &bucket)).unwrap();
        assert_eq!(all, Failures { count: 20, since: NOW, last: NOW });
    }

    fn an_old_window_ends(store: &TestStore) {
        store
            .write_blocking(|db| {
                let bucket = Bucket::address("192.0.2.1");
                assert_eq!(find(db, &bucket)?, Failures::default());
                count(db, &bucket, minutes(1), NOW)?;
                assert_eq!(count(db, &bucket, minutes(1), NOW + seconds(59))?.count, 2);
                let anew = count(db, &bucket, minutes(1), NOW + seconds(60))?;
                assert_eq!((anew.count, anew.since), (1, NOW + seconds(60)));
                take_off(db, &bucket)?;
                take_off(db, &bucket)?;
                assert_eq!(find(db, &bucket)?.count, 0);
                clear(db, &bucket)?;
                assert_eq!(find(db, &bucket)?, Failures::default());
                Ok(())
            })
            .unwrap();
    }
}
