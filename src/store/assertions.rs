//! Client assertions that were used: RFC 7523 section 3, each `jti` once.

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
