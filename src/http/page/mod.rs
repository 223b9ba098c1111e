//! Pages: what surrounds them, the headers they carry, and (in `error`) the one place where errors become pages.
//! The headers follow RFC 9700 section 4.16 (framing) and 4.2 (`Referer`).

mod error;

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder};
use askama::Template;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
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
    /// Whether test logins work, which every page says.
    pub development: bool,
    /// Whether people sign in by providers elsewhere, which the account's menu says.
    pub providers: bool,
    /// Whether people make tokens of their own, which the account's menu says.
    pub tokens: bool,
}

impl Frame {
    /// The frame for a request. `ui_locales`: from the authorization request, if there is one behind the page.
    pub fn new(app: &App, browser: &Browser, ui_locales: Option<&str>) -> Self {
        Self {
            texts: Texts::choose(ui_locales, &browser.languages),
            look: app.look().clone(),
            development: app.settings().development.enabled,
            providers: app.has_connectors(),
            tokens: app.settings().api_tokens.are_offered(),
        }
    }

    /// The path of a page of ours, with the issuer's path before it.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.look.base)
    }
}

/// What the content policy of a page allows besides our own styles and pictures.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    /// CSP sources that its forms may lead to, by themselves or by redirects after them.
    pub form_targets: &'a [String],
    /// Whether its forms may come to us.
    pub own_forms: bool,
    /// The text of the one inline script, allowed by its hash.
    pub script: Option<&'a str>,
    /// CSP sources whose pages it may hold in frames.
    pub frames: &'a [String],
    /// The CSP source whose pages may hold it in a frame; nobody's without it.
    pub framed_by: Option<&'a str>,
}

impl Default for Policy<'_> {
    fn default() -> Self {
        Self { form_targets: &[], own_forms: true, script: None, frames: &[], framed_by: None }
    }
}

/// Renders a page with all security headers. `form_targets`: CSP sources besides ourselves that its forms may lead to,
/// since browsers apply `form-action` to redirects as well: the `csp_source` of the app's redirect URI.
///
/// It has no `Cross-Origin-Opener-Policy`: a sign-in page that an app opened as a pop-up keeps its opener.
pub fn html(status: StatusCode, page: &impl Template, form_targets: &[String]) -> HttpResponse {
    render(page, secured(status, &Policy { form_targets, ..Policy::default() }))
}

/// [`html`] for pages that no app opens, such as those of the account: `Cross-Origin-Opener-Policy: same-origin`.
pub fn html_apart(status: StatusCode, page: &impl Template) -> HttpResponse {
    let mut answer = secured(status, &Policy::default());
    answer.insert_header(("Cross-Origin-Opener-Policy", "same-origin"));
    render(page, answer)
}

/// [`html`] for a page that needs a policy of its own.
pub fn html_under(policy: &Policy<'_>, page: &impl Template) -> HttpResponse {
    render(page, secured(StatusCode::OK, policy))
}

fn secured(status: StatusCode, policy: &Policy<'_>) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, content_policy(policy)))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((
            "Permissions-Policy",
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ))
        .insert_header(("Cross-Origin-Resource-Policy", "same-origin"));
    if policy.framed_by.is_none() {
        // It knows no list of who may, so it says no more than that nobody may
        answer.insert_header((header::X_FRAME_OPTIONS, "DENY"));
    }
    answer
}

/// No script but the one named, no inline style; images from apps' own servers, since their logos stand there.
fn content_policy(policy: &Policy<'_>) -> String {
    let is_source =
        |source: &str| source.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b';' | b','));
    let script = policy
        .script
        .map(|text| {
            let hash = STANDARD.encode(digest(&SHA256, text.as_bytes()));
            format!("script-src 'sha256-{hash}'; ")
        })
        .unwrap_or_default();
    let own = policy.own_forms.then_some("'self'");
    let targets = policy.form_targets.iter().map(String::as_str).filter(|source| is_source(source));
    let mut targets: Vec<_> = own.into_iter().chain(targets).collect();
    if targets.is_empty() {
        targets.push("'none'");
    }
    let targets = targets.join(" ");
    let frames = policy.frames.iter().map(String::as_str).filter(|source| is_source(source));
    let frames = frames.collect::<Vec<_>>().join(" ");
    let frames = if frames.is_empty() { frames } else { format!("frame-src {frames}; ") };
    let ancestors = policy.framed_by.filter(|source| is_source(source)).unwrap_or("'none'");
    format!(
        "default-src 'none'; {script}{frames}style-src 'self'; img-src 'self' https: data:; \
         form-action {targets}; frame-ancestors {ancestors}; base-uri 'none'"
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
        let none = content_policy(&Policy::default());
        assert!(none.contains("default-src 'none'; style-src 'self'"));
        assert!(none.contains("form-action 'self'; frame-ancestors 'none'; base-uri 'none'"));
        let targets =
            ["https://rp.example:8443".to_owned(), "x; script-src *".to_owned(), "a,b".to_owned()];
        let some = content_policy(&Policy { form_targets: &targets, ..Policy::default() });
        assert!(some.contains("form-action 'self' https://rp.example:8443; frame-ancestors"));
        assert!(!some.contains("script-src"));
    }

    #[test]
    fn xss_03_one_script_is_allowed_by_its_hash() {
        let apps = ["https://rp.example".to_owned()];
        let policy = Policy {
            form_targets: &apps,
            own_forms: false,
            // The example of Content Security Policy Level 3 section 6.7.3.3
            script: Some("doSomething();"),
            frames: &["https://a.example".to_owned(), "b;c".to_owned()],
            framed_by: Some("https://rp.example"),
        };
        let text = content_policy(&policy);
        let script = "script-src 'sha256-RFWPLDbv2BY+rCkDzsE+0fr8ylGr2R2faWMhq4lfEQc=';";
        assert!(text.contains(script) && !text.contains("unsafe"), "{text}");
        assert!(
            text.contains("form-action https://rp.example; frame-ancestors https://rp.example")
        );
        assert!(text.contains("; frame-src https://a.example; style-src"), "{text}");
        let nowhere = content_policy(&Policy { form_targets: &[], ..policy });
        assert!(nowhere.contains("form-action 'none'"));
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
