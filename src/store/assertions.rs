//! Client assertions that were used (RFC 7523 section 3, each `jti` once), and requests that are good once.

use diesel::prelude::*;

use super::schema::assertions;
use super::{Db, StoreError, insert_if_new};
use crate::model::{ClientId, Digest, Timestamp};

/// True for the one caller that uses this `jti` of this client; kept until the assertion expires.
pub fn spend(
    db: &mut Db,
    client_id: &ClientId,
    jti: &Digest,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    let row = (
        assertions::client_id.eq(client_id.as_str()),
        assertions::jti.eq(jti.as_str()),
        assertions::expires_at.eq(expires_at.seconds()),
    );
    Ok(insert_if_new!(db, assertions::table, row)? == 1)
}

/// Whether this `jti` of this client was used, as far as that is still kept.
pub fn is_spent(db: &mut Db, client_id: &ClientId, jti: &Digest) -> Result<bool, StoreError> {
    let row = assertions::table.find((client_id.as_str(), jti.as_str()));
    Ok(diesel::select(diesel::dsl::exists(row)).get_result(db)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{NOW, TestStore, on_both_databases};

    on_both_databases!(cra_08_a_jti_is_spent_once);

    fn cra_08_a_jti_is_spent_once(store: &TestStore) {
        let jti = Digest::of("jti");
        let notes = ClientId::parse("notes").unwrap();
        let other = ClientId::parse("other").unwrap();
        let (id, digest) = (notes.clone(), jti.clone());
        let look = {
            let (id, digest) = (notes.clone(), jti.clone());
            move |db: &mut Db| is_spent(db, &id, &digest)
        };
        assert!(!store.read_blocking(look.clone()).unwrap());
        assert_eq!(store.winners(2, move |db, _| spend(db, &id, &digest, NOW)), 1);
        assert!(store.read_blocking(look).unwrap());
        assert!(
            !store
                .write_blocking({
                    let jti = jti.clone();
                    move |db| spend(db, &notes, &jti, NOW)
                })
                .unwrap()
        );
        assert!(store.write_blocking(move |db| spend(db, &other, &jti, NOW)).unwrap());
    }
}
