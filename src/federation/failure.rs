//! Why somebody who signed in elsewhere is not let in: RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.3.7.

use crate::keys::gate;
use crate::outgoing::OutgoingError;

/// Why. Its text is for the log and `hatcheck explain`, and holds no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It can't be asked.
    #[error("the provider can't be asked: {0}")]
    Away(String),
    /// What it says of itself is of no use.
    #[error("the provider's discovery document or keys are of no use: {0}")]
    Metadata(String),
    /// RFC 9207 section 2.4: the answer is somebody else's.
    #[error(
        "the answer names the issuer {0:?}, or none where the provider always names itself (RFC 9207)"
    )]
    Issuer(String),
    /// It sent an error.
    #[error("the provider answered {error}: {description}")]
    Refused {
        /// Its `error`.
        error: String,
        /// Its `error_description`.
        description: String,
    },
    /// A pushed authorization request is not taken.
    #[error("the provider's endpoint for pushed authorization requests answered {0}: {1}")]
    Pushed(u16, String),
    /// The code is not taken, or there are no tokens.
    #[error("the provider's token endpoint gave no tokens: {0}")]
    Tokens(String),
    /// The ID token is not even looked at.
    #[error("the ID token does not pass: {0}")]
    Gate(#[from] gate::Refused),
    /// The ID token is not what it has to be.
    #[error("the ID token is not to be trusted: {0}")]
    IdToken(String),
    /// Userinfo is not of the same person, or says otherwise.
    #[error("userinfo is not to be trusted: {0}")]
    UserInfo(String),
    /// A logout token is not what it has to be.
    #[error("the logout token is not to be trusted: {0}")]
    LogoutToken(String),
    /// Our secret, or the key that it is made of.
    #[error("the connector's secret or key can't be used: {0}")]
    Secret(String),
}

impl Failure {
    /// Whether it may go better in a moment, and nobody did anything wrong.
    pub const fn is_of_the_moment(&self) -> bool {
        matches!(self, Self::Away(_))
    }

    /// What mends it, for `hatcheck explain`.
    pub const fn mend(&self) -> &'static str {
        match self {
            Self::Away(_) => {
                "see whether the provider is up, and whether [outgoing] lets this server reach it"
            }
            Self::Metadata(_) => {
                "compare `issuer` of the connector with the provider's own discovery document"
            }
            Self::Issuer(_) => {
                "if nobody attacks, the provider is not the one of the connector's `issuer`"
            }
            Self::Refused { .. } => {
                "the provider's own log or documentation tells what the error means"
            }
            Self::Tokens(_) | Self::Pushed(..) => {
                "compare client_id, secret and redirect URI with what the provider has registered"
            }
            Self::Gate(_) | Self::IdToken(_) | Self::LogoutToken(_) => {
                "compare client_id, issuer and clocks; a token that is signed with an unknown key may be forged"
            }
            Self::UserInfo(_) => {
                "ask the provider's people: its userinfo and its ID token contradict each other"
            }
            Self::Secret(_) => {
                "compare the files and keys of the connector with what the provider gave you"
            }
        }
    }
}

impl From<OutgoingError> for Failure {
    fn from(error: OutgoingError) -> Self {
        Self::Away(error.to_string())
    }
}

/// A text of somebody else's, as it may stand in a log.
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
