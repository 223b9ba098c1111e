//! The list at a `sector_identifier_uri`: OpenID Connect Registration section 5.

use crate::http::App;
use crate::model::RegisteredUri;
use crate::model::client::Metadata;
use crate::outgoing::{Answer, OutgoingError};

/// Why the list does not vouch for a client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SectorError {
    /// It can't be had.
    #[error(
        "the sector_identifier_uri could not be fetched: {0} (OpenID Connect Registration section 5)"
    )]
    Unreachable(#[from] OutgoingError),
    /// The server says something else.
    #[error(
        "the sector_identifier_uri answered with status {0} instead of its list (OpenID Connect Registration section 5)"
    )]
    Status(u16),
    /// No list.
    #[error(
        "the sector_identifier_uri has to answer with a JSON array of URIs (OpenID Connect Registration section 5)"
    )]
    NoList,
    /// A redirect URI is missing.
    #[error(
        "the list at the sector_identifier_uri lacks the redirect URI {0} (OpenID Connect Registration section 5)"
    )]
    Missing(String),
}

/// Fetches the list, when there is one, and looks every redirect URI up in it.
pub(super) async fn check(metadata: &Metadata, app: &App) -> Result<(), SectorError> {
    let Some(uri) = &metadata.sector_identifier_uri else { return Ok(()) };
    let answer = app.outgoing().get(uri, "application/json").await?;
    judge(&answer, &metadata.redirect_uris)
}

fn judge(answer: &Answer, redirect_uris: &[RegisteredUri]) -> Result<(), SectorError> {
    if answer.status != 200 {
        return Err(SectorError::Status(answer.status));
    }
    let list: Vec<String> =
        serde_json::from_slice(&answer.body).map_err(|_| SectorError::NoList)?;
    let missing = redirect_uris.iter().find(|uri| !list.iter().any(|known| known == uri.as_str()));
    missing.map_or(Ok(()), |uri| Err(SectorError::Missing(uri.as_str().to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registration_5_every_redirect_uri_is_in_the_list() {
        let uris = ["https://a.example/cb", "https://b.example/cb"]
            .map(|uri| RegisteredUri::parse(uri, false).unwrap());
        let judged = |status, body: &str| {
            judge(
                &Answer {
                    status,
                    content_type: None,
                    dpop_nonce: None,
                    body: body.as_bytes().to_vec(),
                },
                &uris,
            )
        };
        let both = r#"["https://b.example/cb", "https://x.example/", "https://a.example/cb"]"#;
        assert_eq!(judged(200, both), Ok(()));
        assert_eq!(judged(302, both), Err(SectorError::Status(302)));
        assert_eq!(
            judged(200, r#"["https://a.example/cb"]"#),
            Err(SectorError::Missing("https://b.example/cb".to_owned()))
        );
        for body in ["", "{}", "[1]", "<html>", r#"{"redirect_uris": []}"#] {
            assert_eq!(judged(200, body), Err(SectorError::NoList), "{body}");
        }
    }
}
