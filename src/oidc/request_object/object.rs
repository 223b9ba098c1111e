//! What a request object must say, and the parameters in it: RFC 9101 sections 4, 6.3 and 10.8, Core section 6.1.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::model::{Algorithm, ClientId, Digest, Once, OnceKind, Timestamp, seconds};

/// How far the clocks of client and server may be apart.
const SKEW: Duration = seconds(60);
/// The longest `jti`, in bytes.
const LONGEST_ID: usize = 1_000;
/// The claims that are about the object itself.
const OF_THE_OBJECT: [&str; 7] = ["iss", "aud", "exp", "nbf", "iat", "jti", "sub"];

/// For whom an object has to be.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The client that asks.
    pub client_id: &'a ClientId,
    /// This issuer.
    pub issuer: &'a str,
    /// How long a sign-in may take.
    pub sign_in: Duration,
}

/// Why a request object says nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// `alg` is `none`, from a client that registered how it signs.
    #[error(
        "the request object is not signed, and the client registered {0} as its request_object_signing_alg (OpenID Connect Registration section 2)"
    )]
    UnsignedDespite(Algorithm),
    /// Signed with another algorithm than the registered one.
    #[error(
        "the request object is signed with {used}, and the client registered {registered} as its request_object_signing_alg (OpenID Connect Registration section 2)"
    )]
    OtherAlgorithm {
        /// What it registered.
        registered: Algorithm,
        /// What it used.
        used: Algorithm,
    },
    /// The encryption, the signature, the header or the key.
    #[error("the request object could not be verified: {0} (RFC 9101 section 6.2)")]
    Signature(String),
    /// `iss` or `client_id` is another.
    #[error("{0} of the request object has to be the client_id (RFC 9101 sections 4 and 6.3)")]
    OtherClient(&'static str),
    /// `sub` is the client.
    #[error(
        "sub of the request object is the client_id, as in a client assertion, which is none (RFC 9101 section 10.8)"
    )]
    Assertion,
    /// `aud` is not this server.
    #[error("aud of the request object has to hold this issuer (RFC 9101 section 4)")]
    Audience,
    /// A time that is no number.
    #[error("{0} of the request object has to be a number of seconds (RFC 7519 section 2)")]
    NoTime(&'static str),
    /// `exp` has passed.
    #[error(
        "the request object expired: exp is {claim}, this server's clock says {now} (RFC 7519 section 4.1.4)"
    )]
    Expired {
        /// The claim.
        claim: i64,
        /// Our clock.
        now: i64,
    },
    /// `iat` or `nbf` lies ahead.
    #[error(
        "the request object is from the future: {name} is {claim}, this server's clock says {now} (RFC 7519 section 4.1.5)"
    )]
    Future {
        /// Which claim.
        name: &'static str,
        /// The claim.
        claim: i64,
        /// Our clock.
        now: i64,
    },
    /// A `jti` that is no name.
    #[error(
        "jti of the request object has to be a text of 1 to 1,000 bytes (RFC 7519 section 4.1.7)"
    )]
    Id,
    /// An object within the object.
    #[error("the request object holds {0}, and must hold none (RFC 9101 section 4)")]
    Nested(&'static str),
    /// A parameter that is no text.
    #[error(
        "the parameter {0} of the request object has a value that no such parameter can have (RFC 9101 section 4)"
    )]
    Parameter(String),
    /// More than can travel through the sign-in pages.
    #[error("the parameters of the request object together are too long")]
    TooLong,
}

/// Judges the claims of an object whose signature is good; what makes it good once, when it says so.
pub fn judge(
    claims: &Map<String, Value>,
    expected: Expected<'_>,
    now: Timestamp,
) -> Result<Option<Once>, ObjectError> {
    let client = expected.client_id.as_str();
    for name in ["iss", "client_id"] {
        if claims.get(name).is_some_and(|value| value != client) {
            return Err(ObjectError::OtherClient(name));
        }
    }
    if claims.get("sub").is_some_and(|value| value == client) {
        return Err(ObjectError::Assertion);
    }
    let for_us = |aud: &Value| {
        let among =
            aud.as_array().is_some_and(|all| all.iter().any(|each| each == expected.issuer));
        among || aud == expected.issuer
    };
    if !claims.get("aud").is_none_or(for_us) {
        return Err(ObjectError::Audience);
    }
    for name in ["request", "request_uri"] {
        if claims.contains_key(name) {
            return Err(ObjectError::Nested(name));
        }
    }
    let expires = in_time(claims, now)?;
    let id = match claims.get("jti") {
        None => return Ok(None),
        Some(Value::String(id)) if (1..=LONGEST_ID).contains(&id.len()) => id,
        Some(_) => return Err(ObjectError::Id),
    };
    Ok(expires.map(|expires| Once {
        kind: OnceKind::Object,
        id: Digest::of(format!("request object {id}")),
        until: expires + SKEW + expected.sign_in,
    }))
}

/// When it expires, if it says so.
fn in_time(claims: &Map<String, Value>, now: Timestamp) -> Result<Option<Timestamp>, ObjectError> {
    let ours = now.seconds();
    for name in ["iat", "nbf"] {
        if let Some(claim) = time(claims, name)?.filter(|claim| *claim > now + SKEW) {
            return Err(ObjectError::Future { name, claim: claim.seconds(), now: ours });
        }
    }
    match time(claims, "exp")? {
        Some(claim) if claim + SKEW <= now => {
            Err(ObjectError::Expired { claim: claim.seconds(), now: ours })
        }
        expires => Ok(expires),
    }
}

