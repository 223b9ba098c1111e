//! Signing keys and their life: pending → active → retiring → retired.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Secret, Timestamp};

/// A signature algorithm of RFC 7518 or RFC 8037 that this server signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256: what OpenID Connect promises to every client.
    RS256,
    /// RSASSA-PSS with SHA-256.
    PS256,
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
    pub const ALL: [Self; 6] =
        [Self::RS256, Self::PS256, Self::ES256, Self::ES384, Self::ES512, Self::EdDSA];

    /// The `alg` value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::PS256 => "PS256",
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

/// A signing key as it is stored. Its state follows from its times: nothing has to run to change it.
#[derive(Clone, Debug)]
pub struct KeyRecord {
    /// The RFC 7638 thumbprint.
    pub kid: String,
    /// What it signs with.
    pub algorithm: Algorithm,
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
