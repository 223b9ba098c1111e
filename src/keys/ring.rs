//! All keys that are not retired, ready to sign and verify.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{KeyError, Vault};
use crate::model::{Algorithm, KeyRecord, Timestamp};

/// Keys parsed once and shared by all threads.
pub struct KeyRing;

/// The published key set, rendered once.
pub struct Jwks {
    /// The JSON document.
    pub body: bytes::Bytes,
    /// Its strong entity tag, with quotes.
    pub etag: String,
}

/// A token of ours whose signature was verified.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedToken {
    /// Its `typ` header.
    pub typ: Option<String>,
    /// Its `kid` header.
    pub kid: String,
    /// Its claims.
    pub claims: Map<String, Value>,
}

impl KeyRing {
    /// Opens the private keys that may still sign and the public ones that are published.
    pub fn new(
        _records: Vec<KeyRecord>,
        _vault: &Vault,
        _now: Timestamp,
    ) -> Result<Self, KeyError> {
        todo!()
    }

    /// Signs claims with the key that is active now; `typ` as in RFC 9068 ("at+jwt"), "JWT" for ID tokens.
    pub fn sign<T: Serialize>(
        &self,
        _algorithm: Algorithm,
        _typ: &str,
        _claims: &T,
        _now: Timestamp,
    ) -> Result<String, KeyError> {
        todo!()
    }

    /// Verifies a token of ours through the JOSE gate: signature and `typ` only. The caller looks at `exp` and the rest.
    pub fn verify_own(&self, _token: &str, _typ: &str, _now: Timestamp) -> Option<SignedToken> {
        todo!()
    }

    /// The key set at a moment: pending, active and retiring keys.
    pub fn jwks(&self, _now: Timestamp) -> Arc<Jwks> {
        todo!()
    }

    /// Algorithms with a key that signs now.
    pub fn algorithms(&self, _now: Timestamp) -> Vec<Algorithm> {
        todo!()
    }
}
