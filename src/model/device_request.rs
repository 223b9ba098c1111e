//! What a device without a browser asks for: RFC 8628 section 3.

use std::fmt;

use super::{ClientId, Digest, Scopes, SessionId, Timestamp, UserId};

/// A request of a device, which somebody allows or denies in a browser elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRequest {
    /// The digest of the code that the device polls with.
    pub device_code: Digest,
    /// The keyed hash of the code that the person types.
    pub user_code: Digest,
    /// The app on the device.
    pub client_id: ClientId,
    /// What it asks for.
    pub scopes: Scopes,
    /// The APIs that it wants tokens for (RFC 8707).
    pub resources: Vec<String>,
    /// The keyed hash of the network that it came from.
    pub network: Digest,
    /// When it came.
    pub created_at: Timestamp,
    /// When it is over.
    pub expires_at: Timestamp,
    /// What somebody decided.
    pub decision: Option<Decision>,
    /// Whether the device has got its tokens.
    pub spent: bool,
}

/// What became of a device's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it was allowed.
    pub allowed: bool,
    /// By whom.
    pub user_id: UserId,
    /// In which session.
    pub session_id: SessionId,
    /// When.
    pub at: Timestamp,
}

/// The code that a person types: ten letters that make no words and are not mistaken for one another (section 6.1).
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode(String);

/// Consonants: 20 of them, so that ten letters hold 43 bits.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// How many letters there are.
const LETTERS: usize = 10;

impl UserCode {
    /// A code from random bytes; `None` when too few of them fit (a byte from 240 on would favour some letters).
    pub fn from_random(random: &[u8; 32]) -> Option<Self> {
        let letters = random.iter().filter(|byte| **byte < 240);
        let letters = letters.filter_map(|byte| ALPHABET.get(usize::from(byte % 20)));
        let code: String = letters.take(LETTERS).map(|letter| char::from(*letter)).collect();
        (code.len() == LETTERS).then_some(Self(code))
    }

    /// Reads what somebody typed: case, dashes and blanks do not matter.
    pub fn typed(text: &str) -> Option<Self> {
        let letters = text.chars().filter(|c| {
            !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '_' | '.') && !c.is_whitespace()
        });
        let code: String = letters.take(LETTERS + 1).map(|c| c.to_ascii_uppercase()).collect();
        let fits = code.len() == LETTERS && code.bytes().all(|b| ALPHABET.contains(&b));
        fits.then_some(Self(code))
    }

    /// The letters alone.
    pub fn letters(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (front, back) = self.0.split_at_checked(LETTERS / 2).unwrap_or((&self.0, ""));
        write!(f, "{front}-{back}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dev_01_a_code_has_43_bits_and_every_letter_is_as_likely() {
        let code = |bytes: [u8; 32]| UserCode::from_random(&bytes).map(|code| code.to_string());
        assert_eq!(code([0; 32]).as_deref(), Some("BBBBB-BBBBB"));
        assert_eq!(code([239; 32]).as_deref(), Some("ZZZZZ-ZZZZZ"));
        assert_eq!(code([240; 32]), None);
        let mut counts = [0; 20];
        for byte in 0..240_usize {
            counts[byte % 20] += 1;
        }
        assert_eq!(counts, [12; 20]);
    }

    #[test]
    fn rfc_8628_6_1_case_dashes_and_blanks_do_not_matter() {
        for text in [
            "BCDFG-HJKLM",
            "bcdfghjklm",
            " BCDFG HJKLM\n",
            "bcdfg\u{2013}hjklm",
            "B-C-D-F-G-H-J-K-L-M",
        ] {
            assert_eq!(UserCode::typed(text).unwrap().to_string(), "BCDFG-HJKLM", "{text}");
        }
        for text in [
            "",
            "BCDFG-HJKL",
            "BCDFG-HJKLMN",
            "BCDFG-HJKLA",
            "BCDFG-HJKL1",
            "BCDFG/HJKLM",
            "ÄCDFG-HJKL",
        ] {
            assert!(UserCode::typed(text).is_none(), "{text}");
        }
    }
}
