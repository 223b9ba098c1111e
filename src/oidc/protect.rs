//! Answers to a client as JWTs: signed, encrypted, or signed and then encrypted (OpenID Connect Core sections 5.3.2 and
//! 10.2, RFC 7519 section 5.2, RFC 9701 section 5).

use serde::Serialize;
use serde_json::Value;

use crate::http::{App, OauthError};
use crate::keys::KeyError;
use crate::keys::jwe::{self, NoRecipient, Plain};
use crate::model::client::Protection;
use crate::model::{Algorithm, Client, Encryption};

/// Claims as a JWT for the client. Who registered neither gets them signed with RS256, the default of RFC 9701 section 6.
pub async fn seal<T: Serialize>(
    claims: &T,
    typ: &str,
    protection: Protection,
    client: &Client,
    app: &App,
) -> Result<String, OauthError> {
    let Protection { signed, encrypted } = protection;
    let Some(encryption) = encrypted else {
        return sign(claims, typ, signed.unwrap_or(Algorithm::RS256), app).await;
    };
    if let Some(algorithm) = signed {
        let token = sign(claims, typ, algorithm, app).await?;
        return encrypt(Plain::Jwt(&token), encryption, client);
    }
    let claims = serde_json::to_vec(claims)
        .map_err(|error| OauthError::from(KeyError::Crypto(error.to_string())))?;
    encrypt(Plain::Claims(&claims), encryption, client)
}

async fn sign<T: Serialize>(
    claims: &T,
    typ: &str,
    algorithm: Algorithm,
    app: &App,
) -> Result<String, OauthError> {
    Ok(app.keys_for(algorithm).await?.sign(algorithm, typ, claims, app.now())?)
}

/// Encrypts to one of the client's keys.
pub fn encrypt(
    plain: Plain<'_>,
    encryption: Encryption,
    client: &Client,
) -> Result<String, OauthError> {
    let keys = client.metadata.jwks.as_ref().unwrap_or(&Value::Null);
    jwe::encrypt(keys, encryption, plain).map_err(|refused| no_recipient(&refused))
}

/// The answer can't be given in the way that the client wants it, and is given in no other.
fn no_recipient(refused: &NoRecipient) -> OauthError {
    OauthError::new("invalid_request", refused.to_string()).with_mend(format!(
        "add a public key that {} can encrypt to, with \"use\": \"enc\", to the client's jwks",
        refused.0
    ))
}
