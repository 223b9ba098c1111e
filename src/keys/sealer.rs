//! What travels through browsers without being read or changed there, and keyed hashes.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::Secret;

/// Seals values into URL-safe text with AES-256-GCM. Every message has a key of its own, derived from 16 random
/// bytes, so that no number of messages brings two nonces together.
#[derive(Clone)]
pub struct Sealer;

/// What a sealed text or keyed hash is for: one made for one purpose is nothing for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A sign-in under way.
    Interaction,
    /// An authorization code.
    Code,
    /// The token of a form.
    Csrf,
    /// The next refresh token.
    Refresh,
    /// A pairwise subject, or anything else later.
    Notice,
}

impl Sealer {
    /// A sealer over the instance's secret.
    pub fn new(_instance_secret: &Secret<[u8; 32]>) -> Self {
        todo!()
    }

    /// Seals a value; `random`: 16 bytes for the message's key and 12 for its nonce.
    pub fn seal<T: Serialize>(&self, _purpose: Purpose, _value: &T, _random: &[u8; 28]) -> String {
        todo!()
    }

    /// Opens what [`Sealer::seal`] made; `None` for everything else.
    pub fn open<T: DeserializeOwned>(&self, _purpose: Purpose, _sealed: &str) -> Option<T> {
        todo!()
    }

    /// HMAC-SHA-256 under a key for this purpose.
    pub fn mac(&self, _purpose: Purpose, _message: &[u8]) -> [u8; 32] {
        todo!()
    }
}
