//! A person's authenticator app: RFC 6238.

use super::Secret;

/// The shared secret and what of it is used up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotpRecord {
    /// The shared secret, encrypted under the instance's key: a compact JWE.
    pub sealed_secret: Secret<String>,
    /// The last time step whose code was accepted; none at or before it is again.
    pub last_step: Option<i64>,
}
