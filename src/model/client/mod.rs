//! An app that uses this login: a client of RFC 6749 section 2, an HPP application to the owner of a HAT.

mod auth_method;
mod grant_type;
mod localized;
mod metadata;
mod profile;
mod registration;
mod token_format;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use auth_method::AuthMethod;
pub use grant_type::GrantType;
pub use localized::Localized;
pub use metadata::{ApplicationType, Metadata, MetadataError, Protection, Requests, SubjectType};
pub use registration::Registrar;
pub use token_format::TokenFormat;

use super::{Digest, Secret, Timestamp};

/// A client identifier (RFC 6749 section 2.2): 1 to 200 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(String);

impl ClientId {
    /// Checks an identifier; `None` when no client can have it.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=200).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A registered app.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    /// Its identifier.
    pub id: ClientId,
    /// What it registered.
    pub metadata: Metadata,
    /// Its secrets: none for public clients and those with keys, two during a rotation.
    pub secrets: Vec<ClientSecret>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// One secret of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSecret {
    /// The digest of the secret.
    pub digest: Digest,
    /// When it stops being good; `None` until it is rotated out.
    pub expires_at: Option<Timestamp>,
    /// The secret itself, encrypted under the master key: only where its client signs with it (`client_secret_jwt`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
}

impl ClientSecret {
    /// What is stored of a secret.
    pub fn of(secret: &Secret<String>) -> Self {
        Self { digest: Digest::of(secret.expose()), expires_at: None, sealed: None }
    }
}

impl Client {
    /// The registration as JSON (RFC 7591 section 3.2.1), with a secret only when it has just been set.
    pub fn to_json(&self, secret: Option<&Secret<String>>) -> Map<String, Value> {
        let mut out = Map::new();
        out.insert("client_id".to_owned(), json!(self.id));
        out.insert("client_id_issued_at".to_owned(), json!(self.created_at));
        if let Some(secret) = secret {
            out.insert("client_secret".to_owned(), json!(secret.expose()));
        }
        if !self.secrets.is_empty() {
            // The newest one; 0 stands for never
            out.insert("client_secret_expires_at".to_owned(), json!(0));
        }
        out.extend(self.metadata.to_json());
        out
    }

    /// A client without a means to authenticate (RFC 6749 section 2.1).
    pub fn is_public(&self) -> bool {
        self.metadata.token_endpoint_auth_method == Some(AuthMethod::None)
    }

    /// Whether `secret` is one of its secrets now. Every secret is compared, in constant time.
    pub fn has_secret(&self, secret: &str, now: Timestamp) -> bool {
        self.secrets.iter().fold(false, |found, each| {
            let good = each.expires_at.is_none_or(|at| now < at);
            found | (each.digest.fits(secret) & good)
        })
    }
}
