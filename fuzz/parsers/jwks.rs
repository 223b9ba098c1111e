//! A client's key set (RFC 7517 section 5).

use hatcheck::keys::client_keys;

/// Feeds it to the parser.
pub fn read(bytes: &[u8]) {
    if let Ok(jwks) = serde_json::from_slice(bytes) {
        let _ = client_keys::check(&jwks);
    }
}
