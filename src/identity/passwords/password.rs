//! Which texts are passwords (NIST SP 800-63B section 5.1.1): any characters, a length, and not the obvious ones.

use unicode_normalization::UnicodeNormalization;
use zxcvbn::{Score, zxcvbn};

use crate::model::Secret;

const SHORTEST: usize = 8;
const LONGEST: usize = 1_024;
/// Normalising takes time by length, and shortens to a third at best (full-width letters): beyond this it can't fit.
const LONGEST_TYPED: usize = 4 * LONGEST;
/// The meter's time grows faster than the text; so many characters that are hard to guess are enough.
const METERED: usize = 64;

/// A password in NFKC, of a length that is worth hashing.
#[derive(Clone, Debug)]
pub struct Password(Secret<String>);

/// Why a password can't be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than 8 bytes.
    #[error("a password has at least {SHORTEST} characters")]
    TooShort,
    /// More than 1,024 bytes.
    #[error("a password has at most 1,024 bytes")]
    TooLong,
    /// Among the first that somebody would try.
    #[error(
        "this password is among the first that somebody would try: choose a longer or rarer one"
    )]
    Common,
}

impl Password {
    /// What somebody typed to sign in; `None` when no password is like this, so nothing is hashed.
    pub fn typed(text: &str) -> Option<Self> {
        Self::of_fitting_length(text).ok()
    }

    /// Checks a password to be set; `about`: their name and address, which it must not be.
    pub fn chosen(text: &str, about: &[&str]) -> Result<Self, PasswordError> {
        let password = Self::of_fitting_length(text)?;
        let start: String = password.text().chars().take(METERED).collect();
        // Fewer than a million guesses (score 0 or 1) is what a throttled attacker tries in some years,
        // and what stands in every list of leaked passwords
        if zxcvbn(&start, &words(about)).score() < Score::Two {
            return Err(PasswordError::Common);
        }
        Ok(password)
    }

    fn of_fitting_length(text: &str) -> Result<Self, PasswordError> {
        if text.len() > LONGEST_TYPED {
            return Err(PasswordError::TooLong);
        }
        let normal: String = text.nfkc().collect();
        let password = Self(Secret::new(normal));
        match password.text().len() {
            0..SHORTEST => Err(PasswordError::TooShort),
            SHORTEST..=LONGEST => Ok(password),
            _ => Err(PasswordError::TooLong),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.text().as_bytes()
    }

    fn text(&self) -> &str {
        self.0.expose()
    }
}

/// The texts themselves and the words in them, as the meter wants its dictionary.
fn words<'a>(about: &[&'a str]) -> Vec<&'a str> {
    let parts = about.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    about.iter().copied().chain(parts).chain(["hatcheck"]).filter(|word| word.len() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Option<String> {
        Password::typed(text).map(|password| password.text().to_owned())
    }

    #[test]
    fn log_05_a_password_is_taken_as_sent() {
        for text in [
            "x".repeat(128),
            "  blanks around  ".to_owned(),
            "with a\0 in it".to_owned(),
            "🔑🔑".to_owned(),
            "é".repeat(40),
            "x".repeat(1_024),
        ] {
            assert_eq!(typed(&text), Some(text));
        }
        let (composed, decomposed) = ("caf\u{e9} noir", "cafe\u{301} noir");
        assert_eq!(typed(composed), typed(decomposed));
        assert_eq!(typed("ｐａｓｓｗｏｒｄ"), Some("password".to_owned()));
        for text in ["", "7 bytes", &"x".repeat(1_025), &"ａ".repeat(1_100), &"\u{fdfa}".repeat(40)]
        {
            assert_eq!(typed(text), None, "{} bytes", text.len());
        }
    }

    #[test]
    fn what_somebody_would_try_first_cannot_be_chosen() {
        let about = ["Ada Lovelace", "ada.lovelace@example.org"];
        for bad in [
            "password",
            "P@ssw0rd",
            "12345678",
            "qwertyuiop",
            "iloveyou1",
            "aaaaaaaaaaaaaaaa",
            "Ada Lovelace",
            "ada.lovelace@example.org",
            "adalovelace",
            "Lovelace1",
            "hatcheck1",
        ] {
            assert_eq!(
                Password::chosen(bad, &about).map(|_| ()),
                Err(PasswordError::Common),
                "{bad}"
            );
        }
        for good in
            ["correct horse battery staple", "Tr0ub4dor&3", "load-password-1", "mwz 8s1 vbk"]
        {
            assert!(Password::chosen(good, &about).is_ok(), "{good}");
        }
        assert_eq!(Password::chosen("short", &about).map(|_| ()), Err(PasswordError::TooShort));
        assert_eq!(
            Password::chosen(&"x".repeat(5_000), &about).map(|_| ()),
            Err(PasswordError::TooLong)
        );
    }
}
