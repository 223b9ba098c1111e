//! Answers to a client as JWTs: signed, encrypted, or signed and then encrypted (OpenID Connect Core sections 5.3.2 and
//! 10.2, RFC 7519 section 5.2, RFC 9701 section 5).

use std::sync::Arc;

use serde::Serialize;

use crate::http::{App, NoKeys, OauthError};
use crate::keys::jwe::{self, NoRecipient, Plain};
use crate::keys::{KeyError, KeyRing};
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
        return encrypt(Plain::Jwt(&token), encryption, client, app).await;
    }
    let claims = serde_json::to_vec(claims)
        .map_err(|error| OauthError::from(KeyError::Crypto(error.to_string())))?;
    encrypt(Plain::Claims(&claims), encryption, client, app).await
}

/// The keys for an ID token of this client, asked for before anything is spent: ours, and its own when they are fetched.
pub async fn ready(client: &Client, app: &App) -> Result<Arc<KeyRing>, OauthError> {
    let metadata = &client.metadata;
    let fetched = metadata.jwks_uri.is_some();
    if let Some(encryption) = metadata.id_token_encryption.filter(|_| fetched) {
        encrypt(Plain::Claims(b"{}"), encryption, client, app).await?;
    }
    Ok(app.keys_for(metadata.id_token_signed_response_alg).await?)
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
pub async fn encrypt(
    plain: Plain<'_>,
    encryption: Encryption,
    client: &Client,
    app: &App,
) -> Result<String, OauthError> {
    let keys = app.keys_of(client).await.map_err(|error| no_keys(&error))?;
    let refused = match jwe::encrypt(&keys, encryption, plain) {
        Ok(sealed) => return Ok(sealed),
        Err(refused) => refused,
    };
    match app.other_keys_of(client, &keys).await {
        Some(newer) => jwe::encrypt(&newer, encryption, plain),
        None => Err(refused),
    }
    .map_err(|refused| no_recipient(&refused))
}

/// What was to be encrypted is not told in the clear.
fn no_keys(error: &NoKeys) -> OauthError {
    OauthError::new("invalid_request", error.to_string())
        .with_mend("let the client's jwks_uri answer with its keys, or register them as jwks")
}

/// The answer can't be given in the way that the client wants it, and is given in no other.
fn no_recipient(refused: &NoRecipient) -> OauthError {
    OauthError::new("invalid_request", refused.to_string()).with_mend(format!(
        "add a public key that {} can encrypt to, with \"use\": \"enc\", to the client's jwks",
        refused.0
    ))
}
