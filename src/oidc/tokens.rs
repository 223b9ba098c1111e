//! The tokens of an answer: RFC 6749 section 5.1, OpenID Connect Core section 2, RFC 9068 section 2.

use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value};

use super::claims::Person;
use super::protect;
use crate::http::{App, OauthError};
use crate::keys::KeyRing;
use crate::keys::jwe::Plain;
use crate::model::{
    Acr, Algorithm, Amr, Client, Grant, GrantId, Scopes, SessionId, Timestamp, User, UserId,
};

/// `typ` of access tokens (RFC 9068 section 2.1).
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";
/// `token_type` of access tokens (RFC 6750 section 4).
pub const TOKEN_TYPE: &str = "Bearer";
/// `typ` of ID tokens.
const ID_TOKEN_TYPE: &str = "JWT";

/// What tokens are made of.
#[derive(Clone, Copy, Debug)]
pub struct Issue<'a> {
    /// For whom.
    pub client: &'a Client,
    /// About whom.
    pub user: &'a User,
    /// What they hang from.
    pub grant: &'a Grant,
    /// The scopes of these tokens: the grant's, or fewer.
    pub scopes: &'a Scopes,
    /// The `nonce` of the authorization request; none in a refresh.
    pub nonce: Option<&'a str>,
}

/// The answer of the token endpoint.
#[derive(Serialize)]
pub struct Tokens {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    scope: String,
}

#[derive(Serialize)]
struct AccessClaims<'a> {
    iss: &'a str,
    sub: UserId,
    aud: [&'a str; 2],
    client_id: &'a str,
    exp: Timestamp,
    iat: Timestamp,
    jti: &'a str,
    scope: &'a str,
    auth_time: Timestamp,
    acr: Acr,
    gid: GrantId,
}

#[derive(Serialize)]
struct IdClaims<'a> {
    iss: &'a str,
    sub: UserId,
    aud: &'a str,
    exp: Timestamp,
    iat: Timestamp,
    auth_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    acr: Acr,
    amr: &'a [Amr],
    #[serde(skip_serializing_if = "Option::is_none")]
    at_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c_hash: Option<String>,
    sid: SessionId,
    #[serde(flatten)]
    user: Map<String, Value>,
}

/// An access token, signed.
pub struct AccessToken {
    /// Its text.
    pub text: String,
    /// For how many seconds it is good.
    pub expires_in: u64,
}

/// What an ID token comes with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// The access token of the same answer: `at_hash`.
    pub access_token: Option<&'a str>,
    /// The code of the same answer: `c_hash`.
    pub code: Option<&'a str>,
    /// No access token comes of the request, now or later: the claims of its scopes have no other place (Core section
    /// 5.4).
    pub alone: bool,
}

/// Signs the tokens: one ES256 signature, and one of the client's algorithm when `openid` was granted.
pub async fn issue(
    issue: Issue<'_>,
    refresh_token: Option<String>,
    keys: &KeyRing,
    app: &App,
) -> Result<Tokens, OauthError> {
    let AccessToken { text: access_token, expires_in } = access_token(issue, keys, app)?;
    let beside = Beside { access_token: Some(&access_token), ..Beside::default() };
    let id_token = if issue.scopes.contains("openid") {
        Some(id_token(issue, beside, keys, app).await?)
    } else {
        None
    };
    Ok(Tokens {
        id_token,
        access_token,
        token_type: TOKEN_TYPE,
        expires_in,
        refresh_token,
        scope: issue.scopes.to_string(),
    })
}

