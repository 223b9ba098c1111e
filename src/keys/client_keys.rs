//! Public keys that clients registered, and what they signed.

use serde_json::{Map, Value};

use crate::model::Client;

/// Checks a `jwks` at registration: known types, sizes and curves, no private parts (RFC 8725 section 3.5).
/// The error is a sentence that says what to register instead.
pub fn check(_jwks: &Value) -> Result<(), String> {
    todo!()
}

/// Verifies a JWT (client assertion, request object) with the client's own keys, through the gate. The claims.
/// The error is a sentence for the log and for `explain`.
pub fn verify(_client: &Client, _token: &str) -> Result<Map<String, Value>, String> {
    todo!()
}
