//! How somebody signed in: `acr`, `amr` and `auth_time` of OpenID Connect Core section 2.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// The class of a sign-in. Ordered: the second satisfies whoever asks for the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Acr {
    /// One factor, such as a password.
    #[serde(rename = "urn:hatcheck:acr:1fa")]
    OneFactor,
    /// Two factors.
    #[serde(rename = "urn:hatcheck:acr:2fa")]
    TwoFactor,
}

impl Acr {
    /// Every class, weakest first: the order of `acr_values_supported`.
    pub const ALL: [Self; 2] = [Self::OneFactor, Self::TwoFactor];

    /// The value of the `acr` claim.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OneFactor => "urn:hatcheck:acr:1fa",
            Self::TwoFactor => "urn:hatcheck:acr:2fa",
        }
    }

    /// The class that this value of `acr_values` names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|acr| acr.as_str() == text)
    }
}

impl fmt::Display for Acr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A method of RFC 8176 that a person used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Amr {
    /// A password.
    Pwd,
    /// A one-time code of an authenticator app.
    Otp,
    /// A one-time recovery code, kept on paper: knowledge of a second secret.
    Kba,
    /// More than one factor.
    Mfa,
    /// A link that an app had given: no method of RFC 8176.
    Link,
    /// A sign-in at a provider elsewhere: none either.
    #[serde(rename = "fed")]
    Upstream,
}

/// What was really done at the last sign-in of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// When it was done: the `auth_time` claim.
    pub time: Timestamp,
    /// Its class.
    pub acr: Acr,
    /// Its methods, without repetition.
    pub amr: Vec<Amr>,
}