/// Signs an access token (RFC 9068 section 2).
pub fn access_token(
    issue: Issue<'_>,
    keys: &KeyRing,
    app: &App,
) -> Result<AccessToken, OauthError> {
    let (settings, now) = (app.settings(), app.now());
    let expires_at = expiry(issue.grant, settings.tokens.access_token, now);
    let issuer = settings.issuer.as_str();
    let client_id = issue.client.id.as_str();
    let claims = AccessClaims {
        iss: issuer,
        sub: issue.user.id,
        aud: [issuer, client_id],
        client_id,
        exp: expires_at,
        iat: now,
        jti: &URL_SAFE_NO_PAD.encode(app.random::<16>()),
        scope: &issue.scopes.to_string(),
        auth_time: issue.grant.authentication.time,
        acr: issue.grant.authentication.acr,
        gid: issue.grant.id,
    };
    let text = keys.sign(Algorithm::ES256, ACCESS_TOKEN_TYPE, &claims, now)?;
    Ok(AccessToken { text, expires_in: expires_at.since(now).as_secs() })
}

/// Signs an ID token (Core sections 2, 3.2.2.10 and 3.3.2.11), and encrypts it to who registered that.
pub async fn id_token(
    issue: Issue<'_>,
    beside: Beside<'_>,
    keys: &KeyRing,
    app: &App,
) -> Result<String, OauthError> {
    let (settings, now) = (app.settings(), app.now());
    let metadata = &issue.client.metadata;
    let authentication = &issue.grant.authentication;
    let algorithm = metadata.id_token_signed_response_alg;
    let person = Person {
        user: issue.user,
        scopes: issue.scopes,
        details: &issue.grant.details,
        offered: &settings.scopes,
    };
    let claims = IdClaims {
        iss: settings.issuer.as_str(),
        sub: issue.user.id,
        aud: issue.client.id.as_str(),
        exp: now + settings.tokens.id_token,
        iat: now,
        auth_time: authentication.time,
        nonce: issue.nonce,
        acr: authentication.acr,
        amr: &authentication.amr,
        at_hash: beside.access_token.map(|token| half_hash(algorithm, token)),
        c_hash: beside.code.map(|code| half_hash(algorithm, code)),
        sid: issue.grant.session_id,
        user: person.id_token(issue.client, beside.alone),
    };
    let token = keys.sign(algorithm, ID_TOKEN_TYPE, &claims, now)?;
    match metadata.id_token_encryption {
        Some(encryption) => {
            protect::encrypt(Plain::Jwt(&token), encryption, issue.client, app).await
        }
        None => Ok(token),
    }
}

/// No access token outlives its grant: whoever verifies it alone must not believe it longer than we do.
fn expiry(grant: &Grant, lifetime: Duration, now: Timestamp) -> Timestamp {
    (now + lifetime).min(grant.expires_at)
}

/// OpenID Connect Core sections 3.1.3.6 and 3.3.2.11: the left half of the hash that belongs to the ID token's algorithm.
fn half_hash(algorithm: Algorithm, text: &str) -> String {
    let hash = match algorithm {
        Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 => &digest::SHA256,
        Algorithm::RS384 | Algorithm::PS384 | Algorithm::ES384 => &digest::SHA384,
        Algorithm::RS512 | Algorithm::PS512 | Algorithm::ES512 | Algorithm::EdDSA => {
            &digest::SHA512
        }
    };
    let hash = digest::digest(hash, text.as_bytes());
    let bytes = hash.as_ref();
    URL_SAFE_NO_PAD.encode(bytes.get(..bytes.len() / 2).unwrap_or(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oidc_core_3_1_3_6_at_hash_is_the_left_half_of_the_algorithms_hash() {
        // The example of OpenID Connect Core appendix A.3
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(half_hash(Algorithm::RS256, token), "77QmUPtjPfzWtF2AnpK9RQ");
        for (algorithm, bytes) in [
            (Algorithm::ES256, 16),
            (Algorithm::ES384, 24),
            (Algorithm::ES512, 32),
            (Algorithm::EdDSA, 32),
        ] {
            let hash = URL_SAFE_NO_PAD.decode(half_hash(algorithm, token)).unwrap();
            assert_eq!(hash.len(), bytes, "{algorithm}");
        }
    }
}
