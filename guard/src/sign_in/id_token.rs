//! ID tokens: OpenID Connect Core section 3.1.3.7.

use serde_json::{Map, Value};

use crate::Refusal;
use crate::claims::{Claims, Policy};

/// What an ID token has to say besides.
pub struct Expected<'a> {
    /// The app that it is for, and nobody else.
    pub client_id: &'a str,
    /// The nonce of the attempt; none for a refreshed one (section 12.2).
    pub nonce: Option<&'a str>,
    /// Who it has to be about, for a refreshed one.
    pub subject: Option<&'a str>,
}

/// Who signed in.
#[derive(Debug, PartialEq, Eq)]
pub struct Person {
    /// `sub`
    pub subject: String,
    /// `sid`
    pub session_id: Option<String>,
    /// `acr`
    pub acr: Option<String>,
}

/// The rules, and nothing but the rules: no clock, no keys, no HTTP.
pub fn judge(
    claims: Map<String, Value>,
    policy: &Policy,
    expected: &Expected<'_>,
    now: i64,
) -> Result<Person, Refusal> {
    let mut claims = Claims(claims);
    if claims.text("iss")? != policy.issuer {
        return Err(Refusal::Issuer);
    }
    let for_us = claims.texts("aud")? == [expected.client_id];
    let azp = claims.optional_text("azp")?;
    if !for_us || azp.is_some_and(|azp| azp != expected.client_id) {
        return Err(Refusal::Audience);
    }
    let expires_at = claims.time("exp")?.ok_or(Refusal::Claim("exp"))?;
    let issued_at = claims.time("iat")?.ok_or(Refusal::Claim("iat"))?;
    if expires_at.saturating_add(policy.leeway) <= now {
        return Err(Refusal::Expired { ago: now.abs_diff(expires_at) });
    }
    if issued_at > now.saturating_add(policy.leeway) {
        return Err(Refusal::NotYet { ahead: issued_at.abs_diff(now) });
    }
    let nonce = claims.optional_text("nonce")?;
    if expected.nonce.is_some() && nonce.as_deref() != expected.nonce {
        return Err(Refusal::Claim("nonce"));
    }
    let subject = claims.text("sub")?;
    if expected.subject.is_some_and(|known| known != subject) {
        return Err(Refusal::Stranger);
    }
    let (session_id, acr) = (claims.optional_text("sid")?, claims.optional_text("acr")?);
    Ok(Person { subject, session_id, acr })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn claims() -> Value {
        json!({
            "iss": "https://login.ada.example", "aud": "notes", "sub": "ada", "nonce": "n", "sid": "s1",
            "acr": "2fa", "iat": NOW, "exp": NOW + 300,
        })
    }

    fn judged(
        claims: &Value,
        nonce: Option<&str>,
        subject: Option<&str>,
    ) -> Result<Person, Refusal> {
        let policy = Policy {
            issuer: "https://login.ada.example".to_owned(),
            audiences: Vec::new(),
            leeway: 60,
        };
        let expected = Expected { client_id: "notes", nonce, subject };
        judge(claims.as_object().unwrap().clone(), &policy, &expected, NOW)
    }

    #[test]
    fn section_3_1_3_7_a_token_that_is_as_it_should_be_tells_who_signed_in() {
        let person = Person {
            subject: "ada".to_owned(),
            session_id: Some("s1".to_owned()),
            acr: Some("2fa".to_owned()),
        };
        assert_eq!(judged(&claims(), Some("n"), None), Ok(person));
        let mut refreshed = claims();
        refreshed.as_object_mut().unwrap().remove("nonce");
        assert!(judged(&refreshed, None, Some("ada")).is_ok(), "section 12.2");
    }

    #[test]
    fn section_3_1_3_7_anything_else_is_refused() {
        for (name, value, refusal) in [
            ("iss", json!("https://eve.example"), Refusal::Issuer),
            ("aud", json!("photos"), Refusal::Audience),
            ("aud", json!(["notes", "photos"]), Refusal::Audience),
            ("aud", json!([]), Refusal::Audience),
            ("azp", json!("photos"), Refusal::Audience),
            ("exp", json!(NOW - 60), Refusal::Expired { ago: 60 }),
            ("exp", json!(null), Refusal::Claim("exp")),
            ("iat", json!(NOW + 61), Refusal::NotYet { ahead: 61 }),
            ("nonce", json!("another"), Refusal::Claim("nonce")),
            ("nonce", json!(7), Refusal::Claim("nonce")),
            ("sub", json!(""), Refusal::Claim("sub")),
            ("sid", json!(7), Refusal::Claim("sid")),
            ("acr", json!(["2fa"]), Refusal::Claim("acr")),
        ] {
            let mut claims = claims();
            claims[name] = value.clone();
            assert_eq!(judged(&claims, Some("n"), None), Err(refusal), "{name}: {value}");
        }
        for name in ["iss", "aud", "exp", "iat", "sub", "nonce"] {
            let mut claims = claims();
            claims.as_object_mut().unwrap().remove(name);
            assert!(judged(&claims, Some("n"), None).is_err(), "{name}");
        }
        assert_eq!(judged(&claims(), None, Some("bob")), Err(Refusal::Stranger), "section 12.2");
    }
}
