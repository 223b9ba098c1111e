//! SHA-256 of something that must be compared, and never read back.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// The SHA-256 of a secret, as base64url text of 43 characters: what the database holds instead of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self(URL_SAFE_NO_PAD.encode(digest(&SHA256, bytes.as_ref())))
    }

    /// A digest that was stored as text.
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text that is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the digest of `candidate`, in the same time wherever the two differ.
    pub fn fits(&self, candidate: impl AsRef<[u8]>) -> bool {
        let candidate = Self::of(candidate);
        aws_lc_rs::constant_time::verify_slices_are_equal(self.0.as_bytes(), candidate.0.as_bytes())
            .is_ok()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({}…)", self.0.get(..6).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_base64url_sha_256() {
        assert_eq!(Digest::of("abc").as_str(), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
        assert!(Digest::of("abc").fits("abc"));
        assert!(!Digest::of("abc").fits("abd"));
    }
}
