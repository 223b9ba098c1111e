//! The provider tells that a session has ended: OpenID Connect Back-Channel Logout section 2.6.

use openidconnect::JsonWebKey as _;
use openidconnect::core::CoreJwsSigningAlgorithm;
use serde_json::{Map, Value, json};

use super::connector::{Connector, Known};
use super::failure::Failure;
use crate::keys::gate::{self, Expect, Passed};
use crate::model::{Timestamp, minutes};
use crate::outgoing::Outgoing;

/// What a logout token is about.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Who was signed out there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedOut {
    /// The person; of a token without a session all of theirs have ended.
    pub subject: Option<String>,
    /// The session.
    pub sid: Option<String>,
}

impl Connector {
    /// Who a logout token says was signed out. Whether it came before is not asked: who was signed out stays so.
    pub async fn signed_out(
        &self,
        token: &str,
        outgoing: &Outgoing,
        now: Timestamp,
    ) -> Result<SignedOut, Failure> {
        let token = gate::pass(token, Expect::LogoutToken)?;
        let signed_out = judge(&token.claims, &self.settings.issuer, &self.settings.client_id, now);
        let signed_out = signed_out.map_err(|reason| Failure::LogoutToken(reason.to_owned()))?;
        let known = self.known(outgoing, now).await?;
        if is_genuine(&token, &known) {
            return Ok(signed_out);
        }
        let known = self.renewed(outgoing, now, &known).await?;
        if is_genuine(&token, &known) {
            return Ok(signed_out);
        }
        Err(Failure::LogoutToken("its signature is not one of the provider's keys".to_owned()))
    }
}

fn is_genuine(token: &Passed<'_>, known: &Known) -> bool {
    let name = json!(token.algorithm.as_str());
    let Ok(algorithm) = serde_json::from_value::<CoreJwsSigningAlgorithm>(name) else {
        return false;
    };
    let announced = known.metadata.id_token_signing_alg_values_supported().contains(&algorithm);
    let fits = |kid: Option<&str>| token.kid.is_none() || token.kid.as_deref() == kid;
    announced
        && known.metadata.jwks().keys().iter().any(|key| {
            fits(key.key_id().map(|kid| kid.as_str()))
                && key
                    .verify_signature(&algorithm, token.signed.as_bytes(), &token.signature)
                    .is_ok()
        })
}

fn judge(
    claims: &Map<String, Value>,
    issuer: &str,
    client_id: &str,
    now: Timestamp,
) -> Result<SignedOut, &'static str> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let time = |name: &str| claims.get(name).and_then(Value::as_i64).map(Timestamp::from_seconds);
    if text("iss") != Some(issuer) {
        return Err("its iss is another");
    }
    let for_us = match claims.get("aud") {
        Some(Value::String(aud)) => aud == client_id,
        Some(Value::Array(all)) => all.iter().any(|aud| aud == client_id),
        _ => false,
    };
    if !for_us {
        return Err("its aud does not name us");
    }
    let (exp, iat) = (time("exp").ok_or("it has no exp")?, time("iat").ok_or("it has no iat")?);
    if exp + minutes(1) <= now || iat > now + minutes(1) {
        return Err("it has expired, or its iat is ahead of this server's clock");
    }
    if text("jti").is_none_or(str::is_empty) {
        return Err("it has no jti");
    }
    let event = claims.get("events").and_then(|events| events.get(EVENT));
    if !event.is_some_and(Value::is_object) {
        return Err("its events say something else");
    }
    // An ID token has one, and must not pass for a logout token
    if claims.contains_key("nonce") {
        return Err("it has a nonce");
    }
    let (subject, sid) = (text("sub").map(str::to_owned), text("sid").map(str::to_owned));
    if subject.is_none() && sid.is_none() {
        return Err("it names neither a person nor a session");
    }
    Ok(SignedOut { subject, sid })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn judged(more: &Value) -> Result<SignedOut, &'static str> {
        let mut claims = json!({
            "iss": "https://up.example", "aud": "hat", "iat": NOW, "exp": NOW + 120, "jti": "1", "sub": "s-1",
            "sid": "a", "events": {EVENT: {}},
        });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let mut claims = claims.as_object().unwrap().clone();
        claims.retain(|_, value| !value.is_null());
        judge(&claims, "https://up.example", "hat", Timestamp::from_seconds(NOW))
    }

    #[test]
    fn section_2_6_only_a_whole_logout_token_for_us_counts() {
        let both = SignedOut { subject: Some("s-1".to_owned()), sid: Some("a".to_owned()) };
        assert_eq!(judged(&json!({})), Ok(both.clone()));
        assert_eq!(judged(&json!({"aud": ["x", "hat"], "exp": NOW - 30})), Ok(both.clone()));
        assert_eq!(judged(&json!({"sid": null})), Ok(SignedOut { sid: None, ..both.clone() }));
        assert_eq!(judged(&json!({"sub": null})), Ok(SignedOut { subject: None, ..both }));
        for more in [
            json!({"iss": "https://eve.example"}),
            json!({"aud": "other"}),
            json!({"aud": []}),
            json!({"exp": NOW - 60}),
            json!({"exp": null}),
            json!({"iat": NOW + 61}),
            json!({"iat": null}),
            json!({"jti": null}),
            json!({"jti": ""}),
            json!({"events": null}),
            json!({"events": {EVENT: true}}),
            json!({"events": {"other": {}}}),
            json!({"nonce": "n"}),
            json!({"sub": null, "sid": null}),
        ] {
            assert!(judged(&more).is_err(), "{more}");
        }
    }
}
