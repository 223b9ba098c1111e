//! The one place where errors become pages: what happened, whose fault it likely is, what to do, and a way out.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use askama::Template;

use super::{Frame, Policy, render, secured};
use crate::http::{App, Browser, ParamError, Refusal};
use crate::identity::passwords::HashingError;
use crate::keys::KeyError;
use crate::store::StoreError;

/// What a page tells when something can't go on: what happened, whose fault it likely is, what to do.
#[derive(Clone, Debug)]
pub struct ErrorPage {
    /// The HTTP status.
    pub status: StatusCode,
    /// Which texts to show: `error-ID-title`, `error-ID-text`, `error-ID-hint` of the messages, and `error-ID-value`
    /// when there is a value.
    pub text: &'static str,
    /// A value that the texts may show as `$value`, inert; or empty.
    pub value: String,
    /// For `explain`: the error, what came in, the rule, the mend.
    pub refusal: Refusal,
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

impl From<ErrorPage> for PageError {
    fn from(page: ErrorPage) -> Self {
        Self::Refused(Box::new(page))
    }
}

impl From<KeyError> for PageError {
    fn from(error: KeyError) -> Self {
        ErrorPage::of_ours(error.to_string(), false).into()
    }
}

impl From<HashingError> for PageError {
    fn from(error: HashingError) -> Self {
        ErrorPage::of_ours(error.to_string(), error == HashingError::Busy).into()
    }
}

impl ErrorPage {
    /// A page for a form that was not sent by a page that we gave this browser in this session.
    pub fn forged(form: &str) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            text: "form",
            value: String::new(),
            refusal: Refusal {
                error: "invalid_form".to_owned(),
                received: format!("a form for {form} without a token of this browser and session"),
                rule: "a form counts only with the token of its own page, from the browser and the session that \
                       the page was made for (RFC 6749 section 10.12)"
                    .to_owned(),
                mend: "open the page anew and send its form, with cookies allowed; a reverse proxy must keep the \
                       Origin, Cookie and Sec-Fetch-Site headers as they are"
                    .to_owned(),
            },
            way_out: None,
            retry_after: None,
        }
    }

    /// A page for parameters that can't be read. `received`: what of.
    pub fn unreadable(error: &ParamError, received: &str, mend: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            text: "parameter",
            value: error.to_string(),
            refusal: Refusal {
                error: "invalid_request".to_owned(),
                received: received.to_owned(),
                rule: error.to_string(),
                mend: mend.to_owned(),
            },
            way_out: None,
            retry_after: None,
        }
    }

    /// A page for an error on our side. `for_a_while`: it is worth trying again soon.
    fn of_ours(rule: String, for_a_while: bool) -> Self {
        Self {
            status: if for_a_while {
                StatusCode::SERVICE_UNAVAILABLE
            } else {
                StatusCode::INTERNAL_SERVER_ERROR
            },
            text: if for_a_while { "busy" } else { "server" },
            value: String::new(),
            refusal: Refusal {
                error: "server_error".to_owned(),
                received: "a request for a page".to_owned(),
                rule,
                mend: "look into the server's log around this time; `hatcheck config show` tells which database \
                       it uses"
                    .to_owned(),
            },
            way_out: None,
            retry_after: for_a_while.then_some(5),
        }
    }
}

impl PageError {
    /// Notes the refusal and renders the error page with its reference; 503 with `Retry-After` for the database.
    pub fn respond(self, app: &App, browser: &Browser) -> HttpResponse {
        self.respond_in(app, browser, None)
    }

    /// [`PageError::respond`] in the language that an authorization request wanted.
    pub fn respond_in(
        self,
        app: &App,
        browser: &Browser,
        ui_locales: Option<&str>,
    ) -> HttpResponse {
        let page = match self {
            Self::Refused(page) => *page,
            Self::Store(error) => {
                let for_a_while = matches!(error, StoreError::Unavailable(_));
                ErrorPage::of_ours(error.to_string(), for_a_while)
            }
        };
        let reference = app.refuse(page.refusal.clone());
        let status = page.status.as_u16();
        if page.status.is_server_error() {
            tracing::error!(status, %reference, rule = %page.refusal.rule, "a page failed");
        } else {
            let Refusal { rule, mend, .. } = &page.refusal;
            tracing::info!(status, %reference, %rule, %mend, "refused");
        }
        let shown = Shown::new(&page, Frame::new(app, browser, ui_locales), reference.to_string());
        let mut answer = secured(page.status, &Policy::default());
        if let Some(seconds) = page.retry_after {
            answer.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        render(&shown, answer)
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct Shown {
    frame: Frame,
    title: String,
    text: String,
    value: Option<String>,
    hint: String,
    reference: String,
    way_out: String,
    to_app: bool,
    to_start: bool,
}

impl Shown {
    fn new(page: &ErrorPage, frame: Frame, reference: String) -> Self {
        let id = |part: &str| {
            let id = format!("error-{}-{part}", page.text);
            let known = frame.texts.has(&format!("error-{}-title", page.text));
            if known { id } else { format!("error-request-{part}") }
        };
        let show = |part| {
            let text = frame.texts.with(&id(part), &[("value", &page.value)]);
            text.trim_end().to_owned()
        };
        let value = id("value");
        let known = page.way_out.as_deref().filter(|link| leads_somewhere(link));
        Self {
            title: show("title"),
            text: show("text"),
            value: (!page.value.is_empty() && frame.texts.has(&value)).then(|| show("value")),
            hint: show("hint"),
            reference,
            to_app: known.is_some_and(|link| !link.starts_with('/')),
            to_start: known.is_some_and(|link| link.starts_with('/')),
            way_out: known.map_or_else(|| frame.url("/account"), str::to_owned),
            frame,
        }
    }
}

/// A page of ours, or one on the web: never a scheme that runs in the browser.
fn leads_somewhere(link: &str) -> bool {
    (link.starts_with('/') && !link.starts_with("//"))
        || link.starts_with("https://")
        || link.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_out_never_runs_in_the_browser() {
        for good in ["https://app.example/", "http://127.0.0.1:3000/", "/login?interaction=x"] {
            assert!(leads_somewhere(good), "{good}");
        }
        for bad in ["javascript:alert(1)", "//evil.example", "data:text/html,x", ""] {
            assert!(!leads_somewhere(bad), "{bad}");
        }
    }
}
