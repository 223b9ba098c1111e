//! Pages: what surrounds them, the headers they carry, and the one place where errors become pages.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{App, Browser, Texts};
use crate::store::StoreError;

/// What every page shows around its content; each page struct has one as its `frame` field.
#[derive(Clone)]
pub struct Frame {
    /// The words.
    pub texts: Texts,
}

impl Frame {
    /// The frame for a request. `ui_locales`: from the authorization request, if there is one behind the page.
    pub fn new(_app: &App, _browser: &Browser, _ui_locales: Option<&str>) -> Self {
        todo!()
    }
}

/// Renders a page with all security headers. `form_targets`: CSP sources besides ourselves that its forms may lead to,
/// since browsers apply `form-action` to redirects as well: the `csp_source` of the app's redirect URI.
pub fn html(
    _status: StatusCode,
    _page: &impl askama::Template,
    _form_targets: &[String],
) -> HttpResponse {
    todo!()
}

/// What a page tells when something can't go on: what happened, whose fault it likely is, what to do.
#[derive(Clone, Debug)]
pub struct ErrorPage {
    /// The HTTP status.
    pub status: StatusCode,
    /// Which texts to show: `error-ID-title`, `error-ID-text`, `error-ID-hint` of the messages.
    pub text: &'static str,
    /// A value that the texts may show as `$value`, inert.
    pub value: String,
    /// For `explain`: the error, what came in, the rule, the mend.
    pub refusal: super::Refusal,
    /// A way forward: a link to the app, or `None` for one to the account page.
    pub way_out: Option<String>,
    /// `Retry-After` in seconds.
    pub retry_after: Option<u64>,
}

/// What can end a request for a page.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PageError {
    /// It is refused.
    #[error("{}", .0.refusal.rule)]
    Refused(Box<ErrorPage>),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PageError {
    /// Notes the refusal and renders the error page with its reference; 503 with `Retry-After` for the database.
    pub fn respond(self, _app: &App, _browser: &Browser) -> HttpResponse {
        todo!()
    }
}
