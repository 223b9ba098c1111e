//! Why a registration is refused: RFC 7591 section 3.2.2, RFC 7592 section 2.

use std::time::Duration;

use actix_web::http::StatusCode;

use super::sector::SectorError;
use crate::http::OauthError;
use crate::model::client::MetadataError;

const REALM: &str = "Bearer realm=\"hatcheck\"";
const INVALID: &str =
    "Bearer realm=\"hatcheck\", error=\"{error}\", error_description=\"{description}\"";

/// A reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another method.
    #[error("this endpoint takes {0} only (RFC 7591 section 3, RFC 7592 section 2)")]
    Method(&'static str),
    /// The admin registers apps.
    #[error("this server registers no apps over HTTP (RFC 7591 section 5)")]
    Closed,
    /// No token where one is needed.
    #[error("registration needs an initial access token of the admin (RFC 7591 section 3)")]
    NoToken,
    /// It is not good.
    #[error(
        "the token is not valid: it expired, was used, or is none of this server (RFC 6750 section 3.1)"
    )]
    BadToken,
    /// Not the token of this client, or no such client. Which of the two nobody is told.
    #[error("this is not the registration access token of this client (RFC 7592 section 2)")]
    NotTheirs,
    /// Too many registrations.
    #[error(
        "too many apps were registered from this address, or altogether, within an hour (RFC 7591 section 5)"
    )]
    TooMany(Duration),
    /// No JSON by its name.
    #[error("a registration is sent as application/json (RFC 7591 section 3.1)")]
    ContentType,
    /// Too long.
    #[error("a registration has at most 64 kB")]
    Long,
    /// No JSON object.
    #[error("the body is no JSON object (RFC 7591 section 3.1)")]
    NotAnObject,
    /// Something that the server chooses.
    #[error("{0} is chosen by this server (RFC 7591 section 3.2.1)")]
    Chosen(&'static str),
    /// Something that stands in the answer alone.
    #[error("{0} is no part of an update (RFC 7592 section 2.2)")]
    OfTheAnswer(&'static str),
    /// Another client's, or a secret that is not the present one.
    #[error("{0} has to be the one of this client (RFC 7592 section 2.2)")]
    Other(&'static str),
    /// What is registered.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// The list at the `sector_identifier_uri`.
    #[error(transparent)]
    Sector(#[from] SectorError),
    /// Two at once.
    #[error("something else changed this registration at the same time")]
    Again,
}

impl From<Refusal> for OauthError {
    fn from(refusal: Refusal) -> Self {
        let rule = refusal.to_string();
        let error = OauthError::new("invalid_client_metadata", rule.clone());
        match refusal {
            Refusal::Method(allowed) => OauthError::new("invalid_request", rule)
                .with_status(StatusCode::METHOD_NOT_ALLOWED)
                .with_mend(format!("send {allowed}")),
            Refusal::Closed => OauthError::new("access_denied", rule)
                .with_status(StatusCode::FORBIDDEN)
                .with_mend("register the app with `hatcheck client add`, or set registration.mode to token or open"),
            Refusal::NoToken => OauthError::new("invalid_token", rule)
                .with_challenge(REALM)
                .with_mend("make a token with `hatcheck client token add`, and send it as Authorization: Bearer"),
            Refusal::BadToken => OauthError::new("invalid_token", rule)
                .with_challenge(INVALID)
                .with_mend("`hatcheck client token list` shows the tokens that are good, `hatcheck client token add` makes one"),
            Refusal::NotTheirs => OauthError::new("invalid_token", rule)
                .with_challenge(INVALID)
                .with_mend("send the registration_access_token of the answer to the registration, to the registration_client_uri beside it"),
            Refusal::TooMany(wait) => OauthError {
                retry_after: Some(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).max(1)),
                ..OauthError::new("temporarily_unavailable", rule)
                    .with_status(StatusCode::TOO_MANY_REQUESTS)
                    .with_mend("wait as long as Retry-After says, or register with a token of `hatcheck client token add`")
            },
            Refusal::ContentType => error
                .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
                .with_mend("send Content-Type: application/json"),
            Refusal::Long => error
                .with_status(StatusCode::PAYLOAD_TOO_LARGE)
                .with_mend("leave out what is not needed; publish large key sets at a jwks_uri"),
            Refusal::NotAnObject => error.with_mend("send one JSON object with the client's metadata"),
            Refusal::Chosen(name) | Refusal::OfTheAnswer(name) => {
                error.with_mend(format!("leave {name} out"))
            }
            Refusal::Other(name) => error.with_mend(format!("send the {name} of the answer to the registration")),
            Refusal::Metadata(MetadataError::Uri { member: "redirect_uris", .. }) => {
                OauthError::new("invalid_redirect_uri", rule)
                    .with_mend("register absolute https URIs without a fragment")
            }
            Refusal::Metadata(_) => error.with_mend("change the member that the rule names"),
            Refusal::Sector(SectorError::Unreachable(_)) => error.with_mend(
                "let the server reach the sector_identifier_uri: a private network is named in outgoing.allowed_networks",
            ),
            Refusal::Sector(_) => {
                error.with_mend("publish a JSON array of all redirect_uris at the sector_identifier_uri")
            }
            Refusal::Again => OauthError::new("temporarily_unavailable", rule)
                .with_status(StatusCode::CONFLICT)
                .with_mend("send it again"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UriError;

    #[test]
    fn rfc_7591_3_2_2_how_each_refusal_is_answered() {
        let uri = |member| {
            Refusal::Metadata(MetadataError::Uri {
                member,
                uri: "https://rp.example/#x".to_owned(),
                reason: UriError::Fragment,
            })
        };
        for (refusal, status, code) in [
            (uri("redirect_uris"), 400, "invalid_redirect_uri"),
            (uri("post_logout_redirect_uris"), 400, "invalid_client_metadata"),
            (Refusal::NotAnObject, 400, "invalid_client_metadata"),
            (Refusal::Sector(SectorError::Missing("x".into())), 400, "invalid_client_metadata"),
            (Refusal::ContentType, 415, "invalid_client_metadata"),
            (Refusal::Closed, 403, "access_denied"),
            (Refusal::NoToken, 401, "invalid_token"),
            (Refusal::BadToken, 401, "invalid_token"),
            (Refusal::NotTheirs, 401, "invalid_token"),
            (Refusal::TooMany(Duration::from_secs(7)), 429, "temporarily_unavailable"),
        ] {
            let error = OauthError::from(refusal.clone());
            assert_eq!((error.status.as_u16(), error.error), (status, code), "{refusal}");
            assert!(!error.mend.is_empty(), "{refusal}");
            assert_eq!(error.challenge.is_some(), status == 401, "{refusal}");
        }
    }
}
