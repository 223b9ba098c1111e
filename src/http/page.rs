//! Pages: what surrounds them, the headers they carry, and the one place where errors become pages.
//! The headers follow RFC 9700 section 4.16 (framing) and 4.2 (`Referer`).

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder};
use askama::Template;

use super::static_files::Look;
use super::{App, Browser, Refusal, Texts};
use crate::store::StoreError;

/// What every page shows around its content; each page struct has one as its `frame` field.
#[derive(Clone)]
pub struct Frame {
    /// The words.
    pub texts: Texts,
    /// The brand: its name, logo, style sheets, links.
    pub look: Arc<Look>,
}

impl Frame {
    /// The frame for a request. `ui_locales`: from the authorization request, if there is one behind the page.
    pub fn new(app: &App, browser: &Browser, ui_locales: Option<&str>) -> Self {
        Self { texts: Texts::choose(ui_locales, &browser.languages), look: app.look().clone() }
    }

    /// The path of a page of ours, with the issuer's path before it.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.look.base)
    }
}

/// Renders a page with all security headers. `form_targets`: CSP sources besides ourselves that its forms may lead to,
/// since browsers apply `form-action` to redirects as well: the `csp_source` of the app's redirect URI.
///
/// It has no `Cross-Origin-Opener-Policy`: a sign-in page that an app opened as a pop-up keeps its opener.
pub fn html(status: StatusCode, page: &impl Template, form_targets: &[String]) -> HttpResponse {
    render(page, secured(status, form_targets))
}

/// [`html`] for pages that no app opens, such as those of the account: `Cross-Origin-Opener-Policy: same-origin`.
pub fn html_apart(status: StatusCode, page: &impl Template) -> HttpResponse {
    let mut answer = secured(status, &[]);
    answer.insert_header(("Cross-Origin-Opener-Policy", "same-origin"));
    render(page, answer)
}

fn secured(status: StatusCode, form_targets: &[String]) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, content_policy(form_targets)))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_FRAME_OPTIONS, "DENY"))
        .insert_header((
            "Permissions-Policy",
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ))
        .insert_header(("Cross-Origin-Resource-Policy", "same-origin"));
    answer
}

/// No script, no inline style; images from apps' own servers, since their logos stand there.
fn content_policy(form_targets: &[String]) -> String {
    let is_source = |target: &&String| {
        target.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b';' | b','))
    };
    let mut targets = String::new();
    for target in form_targets.iter().filter(is_source) {
        targets.push(' ');
        targets.push_str(target);
    }
    format!(
        "default-src 'none'; style-src 'self'; img-src 'self' https: data:; \
         form-action 'self'{targets}; frame-ancestors 'none'; base-uri 'none'"
    )
}

fn render(page: &impl Template, mut answer: HttpResponseBuilder) -> HttpResponse {
    match page.render() {
        Ok(body) => answer.body(body),
        Err(error) => {
            tracing::error!(%error, "a page can't be rendered");
            answer
                .status(StatusCode::INTERNAL_SERVER_ERROR)
                .content_type("text/plain; charset=utf-8")
                .body("This page can't be shown. Go back and try again.\n")
        }
    }
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

    /// A page for an error on our side.
    fn of_store(error: &StoreError) -> Self {
        let for_a_while = matches!(error, StoreError::Unavailable(_));
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
                rule: error.to_string(),
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
            Self::Store(error) => ErrorPage::of_store(&error),
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
        let mut answer = secured(page.status, &[]);
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
            if frame.texts.has(&id) { id } else { format!("error-request-{part}") }
        };
        let show = |part| {
            let text = frame.texts.with(&id(part), &[("value", &page.value)]);
            text.trim_end().to_owned()
        };
        let known = page.way_out.as_deref().filter(|link| leads_somewhere(link));
        Self {
            title: show("title"),
            text: show("text"),
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
    fn form_targets_join_the_policy_and_nothing_else_does() {
        let none = content_policy(&[]);
        assert!(none.contains("default-src 'none'; style-src 'self'"));
        assert!(none.contains("form-action 'self'; frame-ancestors 'none'; base-uri 'none'"));
        let targets =
            ["https://rp.example:8443".to_owned(), "x; script-src *".to_owned(), "a,b".to_owned()];
        let some = content_policy(&targets);
        assert!(some.contains("form-action 'self' https://rp.example:8443; frame-ancestors"));
        assert!(!some.contains("script-src"));
    }

    #[test]
    fn xss_05_every_page_carries_the_headers() {
        #[derive(Template)]
        #[template(source = "<p>{{ text }}</p>", ext = "html")]
        struct Page {
            text: &'static str,
        }
        let page = Page { text: "x" };
        let answer = html(StatusCode::OK, &page, &[]);
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("x-frame-options", "DENY"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.headers().get(name).unwrap(), value);
        }
        assert!(answer.headers().get("cross-origin-opener-policy").is_none());
        let apart = html_apart(StatusCode::OK, &page);
        assert_eq!(apart.headers().get("cross-origin-opener-policy").unwrap(), "same-origin");
    }

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
