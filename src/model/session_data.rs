//! What an app keeps with a session.

use serde::de::IgnoredAny;

/// JSON of an app, at one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionData {
    /// Changes with each write.
    pub version: String,
    /// The JSON, as the app wrote it.
    pub json: String,
}

impl SessionData {
    /// The most that an app may keep, in bytes.
    pub const LONGEST: usize = 256 * 1024;

    /// What can be kept: one JSON value in UTF-8 (RFC 8259).
    pub fn json(bytes: &[u8]) -> Option<&str> {
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= Self::LONGEST)?;
        serde_json::from_str::<IgnoredAny>(text).is_ok().then_some(text)
    }
}

/// What has to hold for a write: RFC 9110 section 13.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// There is nothing yet (`If-None-Match: *`).
    Absent,
    /// There is something (`If-Match: *`).
    Present,
    /// There is one of these versions (`If-Match`).
    OneOf(Vec<String>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_8259_2_one_value_in_utf_8() {
        for good in ["{}", " [1, {\"a\": null}]\n", "\"\u{e9}\"", "7", "true"] {
            assert_eq!(SessionData::json(good.as_bytes()), Some(good));
        }
        let deep = "[".repeat(100_000);
        for bad in ["", " ", "{", "{} {}", "nul", "'a'", "\u{feff}{}", "\"\u{0}\"", &deep] {
            assert_eq!(SessionData::json(bad.as_bytes()), None, "{bad:.20}");
        }
        assert_eq!(SessionData::json(b"\"\xff\""), None);
    }
}
