//! How a client proves who it is at the token endpoint: OpenID Connect Core section 9.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A value of `token_endpoint_auth_method`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// It does not: a public client.
    None,
    /// Its secret in the `Authorization: Basic` header.
    ClientSecretBasic,
    /// Its secret in the form.
    ClientSecretPost,
    /// A JWT signed with its secret (RFC 7523).
    ClientSecretJwt,
    /// A JWT signed with its key (RFC 7523).
    PrivateKeyJwt,
}

impl AuthMethod {
    /// Every method, in the order that metadata lists them.
    pub const ALL: [Self; 5] = [
        Self::ClientSecretBasic,
        Self::ClientSecretPost,
        Self::ClientSecretJwt,
        Self::PrivateKeyJwt,
        Self::None,
    ];

    /// The value as metadata spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::ClientSecretJwt => "client_secret_jwt",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}

impl fmt::Display for AuthMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
