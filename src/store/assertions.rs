//! Client assertions that were used: RFC 7523 section 3, each `jti` once.

use super::{Db, StoreError};
use crate::model::{ClientId, Digest, Timestamp};

/// True for the one caller that uses this `jti` of this client; kept until the assertion expires.
pub fn spend(
    db: &mut Db,
    client_id: &ClientId,
    jti: &Digest,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    todo!()
}
