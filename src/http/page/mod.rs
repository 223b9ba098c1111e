//! Pages: what surrounds them, the headers they carry, and (in `error`) the one place where errors become pages.
//! The headers follow RFC 9700 section 4.16 (framing) and 4.2 (`Referer`).

mod error;

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder};
use askama::Template;
pub use error::{ErrorPage, PageError};

use super::static_files::Look;
use super::{App, Browser, Texts};

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
}
