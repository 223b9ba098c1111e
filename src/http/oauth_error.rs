//! Errors as JSON: RFC 6749 section 5.2, RFC 6750 section 3.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use serde_json::json;

use super::{App, ParamError, Refusal};
use crate::keys::KeyError;
use crate::store::StoreError;

/// A refusal of an endpoint that speaks JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthError {
    /// The HTTP status.
    pub status: StatusCode,
    /// The `error` code.
    pub error: &'static str,
    /// The rule that was broken: becomes `error_description`.
    pub rule: String,
    /// What came in, with secrets removed, for `explain`.
    pub received: String,
    /// What mends it, for `explain`.
    pub mend: String,
    /// The `WWW-Authenticate` header, where the status wants one; `{error}` and `{description}` are filled in.
    pub challenge: Option<&'static str>,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
}

impl OauthError {
    /// A refusal with status 400.
    pub fn new(error: &'static str, rule: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error,
            rule: rule.into(),
            received: String::new(),
            mend: String::new(),
            challenge: None,
            retry_after: None,
        }
    }

    /// With another status than 400.
    #[must_use]
    pub const fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// With what came in, secrets removed.
    #[must_use]
    pub fn with_received(mut self, received: impl Into<String>) -> Self {
        self.received = received.into();
        self
    }

    /// With what mends it.
    #[must_use]
    pub fn with_mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = mend.into();
        self
    }

    /// With status 401 and a `WWW-Authenticate` header.
    #[must_use]
    pub const fn with_challenge(mut self, challenge: &'static str) -> Self {
        self.status = StatusCode::UNAUTHORIZED;
        self.challenge = Some(challenge);
        self
    }

    /// Notes the refusal and makes the answer.
    pub fn respond(self, app: &App) -> HttpResponse {
        let reference = app.refuse(Refusal {
            error: self.error.to_owned(),
            received: self.received,
            rule: self.rule.clone(),
            mend: self.mend,
        });
        tracing::info!(error = self.error, reference = %reference, rule = %self.rule, "refused");
        let description = format!("{} (reference {reference})", plain(&self.rule));
        let mut answer = HttpResponse::build(self.status);
        answer
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::PRAGMA, "no-cache"));
        if let Some(challenge) = self.challenge {
            let filled =
                challenge.replace("{error}", self.error).replace("{description}", &description);
            answer.insert_header((header::WWW_AUTHENTICATE, filled));
        }
        if let Some(seconds) = self.retry_after {
            answer.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        answer.json(json!({
            "error": self.error,
            "error_description": description,
            "reference": reference.to_string(),
        }))
    }
}

/// RFC 6749 section 5.2: printable ASCII without quotes and backslashes.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '"' => '\'',
            '\\' => '/',
            c if c.is_ascii_graphic() || c == ' ' => c,
            _ => '?',
        })
        .collect()
}

impl From<ParamError> for OauthError {
    fn from(error: ParamError) -> Self {
        Self::new("invalid_request", error.to_string())
            .with_mend("send each parameter once, form-encoded (RFC 6749 section 4.1.3)")
    }
}

impl From<StoreError> for OauthError {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = %error, "the database could not answer");
        match error {
            StoreError::Unavailable(_) => Self {
                retry_after: Some(1),
                ..Self::new("temporarily_unavailable", "the database is not available just now")
                    .with_status(StatusCode::SERVICE_UNAVAILABLE)
                    .with_mend("try again in a moment; the log says what the database answered")
            },
            StoreError::Corrupt(_) | StoreError::Schema(_) | StoreError::Other(_) => broken(),
        }
    }
}

impl From<KeyError> for OauthError {
    fn from(error: KeyError) -> Self {
        tracing::error!(error = %error, "a key could not be used");
        broken().with_mend(error.to_string())
    }
}

fn broken() -> OauthError {
    OauthError::new("server_error", "the server met something that it did not expect")
        .with_status(StatusCode::INTERNAL_SERVER_ERROR)
        .with_mend("the log of the server says what failed, under this reference")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_6749_5_2_descriptions_keep_to_the_characters_allowed() {
        assert_eq!(plain("the \"code\"\n\\ is \u{e9}"), "the 'code'?/ is ?");
    }

    #[test]
    fn the_database_away_is_a_503_with_retry_after() {
        let error = OauthError::from(StoreError::Unavailable("locked".into()));
        assert_eq!((error.status.as_u16(), error.retry_after), (503, Some(1)));
        let error = OauthError::from(StoreError::Other("x".into()));
        assert_eq!((error.status.as_u16(), error.error), (500, "server_error"));
    }
}
