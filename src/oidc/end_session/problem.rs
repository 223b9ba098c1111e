//! What can be wrong with a sign-out request: RP-Initiated Logout section 4.

use crate::http::{ParamError, Refusal};

/// Why a sign-out leads to no app, and is confirmed first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    /// The parameters can't be decoded.
    #[error("{0}")]
    Unreadable(ParamError),
    /// The hint can't be verified.
    #[error(
        "id_token_hint is no ID token of this server that can still be verified (RP-Initiated Logout section 4)"
    )]
    Hint,
    /// No client has this id.
    #[error("no client has this client_id (RP-Initiated Logout section 2)")]
    ClientUnknown,
    /// The hint is another client's.
    #[error("id_token_hint was not issued to this client_id (RP-Initiated Logout section 2)")]
    ClientMismatch,
    /// An address, and nothing that tells whose it is.
    #[error(
        "post_logout_redirect_uri needs id_token_hint or client_id (RP-Initiated Logout section 3)"
    )]
    NoClient,
    /// The address is not registered.
    #[error(
        "the post_logout_redirect_uri {received} is not registered for this client (RP-Initiated Logout section 3)"
    )]
    Unregistered {
        /// What came in.
        received: String,
        /// The registered one that looks most like it.
        nearest: Option<String>,
    },
}

impl Problem {
    /// Which text tells people about it.
    pub const fn text(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "logout-problem-unreadable",
            Self::Hint => "logout-problem-hint",
            Self::ClientUnknown | Self::ClientMismatch | Self::NoClient => "logout-problem-client",
            Self::Unregistered { .. } => "logout-problem-address",
        }
    }

    /// A value that the text shows, inert.
    pub fn value(&self) -> &str {
        match self {
            Self::Unregistered { received, .. } => received,
            Self::Unreadable(_)
            | Self::Hint
            | Self::ClientUnknown
            | Self::ClientMismatch
            | Self::NoClient => "",
        }
    }

    /// What `hatcheck explain` tells.
    pub fn refusal(&self, client: &str) -> Refusal {
        Refusal {
            error: "invalid_request".to_owned(),
            received: format!("a sign-out request, client {client}"),
            rule: self.to_string(),
            mend: match self {
                Self::Unreadable(_) => "send each parameter once, as form-encoded UTF-8".to_owned(),
                Self::Hint => {
                    "send the newest ID token that the app holds, or client_id".to_owned()
                }
                Self::ClientUnknown | Self::ClientMismatch | Self::NoClient => {
                    "send the app's own client_id; compare with: hatcheck client list".to_owned()
                }
                Self::Unregistered { nearest, .. } => format!(
                    "the nearest registered post_logout_redirect_uri is {}; if what came in is right, register it \
                     too: hatcheck client update {client} --file -",
                    nearest.as_deref().unwrap_or("none")
                ),
            },
        }
    }
}
