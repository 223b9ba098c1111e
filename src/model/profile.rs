//! Security profiles: how strictly a client is held. Each is a row of one table ([`Profile::rules`]), which all that
//! depends on a profile asks.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ResponseMode, ResponseType};

/// A value of `profile`, a member of our own of client metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// RFC 9700: codes alone, each bound to the browser that asked for it.
    Strict,
    /// OpenID Connect Core as it was certified in 2014: tokens through the browser too, and codes without PKCE.
    Openid,
}

/// What a profile allows and demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What may come back from the authorization endpoint.
    pub response_types: &'static [ResponseType],
    /// How it may come back.
    pub response_modes: &'static [ResponseMode],
    /// What binds a code of a confidential client. Public clients always use PKCE (RFC 9700 section 2.1.1).
    pub code_binding: CodeBinding,
}

/// What binds the code of a confidential client to the browser that asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeBinding {
    /// PKCE, or a `nonce` that the client checks (RFC 9700 section 2.1.1).
    PkceOrNonce,
    /// Its own `state`, as RFC 6749 section 10.12 has it.
    State,
}

impl Profile {
    /// Every profile, the strictest first.
    pub const ALL: [Self; 2] = [Self::Strict, Self::Openid];

    /// The table.
    pub const fn rules(self) -> Rules {
        match self {
            Self::Strict => Rules {
                response_types: &[ResponseType::Code],
                response_modes: &ResponseMode::ALL,
                code_binding: CodeBinding::PkceOrNonce,
            },
            Self::Openid => Rules {
                response_types: &ResponseType::ALL,
                response_modes: &ResponseMode::ALL,
                code_binding: CodeBinding::State,
            },
        }
    }

    /// The value as metadata and settings spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Openid => "openid",
        }
    }

    /// The profile of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.as_str() == text)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
