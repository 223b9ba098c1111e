//! Secrets of clients: made, stored as digests, and kept encrypted only where a client signs with its own
//! (`client_secret_jwt`, OpenID Connect Core section 9).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::{App, NotByClient};
use crate::keys::KeyError;
use crate::keys::client_keys::{self, Unproved};
use crate::model::client::{ClientSecret, Metadata};
use crate::model::{Client, Secret};

/// What the vault binds them to.
const PURPOSE: &str = "client_secret";

/// 256 random bits; 512 where it signs, since HS512 wants so many (Core section 16.19).
pub fn fresh_client_secret(app: &App, metadata: &Metadata) -> Secret<String> {
    Secret::new(if metadata.signs_with_secret() {
        URL_SAFE_NO_PAD.encode(app.random::<64>())
    } else {
        URL_SAFE_NO_PAD.encode(app.random::<32>())
    })
}

/// What is stored of a secret.
pub fn stored_client_secret(
    app: &App,
    metadata: &Metadata,
    secret: &Secret<String>,
) -> Result<ClientSecret, KeyError> {
    let mut stored = ClientSecret::of(secret);
    if metadata.signs_with_secret() {
        let sealed = app.vault().seal(PURPOSE, secret.expose().as_bytes())?;
        stored.sealed = Some(sealed.expose().clone());
    }
    Ok(stored)
}

/// The secrets after the registration has become this one, and the new one if none of the old will do.
pub fn client_secrets_after(
    app: &App,
    before: &[ClientSecret],
    metadata: &Metadata,
) -> Result<(Vec<ClientSecret>, Option<Secret<String>>), KeyError> {
    if !metadata.takes_secret() {
        return Ok((Vec::new(), None));
    }
    let kept: Vec<_> = if metadata.signs_with_secret() {
        before.iter().filter(|secret| secret.sealed.is_some()).cloned().collect()
    } else {
        before.iter().map(|secret| ClientSecret { sealed: None, ..secret.clone() }).collect()
    };
    if !kept.is_empty() {
        return Ok((kept, None));
    }
    let fresh = fresh_client_secret(app, metadata);
    Ok((vec![stored_client_secret(app, metadata, &fresh)?], Some(fresh)))
}

impl App {
    /// The claims of an assertion that a client signed with one of the secrets that are good now.
    pub fn signed_with_secret(
        &self,
        client: &Client,
        token: &str,
    ) -> Result<Map<String, Value>, NotByClient> {
        let now = self.now();
        let good = client.secrets.iter().filter(|each| each.expires_at.is_none_or(|at| now < at));
        let secrets = good
            .filter_map(|each| each.sealed.as_deref())
            .map(|sealed| self.vault().open_sealed(PURPOSE, sealed))
            .collect::<Result<Vec<_>, _>>();
        let secrets = secrets.map_err(|error| {
            tracing::error!(%error, "the secret of a client can not be read");
            Unproved::Secret
        })?;
        Ok(client_keys::verify_shared(&secrets, token)?)
    }
}
