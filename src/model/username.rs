//! The name that somebody signs in with: an e-mail address, one spelling for all of its spellings.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_security::{GeneralSecurityProfile, MixedScript};

/// The longest address in bytes (RFC 5321 section 4.5.3.1.3).
pub const LONGEST: usize = 254;

/// An e-mail address in its canonical form: NFKC, lower case, without blanks and invisible characters.
///
/// Two spellings of a name are the same account and the same throttle bucket if and only if these are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Username(String);

/// Why an address can't be somebody's name here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsernameError {
    /// No `@`, a blank inside, an empty part, or no dot-separated domain.
    #[error("this is no e-mail address: write it like ada@example.org")]
    NotAnAddress,
    /// More than 254 bytes.
    #[error("an e-mail address has at most {LONGEST} bytes")]
    TooLong,
    /// Letters of several scripts in one part, as look-alike addresses have.
    #[error(
        "the address mixes letters of different scripts, as look-alike addresses do: write it in one"
    )]
    MixedScripts,
}

impl Username {
    /// The canonical form of what somebody typed to sign in; any text has one.
    pub fn canonical(typed: &str) -> Self {
        let folded: String = typed
            .nfkc()
            .flat_map(char::to_lowercase)
            .filter(|c| !is_invisible(*c) && !c.is_control())
            .nfkc()
            .collect();
        Self(folded.trim().trim_end_matches('.').chars().take(320).collect())
    }

    /// Checks the address of a new account.
    pub fn for_new_account(typed: &str) -> Result<Self, UsernameError> {
        let name = Self::canonical(typed);
        if name.0.len() > LONGEST {
            return Err(UsernameError::TooLong);
        }
        let (local, domain) = name.0.rsplit_once('@').ok_or(UsernameError::NotAnAddress)?;
        let part_is_readable =
            |part: &str| !part.is_empty() && !part.chars().any(char::is_whitespace);
        let domain_is_readable =
            domain.split('.').all(|label| !label.is_empty()) && !domain.contains('@');
        if !part_is_readable(local) || !part_is_readable(domain) || !domain_is_readable {
            return Err(UsernameError::NotAnAddress);
        }
        // Over the whole address: an all-Cyrillic local part at a Latin domain imitates as well as one letter
        let allowed = |c: char| c.is_ascii() || c.identifier_allowed();
        if !name.0.as_str().is_single_script() || !name.0.chars().all(allowed) {
            return Err(UsernameError::MixedScripts);
        }
        Ok(name)
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Characters that take no room on a screen and so make look-alikes: zero-width and formatting ones.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_03_all_spellings_are_one() {
        for typed in [
            "alice@x.org",
            "ALICE@X.ORG",
            " alice@x.org ",
            "alice\u{200b}@x.org",
            "\u{ff41}lice@x.org",
            "alice@x.org.",
        ] {
            assert_eq!(Username::canonical(typed).as_str(), "alice@x.org", "{typed}");
        }
        assert_ne!(Username::canonical("\u{0430}lice@x.org").as_str(), "alice@x.org");
    }

    #[test]
    fn log_04_look_alikes_are_refused() {
        assert_eq!(
            Username::for_new_account("\u{0430}lice@x.org"),
            Err(UsernameError::MixedScripts)
        );
        assert_eq!(
            Username::for_new_account("\u{0430}\u{0441}\u{0435}@x.org"),
            Err(UsernameError::MixedScripts)
        );
        for bad in ["", "alice", "@x", "alice@", "a b@x", "alice@x..y", "a@b@"] {
            assert_eq!(Username::for_new_account(bad), Err(UsernameError::NotAnAddress), "{bad}");
        }
        for good in [
            "ada@example.org",
            "ada+tag@example.org",
            "jörg@example.de",
            "o'neil@example.org",
            "иван@почта.рф",
            "root@localhost",
        ] {
            assert!(Username::for_new_account(good).is_ok(), "{good}");
        }
        assert_eq!(
            Username::for_new_account(&format!("{}@x.org", "a".repeat(300))),
            Err(UsernameError::TooLong)
        );
    }
}
