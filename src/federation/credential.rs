//! How this server shows a provider that it is itself: RFC 6749 section 2.3, OpenID Connect Core section 9, RFC 7523.

use std::path::Path;
use std::sync::Arc;

use josekit::jws::{ES256, JwsHeader, serialize_compact};
use openidconnect::AuthType;
use openidconnect::core::{CoreClientAuthMethod, CoreJwsSigningAlgorithm};
use serde_json::json;

use super::connector::{Connector, Known};
use super::failure::Failure;
use crate::config::{Credential, Dialect, Held, SecretMethod};
use crate::keys::KeyRing;
use crate::model::{Algorithm, Secret, Timestamp, minutes};
use crate::outgoing::Outgoing;

/// For how many minutes an assertion is good.
const LIFE_MINUTES: u64 = 5;
/// What an assertion is (RFC 7523 section 2.2).
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// With what a provider is asked.
pub struct Tools<'a> {
    /// The way out.
    pub outgoing: &'a Outgoing,
    /// This server's own keys, where the provider knows it by them.
    pub keys: Option<Arc<KeyRing>>,
    /// The moment.
    pub now: Timestamp,
    /// 256 random bits in base64url, for an assertion.
    pub fresh: String,
}

/// What is sent along.
pub(super) struct Shown {
    /// A secret, and how it is sent.
    pub secret: Option<(Secret<String>, AuthType)>,
    /// Parameters beside it.
    pub more: Vec<(&'static str, String)>,
}

impl Connector {
    /// What this provider wants to see; several where a secret is being changed, to be tried in their order. Files are read anew
    /// each time, so that they can be changed.
    pub(super) fn shown(&self, known: &Known, tools: &Tools<'_>) -> Result<Vec<Shown>, Failure> {
        let secret = |secret, auth| Shown { secret: Some((secret, auth)), more: Vec::new() };
        match &self.settings.credential {
            Credential::Nothing => Ok(vec![Shown { secret: None, more: Vec::new() }]),
            Credential::Secret { held, method } => {
                let auth = match method {
                    Some(SecretMethod::Basic) => AuthType::BasicAuth,
                    Some(SecretMethod::Post) => AuthType::RequestBody,
                    None => offered(known),
                };
                let secrets = match held {
                    Held::File(file) => lines(&read(file)?),
                    Held::Kept => self.kept(tools.now),
                };
                Ok(secrets.into_iter().map(|text| secret(text, auth.clone())).collect())
            }
            Credential::Apple { team_id, key_id, held } => {
                let keys = match held {
                    Held::File(file) => vec![Secret::new(read(file)?)],
                    Held::Kept => self.kept(tools.now),
                };
                let claims = self.claims(team_id, &self.settings.issuer, tools);
                let signed = |key: &Secret<String>| {
                    let jwt = signed_by(key.expose(), key_id, &claims)?;
                    Ok(secret(Secret::new(jwt), AuthType::RequestBody))
                };
                keys.iter().map(signed).collect()
            }
            Credential::OwnKeys => {
                let assertion = self.assertion(known, tools)?;
                let more = vec![
                    ("client_assertion_type", ASSERTION.to_owned()),
                    ("client_assertion", assertion),
                ];
                Ok(vec![Shown { secret: None, more }])
            }
        }
    }

    /// Those of the database, as long as each is tried.
    fn kept(&self, now: Timestamp) -> Vec<Secret<String>> {
        let tried = self.secrets.iter().filter(|(_, until)| until.is_none_or(|until| now < until));
        tried.map(|(secret, _)| secret.clone()).collect()
    }

    fn claims(&self, issuer: &str, audience: &str, tools: &Tools<'_>) -> serde_json::Value {
        json!({
            "iss": issuer,
            "sub": self.settings.client_id,
            "aud": audience,
            "iat": tools.now.seconds(),
            "exp": (tools.now + minutes(LIFE_MINUTES)).seconds(),
            "jti": tools.fresh,
        })
    }

    /// The audience is the issuer, so that nobody else can use it; Entra knows itself by its token endpoint alone.
    fn assertion(&self, known: &Known, tools: &Tools<'_>) -> Result<String, Failure> {
        let failed =
            |reason: &str| Failure::Secret(format!("no assertion can be signed: {reason}"));
        let keys = tools.keys.as_ref().ok_or_else(|| failed("there are no keys"))?;
        let endpoint = known.metadata.token_endpoint().map(|url| url.as_str());
        let audience = match self.settings.dialect {
            Dialect::Entra { .. } => endpoint.unwrap_or(&self.settings.issuer),
            Dialect::Standard | Dialect::Google | Dialect::Apple | Dialect::Plain(_) => {
                &self.settings.issuer
            }
        };
        let allowed = known.metadata.token_endpoint_auth_signing_alg_values_supported();
        let is = |one: &CoreJwsSigningAlgorithm, name: &str| {
            serde_json::to_value(one).is_ok_and(|one| one == name)
        };
        let fits = |algorithm: &Algorithm| {
            allowed.is_none_or(|all| all.iter().any(|one| is(one, algorithm.as_str())))
                && keys.signs_with(*algorithm, tools.now)
        };
        let algorithm =
            [Algorithm::ES256, Algorithm::RS256, Algorithm::PS256].into_iter().find(fits);
        let algorithm =
            algorithm.ok_or_else(|| failed("the provider takes none of RS256, PS256 and ES256"))?;
        let claims = self.claims(&self.settings.client_id, audience, tools);
        keys.sign(algorithm, "JWT", &claims, tools.now).map_err(|error| failed(&error.to_string()))
    }
}

/// Basic is what every provider has to take (RFC 6749 section 2.3.1), unless it says otherwise.
fn offered(known: &Known) -> AuthType {
    let methods = known.metadata.token_endpoint_auth_methods_supported();
    let basic = methods.is_none_or(|all| {
        all.contains(&CoreClientAuthMethod::ClientSecretBasic)
            || !all.contains(&CoreClientAuthMethod::ClientSecretPost)
    });
    if basic { AuthType::BasicAuth } else { AuthType::RequestBody }
}

fn read(file: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file);
    let text = text.map_err(|error| Failure::Secret(format!("{}: {error}", file.display())))?;
    Ok(text.trim().to_owned())
}

fn lines(text: &str) -> Vec<Secret<String>> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| Secret::new(line.to_owned()))
        .collect()
}

fn signed_by(pem: &str, key_id: &str, claims: &serde_json::Value) -> Result<String, Failure> {
    let failed =
        |error: josekit::JoseError| Failure::Secret(format!("the key can't sign: {error}"));
    let mut header = JwsHeader::new();
    header.set_key_id(key_id);
    let signer = ES256.signer_from_pem(pem).map_err(failed)?;
    serialize_compact(claims.to_string().as_bytes(), &header, &signer).map_err(failed)
}
