//! What a client assertion must say: RFC 7523 section 3, OpenID Connect Core section 9.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::model::{ClientId, Digest, Timestamp, minutes, seconds};

/// How far the clocks of client and server may be apart.
const SKEW: Duration = seconds(60);
/// The longest life of an assertion: so long its `jti` is kept.
const LONGEST: Duration = minutes(60);
/// The longest `jti`, in bytes.
const LONGEST_ID: usize = 1_000;

/// For whom an assertion has to be.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The client that authenticates.
    pub client_id: &'a ClientId,
    /// This issuer.
    pub issuer: &'a str,
    /// The URLs of the token endpoint and of that for pushed requests (RFC 9126 section 2).
    pub endpoints: &'a [String],
}

/// What is left to do with a good assertion: spend its `jti`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// The digest of its `jti`.
    pub id: Digest,
    /// How long that must be remembered.
    pub remember_until: Timestamp,
}

/// Why an assertion proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// The signature, the header or the key.
    #[error("the client assertion could not be verified: {0} (RFC 7523 section 3)")]
    Signature(String),
    /// Not the algorithm that the client registered.
    #[error(
        "this client registered {0} as its token_endpoint_auth_signing_alg and used another (OpenID Connect Registration section 2)"
    )]
    Algorithm(&'static str),
    /// `iss` or `sub` is not the client.
    #[error("iss and sub of the client assertion have to be the client_id (RFC 7523 section 3)")]
    Identity,
    /// `aud` is not this server alone.
    #[error(
        "aud of the client assertion has to be the issuer or the token endpoint, and nothing beside it (RFC 7523 section 3)"
    )]
    Audience,
    /// A time that is missing or no number.
    #[error("{0} of the client assertion has to be a number of seconds (RFC 7523 section 3)")]
    NoTime(&'static str),
    /// `exp` has passed.
    #[error(
        "the client assertion expired: exp is {claim}, this server's clock says {now}, {apart} s later (RFC 7523 section 3)"
    )]
    Expired {
        /// The claim.
        claim: i64,
        /// Our clock.
        now: i64,
        /// The difference.
        apart: i64,
    },
    /// `exp` is too far away.
    #[error(
        "the client assertion lives too long: exp is {claim}, this server's clock says {now}, {apart} s earlier, and at most 3600 are allowed"
    )]
    TooLong {
        /// The claim.
        claim: i64,
        /// Our clock.
        now: i64,
        /// The difference.
        apart: i64,
    },
    /// `iat` or `nbf` lies ahead.
    #[error(
        "the client assertion is from the future: {name} is {claim}, this server's clock says {now}, {apart} s earlier, and at most 60 are allowed"
    )]
    Future {
        /// Which claim.
        name: &'static str,
        /// The claim.
        claim: i64,
        /// Our clock.
        now: i64,
        /// The difference.
        apart: i64,
    },
    /// No `jti`.
    #[error("the client assertion needs a jti of 1 to 1,000 bytes (OpenID Connect Core section 9)")]
    NoId,
    /// The `jti` came before.
    #[error(
        "this client assertion was used before: each is good once (OpenID Connect Core section 9)"
    )]
    Replayed,
}

/// Judges the claims of a client's assertion about itself, whose signature is good.
pub fn judge(
    claims: &Map<String, Value>,
    expected: Expected<'_>,
    now: Timestamp,
) -> Result<Assertion, AssertionError> {
    if claims.get("sub").and_then(Value::as_str) != Some(expected.client_id.as_str()) {
        return Err(AssertionError::Identity);
    }
    judge_about_anybody(claims, expected, now)
}

/// Judges the claims of a client's assertion, whoever its `sub` is (RFC 7523 section 3).
pub fn judge_about_anybody(
    claims: &Map<String, Value>,
    expected: Expected<'_>,
    now: Timestamp,
) -> Result<Assertion, AssertionError> {
    if claims.get("iss").and_then(Value::as_str) != Some(expected.client_id.as_str()) {
        return Err(AssertionError::Identity);
    }
    if !is_for_us(claims.get("aud"), expected) {
        return Err(AssertionError::Audience);
    }
    let expires = time(claims, "exp")?.ok_or(AssertionError::NoTime("exp"))?;
    let now_seconds = now.seconds();
    let apart = expires.saturating_sub(now_seconds);
    if Timestamp::from_seconds(expires) + SKEW <= now {
        return Err(AssertionError::Expired {
            claim: expires,
            now: now_seconds,
            apart: apart.saturating_neg(),
        });
    }
    if Timestamp::from_seconds(expires) > now + LONGEST + SKEW {
        return Err(AssertionError::TooLong { claim: expires, now: now_seconds, apart });
    }
    for name in ["iat", "nbf"] {
        let Some(claim) = time(claims, name)? else { continue };
        if Timestamp::from_seconds(claim) > now + SKEW {
            let apart = claim.saturating_sub(now_seconds);
            return Err(AssertionError::Future { name, claim, now: now_seconds, apart });
        }
    }
    let id = claims.get("jti").and_then(Value::as_str).unwrap_or_default();
    if id.is_empty() || id.len() > LONGEST_ID {
        return Err(AssertionError::NoId);
    }
    Ok(Assertion {
        id: Digest::of(id),
        remember_until: Timestamp::from_seconds(expires) + SKEW + seconds(1),
    })
}

