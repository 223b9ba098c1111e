//! What a JWT says before anything is verified: only ever to find whose keys or whose pages it concerns.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::keys::gate;

/// The claims of a compact JWS, unverified.
pub fn claims(token: &str) -> Option<Map<String, Value>> {
    if token.len() > gate::LONGEST {
        return None;
    }
    let payload = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jos_oversized_and_broken_tokens_say_nothing() {
        assert!(claims("a.eyJzdWIiOiJ4In0.c").is_some());
        for token in ["", "a", "a.b", "a.!!.c", "a.e30x.c"] {
            assert!(claims(token).is_none(), "{token}");
        }
        let long = format!("a.{}.c", "A".repeat(gate::LONGEST));
        assert!(claims(&long).is_none());
    }
}
