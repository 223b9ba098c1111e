//! Logout tokens: OpenID Connect Back-Channel Logout section 2.6.

use serde_json::{Map, Value};

use crate::Refusal;
use crate::claims::Claims;

/// What a logout token is about.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Who was signed out, as the issuer told the app.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Logout {
    /// The person (`sub`); of a token that names no session all of the person's sessions have ended.
    pub subject: Option<String>,
    /// The session (`sid`).
    pub session_id: Option<String>,
    /// When the issuer said so, in seconds since 1970 (`iat`).
    pub issued_at: i64,
}

/// What a logout token has to say.
pub struct Expected<'a> {
    /// The only issuer.
    pub issuer: &'a str,
    /// The app that it is for.
    pub client_id: &'a str,
    /// How many seconds clocks may differ.
    pub leeway: i64,
}

/// The rules, and nothing but the rules: no clock, no keys, no HTTP.
pub fn judge(
    claims: Map<String, Value>,
    expected: &Expected<'_>,
    now: i64,
) -> Result<Logout, Refusal> {
    let mut claims = Claims(claims);
    if claims.text("iss")? != expected.issuer {
        return Err(Refusal::Issuer);
    }
    if !claims.texts("aud")?.iter().any(|name| name == expected.client_id) {
        return Err(Refusal::Audience);
    }
    let expires_at = claims.time("exp")?.ok_or(Refusal::Claim("exp"))?;
    let issued_at = claims.time("iat")?.ok_or(Refusal::Claim("iat"))?;
    if expires_at.saturating_add(expected.leeway) <= now {
        return Err(Refusal::Expired { ago: now.abs_diff(expires_at) });
    }
    if issued_at > now.saturating_add(expected.leeway) {
        return Err(Refusal::NotYet { ahead: issued_at.abs_diff(now) });
    }
    claims.text("jti")?;
    let event = claims.0.get("events").and_then(|events| events.get(EVENT));
    if !event.is_some_and(Value::is_object) {
        return Err(Refusal::Claim("events"));
    }
    // An ID token has one, and must not pass for a logout token
    if claims.0.contains_key("nonce") {
        return Err(Refusal::Claim("nonce"));
    }
    let (subject, session_id) = (claims.optional_text("sub")?, claims.optional_text("sid")?);
    if subject.is_none() && session_id.is_none() {
        return Err(Refusal::Claim("sub"));
    }
    Ok(Logout { subject, session_id, issued_at })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn claims() -> Value {
        json!({
            "iss": "https://login.ada.example", "aud": "notes", "iat": NOW, "exp": NOW + 120, "jti": "1",
            "sub": "ada", "sid": "s1", "events": {EVENT: {}},
        })
    }

    fn judged(claims: &Value) -> Result<Logout, Refusal> {
        let expected =
            Expected { issuer: "https://login.ada.example", client_id: "notes", leeway: 60 };
        judge(claims.as_object().unwrap().clone(), &expected, NOW)
    }

    #[test]
    fn section_2_6_a_token_that_is_as_it_should_be_tells_who_was_signed_out() {
        let both = Logout {
            subject: Some("ada".to_owned()),
            session_id: Some("s1".to_owned()),
            issued_at: NOW,
        };
        assert_eq!(judged(&claims()), Ok(both.clone()));
        for (leave_out, expected) in [
            ("sub", Logout { subject: None, ..both.clone() }),
            ("sid", Logout { session_id: None, ..both }),
        ] {
            let mut claims = claims();
            claims.as_object_mut().unwrap().remove(leave_out);
            assert_eq!(judged(&claims), Ok(expected));
        }
    }

    #[test]
    fn section_2_6_anything_else_is_refused() {
        for (name, value, refusal) in [
            ("iss", json!("https://eve.example"), Refusal::Issuer),
            ("aud", json!("photos"), Refusal::Audience),
            ("aud", json!([]), Refusal::Audience),
            ("aud", json!(null), Refusal::Claim("aud")),
            ("exp", json!(NOW - 60), Refusal::Expired { ago: 60 }),
            ("exp", json!("soon"), Refusal::Claim("exp")),
            ("iat", json!(NOW + 61), Refusal::NotYet { ahead: 61 }),
            ("jti", json!(""), Refusal::Claim("jti")),
            ("events", json!({}), Refusal::Claim("events")),
            ("events", json!([EVENT]), Refusal::Claim("events")),
            ("events", json!({EVENT: true}), Refusal::Claim("events")),
            ("nonce", json!("n"), Refusal::Claim("nonce")),
            ("nonce", json!(null), Refusal::Claim("nonce")),
            ("sub", json!(7), Refusal::Claim("sub")),
            ("sid", json!(["s1"]), Refusal::Claim("sid")),
        ] {
            let mut claims = claims();
            claims[name] = value.clone();
            assert_eq!(judged(&claims), Err(refusal), "{name}: {value}");
        }
        for name in ["iss", "aud", "exp", "iat", "jti", "events"] {
            let mut claims = claims();
            claims.as_object_mut().unwrap().remove(name);
            assert!(judged(&claims).is_err(), "{name}");
        }
        let mut nobody = claims();
        nobody.as_object_mut().unwrap().retain(|name, _| !["sub", "sid"].contains(&name.as_str()));
        assert_eq!(judged(&nobody), Err(Refusal::Claim("sub")));
    }
}
