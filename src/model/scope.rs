//! Scopes: RFC 6749 section 3.3.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest `scope` parameter that is read, in bytes.
pub const LONGEST: usize = 2_048;
/// The most scopes in one request.
pub const MOST: usize = 64;

/// The scopes of OpenID Connect Core sections 3.1.2.1, 5.4 and 11, and those that ask for what a person may.
pub const STANDARD: [&str; 9] = [
    "openid",
    "profile",
    "email",
    "phone",
    "address",
    "offline_access",
    "groups",
    "roles",
    "permissions",
];
/// The scopes that ask for the claims of RFC 9068 section 2.2.3.1, at whomever a token is for.
pub const ENTITLEMENTS: [&str; 3] = ["groups", "roles", "permissions"];

/// A set of scope tokens, each of the characters that RFC 6749 section 3.3 allows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scopes(BTreeSet<String>);

/// Why a text is no list of scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// More than 2,048 bytes.
    #[error("the scope parameter is longer than {LONGEST} bytes")]
    TooLong,
    /// More than 64 scopes.
    #[error("more than {MOST} scopes were asked for")]
    TooMany,
    /// A character outside RFC 6749's `scope-token`.
    #[error("a scope holds a character that RFC 6749 section 3.3 does not allow")]
    Character,
}

impl Scopes {
    /// Reads a space-separated list.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        if text.len() > LONGEST {
            return Err(ScopeError::TooLong);
        }
        let mut scopes = BTreeSet::new();
        for token in text.split(' ').filter(|token| !token.is_empty()) {
            if !token.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)) {
                return Err(ScopeError::Character);
            }
            scopes.insert(token.to_owned());
        }
        if scopes.len() > MOST { Err(ScopeError::TooMany) } else { Ok(Self(scopes)) }
    }

    /// Whether this scope is in the set.
    pub fn contains(&self, scope: &str) -> bool {
        self.0.contains(scope)
    }

    /// Whether every scope of `other` is in this set.
    pub fn covers(&self, other: &Self) -> bool {
        other.0.is_subset(&self.0)
    }

    /// The scopes that pass.
    #[must_use]
    pub fn only(&self, passes: impl Fn(&&str) -> bool) -> Self {
        Self(self.iter().filter(|scope| passes(scope)).map(str::to_owned).collect())
    }

    /// The scopes that are in both.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// The scopes that are in either.
    #[must_use]
    pub fn joined(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// The set without one scope.
    #[must_use]
    pub fn without(&self, scope: &str) -> Self {
        Self(self.0.iter().filter(|each| *each != scope).cloned().collect())
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each scope, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, scope) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope)?;
        }
        Ok(())
    }
}

impl TryFrom<String> for Scopes {
    type Error = ScopeError;

    fn try_from(text: String) -> Result<Self, ScopeError> {
        Self::parse(&text)
    }
}

impl From<Scopes> for String {
    fn from(scopes: Scopes) -> Self {
        scopes.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_6749_section_3_3() {
        let scopes = Scopes::parse("openid  email openid").unwrap();
        assert_eq!(scopes.to_string(), "email openid");
        assert!(scopes.contains("openid") && !scopes.contains("profile"));
        assert_eq!(Scopes::parse("a\"b"), Err(ScopeError::Character));
        assert_eq!(Scopes::parse("é"), Err(ScopeError::Character));
        assert_eq!(Scopes::parse(&"a ".repeat(2_000)), Err(ScopeError::TooLong));
        let many = (0..65).map(|n| format!("s{n}")).collect::<Vec<_>>().join(" ");
        assert_eq!(Scopes::parse(&many), Err(ScopeError::TooMany));
    }
}
