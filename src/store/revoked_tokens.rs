//! Access tokens that hang from no grant and were revoked before their time (RFC 7009).

use diesel::prelude::*;

use super::schema::revoked_tokens;
use super::{Db, StoreError, insert_if_new};
use crate::model::{Digest, Timestamp};

/// Revokes a token by the digest of its `jti`, kept until it would expire; false when it was.
pub fn revoke(db: &mut Db, jti: &Digest, expires_at: Timestamp) -> Result<bool, StoreError> {
    let row =
        (revoked_tokens::jti.eq(jti.as_str()), revoked_tokens::expires_at.eq(expires_at.seconds()));
    Ok(insert_if_new!(db, revoked_tokens::table, row)? == 1)
}

/// Whether a token was revoked.
pub fn is_revoked(db: &mut Db, jti: &Digest) -> Result<bool, StoreError> {
    let found = revoked_tokens::table.find(jti.as_str()).select(revoked_tokens::jti);
    Ok(found.first::<String>(db).optional()?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{NOW, TestStore, on_both_databases};

    on_both_databases!(cra_08_a_token_is_revoked_once);

    fn cra_08_a_token_is_revoked_once(store: &TestStore) {
        assert!(!store.read_blocking(|db| is_revoked(db, &Digest::of("j"))).unwrap());
        assert_eq!(store.winners(2, |db, _| revoke(db, &Digest::of("j"), NOW)), 1);
        assert!(store.read_blocking(|db| is_revoked(db, &Digest::of("j"))).unwrap());
        assert!(!store.read_blocking(|db| is_revoked(db, &Digest::of("k"))).unwrap());
    }
}
