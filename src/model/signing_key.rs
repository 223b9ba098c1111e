//! Keys and their life: pending → active → retiring → retired.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Secret, Timestamp};

/// A signature algorithm of RFC 7518 or RFC 8037: what this server signs with, and what it verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256: what OpenID Connect promises to every client.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// RSASSA-PSS with SHA-384.
    PS384,
    /// RSASSA-PSS with SHA-512.
    PS512,
    /// ECDSA on P-256.
    ES256,
    /// ECDSA on P-384.
    ES384,
    /// ECDSA on P-521.
    ES512,
    /// Ed25519.
    EdDSA,
}

impl Algorithm {
    /// Every algorithm, in the order that metadata lists them.
    pub const ALL: [Self; 10] = [
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::ES512,
        Self::EdDSA,
    ];

    /// The `alg` value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::ES512 => "ES512",
            Self::EdDSA => "EdDSA",
        }
    }

    /// The algorithm with this `alg` value, in this very spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == text)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a key of this server is for. Each has keys of its own, with the same life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyAlgorithm {
    /// Signing.
    Sign(Algorithm),
    /// Reading what clients encrypt with RSA-OAEP-256 (RFC 7518 section 4.3).
    RsaOaep256,
    /// Reading what clients encrypt with ECDH-ES, alone or with a key wrap (RFC 7518 section 4.6).
    EcdhEs,
}

impl KeyAlgorithm {
    /// Every one, those that sign first.
    pub fn all() -> impl Iterator<Item = Self> {
        Algorithm::ALL.into_iter().map(Self::Sign).chain([Self::RsaOaep256, Self::EcdhEs])
    }

    /// The `alg` value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sign(algorithm) => algorithm.as_str(),
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::EcdhEs => "ECDH-ES",
        }
    }

    /// The one with this `alg` value, in this very spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::all().find(|algorithm| algorithm.as_str() == text)
    }

    /// Whether such a key signs.
    pub const fn signs(self) -> bool {
        matches!(self, Self::Sign(_))
    }
}

impl From<Algorithm> for KeyAlgorithm {
    fn from(algorithm: Algorithm) -> Self {
        Self::Sign(algorithm)
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A key as it is stored. Its state follows from its times: nothing has to run to change it.
#[derive(Clone, Debug)]
pub struct KeyRecord {
    /// The RFC 7638 thumbprint.
    pub kid: String,
    /// What it is for.
    pub algorithm: KeyAlgorithm,
    /// Its place among the keys of this algorithm, from 1; unique with the algorithm.
    pub sequence: i64,
    /// The private JWK, encrypted under the master key.
    pub sealed_jwk: Secret<String>,
    /// The public JWK, as published.
    pub public_jwk: serde_json::Value,
    /// When it was made, and published.
    pub created_at: Timestamp,
    /// When it begins to sign.
    pub active_from: Timestamp,
    /// When its successor begins to sign.
    pub retiring_from: Option<Timestamp>,
    /// When the last token that it signed is past its time: it is published no longer.
    pub gone_at: Option<Timestamp>,
}

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Published, and not used yet.
    Pending,
    /// Signs.
    Active,
    /// Published, and only verifies.
    Retiring,
    /// Gone.
    Retired,
}

impl KeyRecord {
    /// Its state at a moment.
    pub fn state(&self, now: Timestamp) -> KeyState {
        if self.gone_at.is_some_and(|at| at <= now) {
            KeyState::Retired
        } else if self.retiring_from.is_some_and(|at| at <= now) {
            KeyState::Retiring
        } else if self.active_from <= now {
            KeyState::Active
        } else {
            KeyState::Pending
        }
    }

    /// The next moment after `now` at which its state changes by itself.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        [Some(self.active_from), self.retiring_from, self.gone_at]
            .into_iter()
            .flatten()
            .filter(|at| *at > now)
            .min()
    }
}
