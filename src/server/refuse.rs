//! Refusals before and beside the handlers: a page for browsers, JSON for everybody else.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};

use crate::http::{App, Browser, ErrorPage, OauthError, PageError, Refusal};

/// Why a request does not reach a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The path and query are longer than 8 kB.
    LongTarget,
    /// The headers are longer than 32 kB, or too many.
    ManyHeaders,
    /// The body is longer than 64 kB.
    LongBody,
    /// The body took longer than ten seconds, or its connection broke.
    SlowBody,
    /// The body is compressed.
    Encoded,
    /// The body is no form.
    NoForm,
    /// A body that is no JSON, where registrations go.
    NoJson,
    /// The form is in another character set.
    Charset,
    /// The path takes other methods.
    Method(&'static str),
    /// There is nothing at this path.
    NotFound,
}

impl Refused {
    fn status(self) -> StatusCode {
        match self {
            Self::LongTarget => StatusCode::URI_TOO_LONG,
            Self::ManyHeaders => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::LongBody => StatusCode::PAYLOAD_TOO_LARGE,
            Self::SlowBody => StatusCode::REQUEST_TIMEOUT,
            Self::Encoded | Self::NoForm | Self::NoJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Charset => StatusCode::BAD_REQUEST,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotFound => StatusCode::NOT_FOUND,
        }
    }

    /// The rule with its section, and what mends it.
    fn rule(self) -> (&'static str, &'static str) {
        match self {
            Self::LongTarget => (
                "a request line is at most 8 kB long (RFC 9110 section 15.5.15)",
                "send the parameters as a form with POST",
            ),
            Self::ManyHeaders => (
                "headers are at most 100, and 32 kB together (RFC 6585 section 5)",
                "send fewer cookies and headers",
            ),
            Self::LongBody => (
                "a body is at most 64 kB long (RFC 9110 section 15.5.14)",
                "send fewer or shorter parameters",
            ),
            Self::SlowBody => (
                "a body arrives whole within ten seconds (RFC 9110 section 15.5.9)",
                "send the request again over a faster connection",
            ),
            Self::Encoded => (
                "bodies are not compressed (RFC 9110 section 15.5.16)",
                "send the form without Content-Encoding",
            ),
            Self::NoForm => (
                "a body is a form: application/x-www-form-urlencoded (RFC 6749 section 4.1.3)",
                "send the parameters as application/x-www-form-urlencoded",
            ),
            Self::NoJson => (
                "a registration is JSON: application/json (RFC 7591 section 3.1)",
                "send the client's metadata as application/json",
            ),
            Self::Charset => (
                "a form is in UTF-8 (RFC 6749 appendix B)",
                "encode the parameters in UTF-8 and leave charset out",
            ),
            Self::Method(_) => (
                "this path does not take the request's method (RFC 9110 section 15.5.6)",
                "use a method of the Allow header",
            ),
            Self::NotFound => (
                "there is nothing at this path (RFC 9110 section 15.5.5)",
                "take the addresses from the discovery document, which names all endpoints",
            ),
        }
    }

    /// Which page texts tell it.
    fn text(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Method(_) => "method",
            Self::LongTarget
            | Self::ManyHeaders
            | Self::LongBody
            | Self::SlowBody
            | Self::Encoded
            | Self::NoForm
            | Self::NoJson
            | Self::Charset => "request",
        }
    }

    /// Notes the refusal and makes the answer, with its reference.
    pub(super) fn respond(self, request: &HttpRequest, app: &App) -> HttpResponse {
        let (rule, mend) = self.rule();
        let error = if self == Self::NotFound { "not_found" } else { "invalid_request" };
        // The query is left out: it may hold what nobody should read
        let path: String = request.path().chars().take(200).collect();
        let received = format!("{} {path}", request.method());
        let mut answer = if wants_page(request) {
            let page = ErrorPage {
                status: self.status(),
                text: self.text(),
                value: String::new(),
                refusal: Refusal {
                    error: error.to_owned(),
                    received,
                    rule: rule.to_owned(),
                    mend: mend.to_owned(),
                },
                way_out: None,
                retry_after: None,
            };
            PageError::from(page).respond(app, &Browser::of(request, app))
        } else {
            let mut refused = OauthError::new(error, rule).with_received(received).with_mend(mend);
            refused.status = self.status();
            refused.respond(app)
        };
        if let Self::Method(allowed) = self
            && let Ok(allowed) = header::HeaderValue::from_str(allowed)
        {
            answer.headers_mut().insert(header::ALLOW, allowed);
        }
        answer
    }
}

/// Browsers ask for pages by name; programs say `*/*`, JSON, or nothing.
fn wants_page(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}
