//! Tokens that nobody else can use: RFC 9449. Each sign-in has a key of its own, which is gone when it is done.

use std::sync::atomic::{AtomicU32, Ordering};

use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jws::{ES256, JwsHeader, serialize_compact};
use openidconnect::http::HeaderValue;
use openidconnect::http::header::AUTHORIZATION;
use openidconnect::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::Value;

use super::connector::{Connector, Known};
use super::credential::Tools;
use super::failure::Failure;
use super::wire;
use crate::model::{Digest, Timestamp};
use crate::outgoing::{Outgoing, OutgoingError};

/// The header of a proof.
const DPOP: &str = "dpop";

/// The key of a sign-in.
pub(super) struct Prover {
    key: Jwk,
    now: Timestamp,
    fresh: String,
    made: AtomicU32,
}

/// Section 4.2.
#[derive(Serialize)]
struct Claims<'a> {
    htm: &'a str,
    htu: &'a str,
    iat: i64,
    jti: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ath: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
}

impl Connector {
    /// A prover, where the provider takes proofs of it. Not where an app gets the token, since it could not use it.
    pub(super) fn prover(
        &self,
        known: &Known,
        tools: &Tools<'_>,
    ) -> Result<Option<Prover>, Failure> {
        let more = known.metadata.additional_metadata();
        let takes = more.dpop_signing_alg_values_supported.iter().any(|alg| alg == "ES256");
        if !takes || !self.settings.tokens_for.is_empty() {
            return Ok(None);
        }
        let key = Jwk::generate_ec_key(EcCurve::P256);
        let key = key.map_err(|error| Failure::Secret(error.to_string()))?;
        let (now, fresh) = (tools.now, tools.fresh.clone());
        Ok(Some(Prover { key, now, fresh, made: AtomicU32::new(0) }))
    }
}

impl Prover {
    /// Section 4.2. `token`: the one that it goes with (section 4.3).
    fn proof(
        &self,
        (method, url): (&str, &str),
        token: Option<&str>,
        nonce: Option<&str>,
    ) -> Result<String, josekit::JoseError> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let claims = Claims {
            htm: method,
            htu: url.split(['?', '#']).next().unwrap_or_default(),
            iat: self.now.seconds(),
            jti: format!("{}-{number}", self.fresh),
            ath: token.map(Digest::of),
            nonce,
        };
        let claims = serde_json::to_vec(&claims).unwrap_or_default();
        let mut header = JwsHeader::new();
        header.set_token_type("dpop+jwt");
        header.set_jwk(self.key.to_public_key()?);
        let signer = ES256.signer_from_jwk(&self.key)?;
        serialize_compact(&claims, &header, &signer)
    }

    /// Makes a request with a proof; once more where the provider wants its nonce in it (section 8). A bearer token in it becomes
    /// one of ours alone.
    pub(super) async fn send(
        &self,
        outgoing: &Outgoing,
        request: HttpRequest,
    ) -> Result<HttpResponse, OutgoingError> {
        let mut nonce = None;
        loop {
            let proved = self.proved(request.clone(), nonce.as_deref())?;
            let answer = wire::send(outgoing, proved).await?;
            let wants = answer.headers().get("dpop-nonce").and_then(|text| text.to_str().ok());
            let refused = [400, 401].contains(&answer.status().as_u16());
            match wants {
                Some(wants) if refused && nonce.is_none() && is_about_nonce(&answer) => {
                    nonce = Some(wants.to_owned());
                }
                Some(_) | None => return Ok(answer),
            }
        }
    }

    fn proved(
        &self,
        mut request: HttpRequest,
        nonce: Option<&str>,
    ) -> Result<HttpRequest, OutgoingError> {
        let failed = |error: &dyn std::fmt::Display| OutgoingError::Failed(error.to_string());
        let bearer = request.headers().get(AUTHORIZATION).and_then(|text| text.to_str().ok());
        let token = bearer.and_then(|text| text.strip_prefix("Bearer ")).map(str::to_owned);
        let target = (request.method().to_string(), request.uri().to_string());
        let proof = self.proof((&target.0, &target.1), token.as_deref(), nonce);
        let proof = HeaderValue::try_from(proof.map_err(|error| failed(&error))?);
        request.headers_mut().insert(DPOP, proof.map_err(|error| failed(&error))?);
        if let Some(token) = token {
            let own = HeaderValue::try_from(format!("DPoP {token}"));
            request.headers_mut().insert(AUTHORIZATION, own.map_err(|error| failed(&error))?);
        }
        Ok(request)
    }
}

/// A resource says it in a header that is not read here, so that any 401 is asked once more.
fn is_about_nonce(answer: &HttpResponse) -> bool {
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    let error = body.get("error").and_then(Value::as_str);
    error == Some("use_dpop_nonce") || answer.status().as_u16() == 401
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use serde_json::json;

    use super::*;

    #[test]
    fn section_4_2_a_proof_names_what_it_is_for() {
        let prover = Prover {
            key: Jwk::generate_ec_key(EcCurve::P256).unwrap(),
            now: Timestamp::from_seconds(1_700_000_000),
            fresh: "f".to_owned(),
            made: AtomicU32::new(0),
        };
        let mut jtis = Vec::new();
        for (token, nonce) in [(None, None), (Some("at"), Some("n"))] {
            let proof =
                prover.proof(("POST", "https://up.example/token?a=b#c"), token, nonce).unwrap();
            let verifier = ES256.verifier_from_jwk(&prover.key.to_public_key().unwrap()).unwrap();
            let (payload, header) = josekit::jwt::decode_with_verifier(&proof, &verifier).unwrap();
            assert_eq!(header.token_type(), Some("dpop+jwt"));
            let jwk = header.claim("jwk").unwrap();
            assert!(
                jwk.get("x").is_some() && jwk.get("d").is_none(),
                "the public half alone: {jwk}"
            );
            assert_eq!(payload.claim("htm"), Some(&json!("POST")));
            assert_eq!(payload.claim("htu"), Some(&json!("https://up.example/token")));
            assert_eq!(payload.claim("nonce"), nonce.map(|nonce| json!(nonce)).as_ref());
            let hash = URL_SAFE_NO_PAD
                .encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"at"));
            assert_eq!(payload.claim("ath"), token.map(|_| json!(hash)).as_ref());
            jtis.push(payload.jwt_id().unwrap().to_owned());
        }
        assert_ne!(jtis[0], jtis[1]);
    }
}
