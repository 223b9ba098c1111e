//! What is said on the channel `SYSTEM`.

use bytestring::ByteString;
use serde_json::{Value, json};

/// The channel.
const SYSTEM: &str = "SYSTEM";

fn system(kind: &str, payload: &Value) -> ByteString {
    json!({"type": kind, "channel": SYSTEM, "payload": payload}).to_string().into()
}

/// The connection is open.
pub fn connected(id: &str, expires_at: i64) -> ByteString {
    system("CONNECTED", &json!({"connection": id, "expires_at": expires_at}))
}

/// A fresh token is wanted.
pub fn expiring(expires_at: i64) -> ByteString {
    system("TOKEN_EXPIRING", &json!({ "expires_at": expires_at }))
}

/// A fresh token was taken.
pub fn accepted(expires_at: i64) -> ByteString {
    system("TOKEN_ACCEPTED", &json!({ "expires_at": expires_at }))
}

/// The fresh token that a message brings, when that is what it is for.
#[cfg(feature = "actix")]
pub fn token(text: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Wire<'a> {
        #[serde(rename = "type")]
        kind: &'a str,
        channel: &'a str,
        payload: Payload,
    }
    #[derive(serde::Deserialize)]
    struct Payload {
        token: String,
    }
    // Most messages are the app's own, and not even parsed
    if !text.contains(SYSTEM) {
        return None;
    }
    let wire: Wire<'_> = serde_json::from_str(text).ok()?;
    (wire.kind == "TOKEN" && wire.channel == SYSTEM).then_some(wire.payload.token)
}

#[cfg(all(test, feature = "actix"))]
mod tests {
    use super::*;

    #[test]
    fn only_a_token_message_brings_a_token() {
        let good = r#"{"type":"TOKEN","channel":"SYSTEM","payload":{"token":"a.b.c"}}"#;
        assert_eq!(token(good).as_deref(), Some("a.b.c"));
        for other in [
            "",
            "SYSTEM",
            r#"{"type":"TOKEN","channel":"ROOM","payload":{"token":"SYSTEM"}}"#,
            r#"{"type":"ERROR","channel":"SYSTEM","payload":{"token":"a"}}"#,
            r#"{"type":"TOKEN","channel":"SYSTEM","payload":{"token":7}}"#,
            r#"{"type":"TOKEN","channel":"SYSTEM","payload":{}}"#,
            r#"{"type":"TOKEN","channel":"SYSTEM"}"#,
            r#"[{"type":"TOKEN","channel":"SYSTEM","payload":{"token":"a"}}]"#,
        ] {
            assert_eq!(token(other), None, "{other}");
        }
    }
}
