//! A client's key set (RFC 7517 section 5).
#![no_main]

use hatcheck::keys::client_keys;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(jwks) = serde_json::from_slice(bytes) {
        let _ = client_keys::check(&jwks);
    }
});