/// A `NumericDate` (RFC 7519 section 2), which may have a fraction.
fn time(claims: &Map<String, Value>, name: &'static str) -> Result<Option<Timestamp>, ObjectError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    #[expect(clippy::cast_possible_truncation, reason = "a cast from float saturates")]
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64));
    seconds.map(|at| Some(Timestamp::from_seconds(at))).ok_or(ObjectError::NoTime(name))
}

/// The parameters, as they would stand in a query: numbers and JSON as text (RFC 9101 section 4).
pub fn parameters(claims: Map<String, Value>) -> Result<Vec<(String, String)>, ObjectError> {
    let mut parameters = Vec::new();
    for (name, value) in claims {
        if OF_THE_OBJECT.contains(&name.as_str()) {
            continue;
        }
        match value {
            Value::Null => {}
            Value::String(text) => parameters.push((name, text)),
            Value::Number(number) => parameters.push((name, number.to_string())),
            Value::Bool(flag) => parameters.push((name, flag.to_string())),
            Value::Object(_) => parameters.push((name, value.to_string())),
            Value::Array(values) if name == "resource" => {
                for value in values {
                    let Value::String(text) = value else {
                        return Err(ObjectError::Parameter(name));
                    };
                    parameters.push((name.clone(), text));
                }
            }
            Value::Array(_) => return Err(ObjectError::Parameter(name)),
        }
    }
    Ok(parameters)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::days;

    const NOW: i64 = 1_800_000_000;
    const ISSUER: &str = "https://id.example";

    fn judged(claims: &Value) -> Result<Option<Once>, ObjectError> {
        let client_id = ClientId::parse("app").unwrap();
        let expected = Expected { client_id: &client_id, issuer: ISSUER, sign_in: days(7) };
        judge(claims.as_object().unwrap(), expected, Timestamp::from_seconds(NOW))
    }

    #[test]
    fn rfc_9101_4_what_passes() {
        for claims in [
            json!({}),
            json!({"iss": "app", "client_id": "app", "aud": ISSUER}),
            json!({"aud": [ISSUER, "https://other.example"]}),
            json!({"iat": NOW, "nbf": NOW + 8, "exp": NOW + 300}),
            json!({"exp": NOW - 59}),
            json!({"exp": 1_800_000_300.5}),
            json!({"sub": "somebody"}),
            json!({"jti": "one"}),
        ] {
            assert_eq!(judged(&claims), Ok(None), "{claims}");
        }
    }

    #[test]
    fn par_05_par_06_and_jos_11_what_is_for_others_or_of_another_time_is_refused() {
        let refused = |claims: Value| judged(&claims).unwrap_err();
        assert_eq!(refused(json!({"iss": "other"})), ObjectError::OtherClient("iss"));
        assert_eq!(refused(json!({"client_id": "other"})), ObjectError::OtherClient("client_id"));
        assert_eq!(refused(json!({"client_id": ["app"]})), ObjectError::OtherClient("client_id"));
        assert_eq!(refused(json!({"iss": "app", "sub": "app"})), ObjectError::Assertion);
        for aud in
            [json!("https://other.example"), json!([]), json!(7), json!("https://id.example/")]
        {
            assert_eq!(refused(json!({"aud": aud})), ObjectError::Audience, "{aud}");
        }
        assert!(matches!(refused(json!({"exp": NOW - 3_600})), ObjectError::Expired { .. }));
        assert!(matches!(refused(json!({"exp": NOW - 60})), ObjectError::Expired { .. }));
        assert!(matches!(refused(json!({"nbf": NOW + 3_600})), ObjectError::Future { .. }));
        assert!(matches!(refused(json!({"iat": NOW + 61})), ObjectError::Future { .. }));
        assert_eq!(refused(json!({"exp": "soon"})), ObjectError::NoTime("exp"));
        assert_eq!(refused(json!({"jti": 7})), ObjectError::Id);
        assert_eq!(refused(json!({"request": "a.b.c"})), ObjectError::Nested("request"));
        assert_eq!(
            refused(json!({"request_uri": "https://a"})),
            ObjectError::Nested("request_uri")
        );
    }

    #[test]
    fn a_jti_with_an_end_is_good_once_for_as_long_as_a_sign_in_may_take() {
        let once = judged(&json!({"jti": "one", "exp": NOW + 60})).unwrap().unwrap();
        assert_eq!(once.until, Timestamp::from_seconds(NOW + 120) + days(7));
        let other = judged(&json!({"jti": "two", "exp": NOW + 60})).unwrap().unwrap();
        assert_ne!(once.id, other.id);
    }

    #[test]
    fn rfc_9101_4_parameters_keep_their_json() {
        let claims = json!({
            "iss": "app", "aud": ISSUER, "exp": 1, "jti": "x", "scope": "openid", "max_age": 3600,
            "claims": {"userinfo": {"name": null}}, "nothing": null,
            "resource": ["https://a.example", "https://b.example"],
        });
        let mut parameters = parameters(claims.as_object().unwrap().clone()).unwrap();
        parameters.sort();
        let pairs: Vec<_> =
            parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            pairs,
            [
                ("claims", r#"{"userinfo":{"name":null}}"#),
                ("max_age", "3600"),
                ("resource", "https://a.example"),
                ("resource", "https://b.example"),
                ("scope", "openid"),
            ]
        );
        let list = json!({"redirect_uri": ["https://a.example"]});
        assert!(super::parameters(list.as_object().unwrap().clone()).is_err());
    }
}
