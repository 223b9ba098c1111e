//! Authenticator apps: RFC 6238 with SHA-1, six digits and 30 seconds, which every app knows.

use crate::model::{Secret, Timestamp};

/// A shared secret, 16 to 64 bytes.
#[derive(Clone, Debug)]
pub struct TotpSecret(Secret<Vec<u8>>);

impl TotpSecret {
    /// A new secret of 20 random bytes (RFC 4226 section 4).
    pub fn new(_random: [u8; 20]) -> Self {
        todo!()
    }

    /// A secret in base32, as people type it: blanks, dashes and case do not matter.
    pub fn from_base32(_text: &str) -> Option<Self> {
        todo!()
    }

    /// In base32, for people to type and to seal.
    pub fn to_base32(&self) -> String {
        todo!()
    }

    /// The `otpauth://` URL that authenticator apps read.
    pub fn url(&self, _issuer_name: &str, _account: &str) -> String {
        todo!()
    }

    /// The step whose code this is: the present one or one beside it, and after `last_step`.
    pub fn step_of(&self, _code: &str, _now: Timestamp, _last_step: Option<i64>) -> Option<i64> {
        todo!()
    }
}

/// The QR code of a URL as an SVG element without inline style.
pub fn qr_svg(_url: &str) -> String {
    todo!()
}
