//! Why an app gets nothing, or changes nothing.

use actix_web::http::StatusCode;

use crate::http::OauthError;
use crate::model::SessionData;

const REALM: &str = "Bearer realm=\"hatcheck\"";
const INVALID: &str =
    "Bearer realm=\"hatcheck\", error=\"{error}\", error_description=\"{description}\"";

/// A reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another method.
    #[error("session data is read with GET, written with PUT and deleted with DELETE")]
    Method,
    /// Neither a token nor a client.
    #[error(
        "session data wants the app's access token, or its id and secret in a Basic header and sid in the query"
    )]
    NoCredentials,
    /// Not ours, expired, or of nobody who is signed in.
    #[error(
        "the access token is not valid here: it expired, was ended, is for another audience, or stands for no person (RFC 6750 section 3.1)"
    )]
    Token,
    /// No `sid`, or something else.
    #[error("sid has to be that of an ID token (OpenID Connect Back-Channel Logout section 2.1)")]
    Sid,
    /// It has ended, was never there, or the app was never in it. Which of these nobody is told.
    #[error("there is no such session of this app: it has ended, or never was")]
    NoSession,
    /// Nothing is kept.
    #[error("this app keeps nothing with this session")]
    Nothing,
    /// No condition.
    #[error(
        "a PUT needs If-Match with the ETag that was read, or If-None-Match: * for the first (RFC 6585 section 3)"
    )]
    Unconditional,
    /// A condition that means nothing.
    #[error(
        "If-Match holds entity tags or *, and a PUT takes If-None-Match as * alone (RFC 9110 section 13.1)"
    )]
    Condition,
    /// The condition does not hold.
    #[error("somebody else has written meanwhile (RFC 9110 section 13.1.1)")]
    Changed,
    /// No JSON.
    #[error("the body is not one JSON value in UTF-8 (RFC 8259)")]
    NoJson,
}

impl From<Refusal> for OauthError {
    fn from(refusal: Refusal) -> Self {
        let rule = refusal.to_string();
        let with = |error, status, mend: &str| {
            Self::new(error, rule.clone()).with_status(status).with_mend(mend)
        };
        match refusal {
            Refusal::Method => {
                with("invalid_request", StatusCode::METHOD_NOT_ALLOWED, "send one of these")
            }
            Refusal::NoCredentials => Self::new("invalid_token", rule)
                .with_challenge(REALM)
                .with_mend("send Authorization: Bearer and the access token of the token endpoint"),
            Refusal::Token => Self::new("invalid_token", rule)
                .with_challenge(INVALID)
                .with_mend("refresh the token, or let the person sign in again"),
            Refusal::Sid => with(
                "invalid_request",
                StatusCode::BAD_REQUEST,
                "take the claim sid of the person's ID token",
            ),
            Refusal::NoSession => {
                with("session_not_found", StatusCode::NOT_FOUND, "let the person sign in again")
            }
            Refusal::Nothing => {
                with("not_found", StatusCode::NOT_FOUND, "write it with PUT and If-None-Match: *")
            }
            Refusal::Unconditional => with(
                "precondition_required",
                StatusCode::PRECONDITION_REQUIRED,
                "read it first, and send its ETag back",
            ),
            Refusal::Condition => with(
                "invalid_request",
                StatusCode::BAD_REQUEST,
                "send the ETag as it came, with its quotes",
            ),
            Refusal::Changed => with(
                "precondition_failed",
                StatusCode::PRECONDITION_FAILED,
                "read it again, merge, and write with the new ETag",
            ),
            Refusal::NoJson => with(
                "invalid_request",
                StatusCode::BAD_REQUEST,
                &format!(
                    "send JSON of at most {} KiB, as application/json",
                    SessionData::LONGEST / 1024
                ),
            ),
        }
    }
}
