//! Tokens of providers elsewhere.

use diesel::prelude::*;

use super::schema::upstream_tokens as rows;
use super::{Db, StoreError};
use crate::model::{Identity, Timestamp, UpstreamTokens};

/// Keeps the newest of an identity, and ends a lease.
pub fn keep(db: &mut Db, of: &Identity, tokens: &UpstreamTokens) -> Result<(), StoreError> {
    diesel::delete(rows::table.find((&of.provider, &of.subject))).execute(db)?;
    let row = (
        rows::provider.eq(&of.provider),
        rows::subject.eq(&of.subject),
        rows::sealed.eq(&tokens.sealed),
        rows::expires_at.eq(tokens.expires_at.map(Timestamp::seconds)),
        rows::lease_until.eq(0),
    );
    diesel::insert_into(rows::table).values(row).execute(db)?;
    Ok(())
}

/// Those of an identity.
pub fn of(db: &mut Db, of: &Identity) -> Result<Option<UpstreamTokens>, StoreError> {
    let row = rows::table.find((&of.provider, &of.subject));
    let row = row.select((rows::sealed, rows::expires_at)).first::<(String, Option<i64>)>(db);
    Ok(row.optional()?.map(|(sealed, expires_at)| UpstreamTokens {
        sealed,
        expires_at: expires_at.map(Timestamp::from_seconds),
    }))
}

/// Lets one caller ask for newer ones than these until a moment; false for all others before it, and when there are newer ones.
pub fn lease(
    db: &mut Db,
    of: &Identity,
    held: &UpstreamTokens,
    (now, until): (Timestamp, Timestamp),
) -> Result<bool, StoreError> {
    let free = rows::table
        .find((&of.provider, &of.subject))
        .filter(rows::sealed.eq(&held.sealed))
        .filter(rows::lease_until.le(now.seconds()));
    Ok(diesel::update(free).set(rows::lease_until.eq(until.seconds())).execute(db)? == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::minutes;
    use crate::store::testing::{NOW, TestStore, on_both_databases, user};
    use crate::store::{identities, users};

    on_both_databases!(tokens_go_with_their_identity, of_many_who_want_newer_ones_one_asks);

    fn ada() -> Identity {
        Identity { provider: "up".to_owned(), subject: "s-1".to_owned() }
    }

    fn tokens(sealed: &str) -> UpstreamTokens {
        UpstreamTokens { sealed: sealed.to_owned(), expires_at: Some(NOW) }
    }

    fn furnish(store: &TestStore) {
        store
            .write_blocking(|db| {
                users::insert(db, &user(1), "")?;
                identities::link(db, &ada(), user(1).id, NOW)?;
                keep(db, &ada(), &tokens("a"))
            })
            .unwrap();
    }

    fn tokens_go_with_their_identity(store: &TestStore) {
        furnish(store);
        store
            .write_blocking(|db| {
                keep(db, &ada(), &tokens("b"))?;
                assert_eq!(of(db, &ada())?, Some(tokens("b")));
                identities::unlink(db, &ada(), user(1).id)?;
                assert_eq!(of(db, &ada())?, None);
                Ok(())
            })
            .unwrap();
    }

    fn of_many_who_want_newer_ones_one_asks(store: &TestStore) {
        furnish(store);
        let lease =
            |db: &mut Db, held: &str| lease(db, &ada(), &tokens(held), (NOW, NOW + minutes(1)));
        assert_eq!(store.winners(4, move |db, _| lease(db, "a")), 1);
        store.write_blocking(|db| keep(db, &ada(), &tokens("c"))).unwrap();
        assert_eq!(store.winners(2, move |db, _| lease(db, "a")), 0, "there are newer ones");
        assert_eq!(store.winners(4, move |db, _| lease(db, "c")), 1);
    }
}
