//! Why a code gives nothing, and what is told of it: RFC 6749 sections 4.1.2 and 5.2.

use crate::http::OauthError;
use crate::identity::may_issue::Barred;
use crate::model::Client;

/// Why a code gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// Nothing that this server sealed.
    #[error("the code is none of this server's (RFC 6749 section 5.2)")]
    Unknown,
    /// It was made for another client.
    #[error("the code was made for another client (RFC 6749 section 4.1.3)")]
    OtherClient,
    /// It is past its time.
    #[error("the code is past its time (RFC 6749 section 4.1.2)")]
    Expired,
    /// It was sent to another redirect URI.
    #[error("redirect_uri is not that of the authorization request (RFC 6749 section 4.1.3)")]
    RedirectUri,
    /// The request had a challenge.
    #[error(
        "code_verifier is missing, and the authorization request had a code_challenge (RFC 7636 section 4.5)"
    )]
    VerifierMissing,
    /// The request had no challenge.
    #[error(
        "code_verifier came, and the authorization request had no code_challenge (RFC 9700 section 2.1.1)"
    )]
    VerifierUnexpected,
    /// The verifier does not fit the challenge.
    #[error(
        "code_verifier does not fit the code_challenge; the code is spent by this (RFC 7636 section 4.6)"
    )]
    VerifierWrong,
    /// It was redeemed before.
    #[error("the code was redeemed before, and what it gave has ended (RFC 6749 section 4.1.2)")]
    Replayed,
    /// What it was made for has changed since.
    #[error("the code is out of date: {0} (RFC 6749 section 5.2)")]
    Barred(#[from] Barred),
    /// The person is gone, or was changed since.
    #[error(
        "the code is out of date: the account was changed or deleted, or its consent withdrawn, since it was made (RFC 6749 section 5.2)"
    )]
    Outdated,
}

/// The answer to the client.
pub(super) fn refuse(refusal: Refusal, client: &Client) -> OauthError {
    let mend = match refusal {
        Refusal::Unknown => "send the code of the redirect as it came, to the server that gave it",
        Refusal::OtherClient => "redeem the code as the client that asked for it",
        Refusal::Expired => "redeem the code at once, and begin the sign-in anew",
        Refusal::RedirectUri => "send the redirect_uri of the authorization request, unchanged",
        Refusal::VerifierMissing => "send the code_verifier whose S256 was the code_challenge",
        Refusal::VerifierUnexpected => "send a code_challenge in the authorization request",
        Refusal::VerifierWrong => {
            "keep the code_verifier of each sign-in apart (43 to 128 characters), and begin anew"
        }
        Refusal::Replayed => "redeem each code once; after a lost answer begin the sign-in anew",
        Refusal::Barred(_) | Refusal::Outdated => "let the person sign in again",
    };
    OauthError::new("invalid_grant", refusal.to_string())
        .with_received(format!("a code, from client {}", client.id))
        .with_mend(mend)
}
