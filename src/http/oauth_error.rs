//! Errors as JSON: RFC 6749 section 5.2, RFC 6750 section 3.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use serde_json::json;

use super::{App, Refusal};

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
    pub retry_after: Option<u64>,
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

    /// Notes the refusal and makes the answer.
    pub fn respond(self, app: &App) -> HttpResponse {
        let reference = app.refuse(Refusal {
            error: self.error.to_owned(),
            received: self.received,
            rule: self.rule.clone(),
            mend: self.mend,
        });
        tracing::info!(error = self.error, reference = %reference, rule = %self.rule, "refused");
        // RFC 6749 section 5.2: printable ASCII without quotes and backslashes
        let plain: String = self
            .rule
            .chars()
            .map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' })
            .filter(|c| !matches!(c, '"' | '\\'))
            .collect();
        let description = format!("{plain} (reference {reference})");
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
