//! The tokens of an answer: RFC 6749 section 5.1, OpenID Connect Core section 2, RFC 9068 section 2.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value};

use super::audience::Audience;
use super::claims::Person;
use super::mint::{self, Granted, Minted};
use super::{entitlements, protect};
use crate::http::{App, Extra, OauthError};
use crate::keys::jwe::Plain;
use crate::keys::{KeyError, KeyRing};
use crate::model::{Acr, Algorithm, Amr, Client, Grant, Scopes, SessionId, Timestamp, User};

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
    /// Whom the access token is for.
    pub audience: &'a Audience,
    /// The `nonce` of the authorization request; none in a refresh.
    pub nonce: Option<&'a str>,
    /// What the deployment adds.
    pub extra: &'a Extra,
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
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
}

#[derive(Serialize)]
struct IdClaims<'a> {
    iss: &'a str,
    sub: String,
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

impl Tokens {
    fn alone(Minted { text: access_token, expires_in }: Minted, audience: &Audience) -> Self {
        Self {
            access_token,
            token_type: TOKEN_TYPE,
            expires_in,
            refresh_token: None,
            id_token: None,
            scope: audience.scopes.to_string(),
        }
    }
}

/// Signs the tokens: one ES256 signature, and one of the client's algorithm when `openid` was granted.
pub async fn issue(
    issue: Issue<'_>,
    refresh_token: Option<String>,
    keys: &KeyRing,
    app: &App,
) -> Result<Tokens, OauthError> {
    let Minted { text: access_token, expires_in } = access_token(issue, keys, app).await?;
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
        scope: issue.audience.scopes.to_string(),
    })
}

/// An access token and nothing beside it.
pub async fn access_alone(
    issue: Issue<'_>,
    keys: &KeyRing,
    app: &App,
) -> Result<Tokens, OauthError> {
    Ok(Tokens::alone(access_token(issue, keys, app).await?, issue.audience))
}

/// An access token for the audience (RFC 9068 section 2).
pub async fn access_token(
    issue: Issue<'_>,
    keys: &KeyRing,
    app: &App,
) -> Result<Minted, OauthError> {
    let Issue { client, grant, audience, .. } = issue;
    let held = entitlements::for_audience(grant.user_id, client, audience, app).await?;
    let extra = issue.extra.access_token.clone();
    Ok(mint::for_person(Granted { client, grant, held, extra }, audience, keys, app)?)
}

/// The answer to a client that acts for itself: no refresh token (RFC 6749 section 4.4.3), and nobody to tell of.
pub fn for_client(
    client: &Client,
    audience: &Audience,
    extra: Extra,
    keys: &KeyRing,
    app: &App,
) -> Result<Tokens, KeyError> {
    let minted = mint::for_client(client, audience, extra.access_token, keys, app)?;
    Ok(Tokens::alone(minted, audience))
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
    let (scopes, details) = (issue.scopes, &issue.grant.details);
    let asked = (scopes, details);
    let held = &entitlements::for_client(issue.user.id, issue.client, asked, app).await?;
    let person = Person { user: issue.user, scopes, details, held, offered: &settings.scopes };
    let claims = IdClaims {
        iss: settings.issuer.as_str(),
        sub: app.sealer().subject(issue.client, issue.user.id),
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
        user: with(person.id_token(issue.client, beside.alone), &issue.extra.id_token),
    };
    let token = keys.sign(algorithm, ID_TOKEN_TYPE, &claims, now)?;
    match metadata.id_token_encryption {
        Some(encryption) => {
            protect::encrypt(Plain::Jwt(&token), encryption, issue.client, app).await
        }
        None => Ok(token),
    }
}

/// The claims about the person, and those that the deployment adds or says otherwise.
fn with(mut claims: Map<String, Value>, extra: &Map<String, Value>) -> Map<String, Value> {
    claims.extend(extra.clone());
    claims
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