/// One audience, so that no other server can use the assertion here, nor we there (CVE-2025-27370).
fn is_for_us(aud: Option<&Value>, expected: Expected<'_>) -> bool {
    let one = match aud {
        Some(Value::Array(list)) => match list.as_slice() {
            [one] => one.as_str(),
            _ => None,
        },
        Some(other) => other.as_str(),
        None => None,
    };
    one.is_some_and(|aud| aud == expected.issuer || expected.endpoints.iter().any(|url| url == aud))
}

/// A `NumericDate` (RFC 7519 section 2), which may have a fraction.
fn time(claims: &Map<String, Value>, name: &'static str) -> Result<Option<i64>, AssertionError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    #[expect(clippy::cast_possible_truncation, reason = "a cast from float saturates")]
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64));
    seconds.map(Some).ok_or(AssertionError::NoTime(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;
    const ISSUER: &str = "https://id.example";
    const TOKEN: &str = "https://id.example/token";
    const PAR: &str = "https://id.example/par";

    fn judged(change: &Value) -> Result<Assertion, AssertionError> {
        let mut claims = json!({
            "iss": "app", "sub": "app", "aud": ISSUER, "jti": "1",
            "iat": NOW, "exp": NOW + 300,
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let claims: Map<String, Value> =
            claims.as_object().unwrap().clone().into_iter().filter(|(_, v)| !v.is_null()).collect();
        let client_id = ClientId::parse("app").unwrap();
        let endpoints = [TOKEN.to_owned(), PAR.to_owned()];
        let expected = Expected { client_id: &client_id, issuer: ISSUER, endpoints: &endpoints };
        judge(&claims, expected, Timestamp::from_seconds(NOW))
    }

    #[test]
    fn rfc_7523_3_what_passes() {
        for change in [
            json!({}),
            json!({"aud": TOKEN}),
            json!({"aud": PAR}),
            json!({"aud": [ISSUER]}),
            json!({"iat": null}),
            json!({"iat": NOW + 60, "nbf": NOW + 60}),
            json!({"exp": NOW - 30}),
            json!({"exp": NOW + 3_600}),
            json!({"exp": 1_800_000_300.5}),
        ] {
            assert!(judged(&change).is_ok(), "{change}");
        }
    }

    #[test]
    fn cli_04_the_audience_is_this_server_alone() {
        for aud in [
            json!("https://other.example"),
            json!([ISSUER, "https://other.example"]),
            json!([ISSUER, TOKEN]),
            json!([]),
            json!("https://other.example/token"),
            json!("https://id.example/"),
            json!(7),
            json!(null),
        ] {
            assert_eq!(judged(&json!({"aud": aud})), Err(AssertionError::Audience), "{aud}");
        }
    }

    #[test]
    fn cli_05_identity_and_times() {
        let refused = |change: Value| judged(&change).unwrap_err();
        assert_eq!(refused(json!({"iss": "other"})), AssertionError::Identity);
        assert_eq!(refused(json!({"sub": "other"})), AssertionError::Identity);
        assert_eq!(refused(json!({"iss": "c1", "sub": "c1"})), AssertionError::Identity);
        assert_eq!(refused(json!({"exp": null})), AssertionError::NoTime("exp"));
        assert_eq!(refused(json!({"exp": "soon"})), AssertionError::NoTime("exp"));
        let ten_years = NOW + 10 * 365 * 86_400;
        assert!(matches!(refused(json!({"exp": ten_years})), AssertionError::TooLong { .. }));
        assert!(matches!(refused(json!({"exp": NOW - 60})), AssertionError::Expired { .. }));
        assert!(matches!(refused(json!({"exp": i64::MIN})), AssertionError::Expired { .. }));
        assert_eq!(refused(json!({"jti": null})), AssertionError::NoId);
        assert_eq!(refused(json!({"jti": ""})), AssertionError::NoId);
    }

    #[test]
    fn pain_20_a_wrong_clock_is_named() {
        let error = judged(&json!({"iat": NOW + 3_600})).unwrap_err();
        let text = error.to_string();
        for part in ["iat", "1800003600", "1800000000", "3600 s"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn cli_03_a_jti_is_remembered_as_long_as_the_assertion_passes() {
        let assertion = judged(&json!({})).unwrap();
        assert!(assertion.remember_until > Timestamp::from_seconds(NOW + 300) + SKEW);
    }
}
