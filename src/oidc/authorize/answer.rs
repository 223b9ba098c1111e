//! Responses that go to the app through the browser: RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207 section 2.

use actix_web::HttpResponse;

use super::Refusal;
use super::form_post;
use super::rules::{Incoming, response};
use crate::http::{self, App, Browser, Params, see_other};
use crate::model::{AuthorizationRequest, Prompt, RedirectUri, ResponseMode};
use crate::session::BrowserState;

/// Where an answer goes, and what it carries back.
pub(super) struct Target {
    /// The proved redirect URI.
    pub redirect_uri: RedirectUri,
    /// How it travels.
    mode: ResponseMode,
    /// Comes back byte for byte.
    state: Option<String>,
    /// What the app's page may watch (Session Management section 2).
    session_state: Option<String>,
    /// Whether no page may be seen (`prompt=none`): the app may hold a page without a word in a frame.
    silent: bool,
    /// The languages that a page should have.
    ui_locales: Option<String>,
}

/// A member of a response: its name, and its value before any encoding.
pub(super) type Member = (&'static str, String);

/// The part of a URI that carries an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::oidc) enum Placement {
    /// After `?`.
    Query,
    /// After `#`: where an app looks that asked for tokens at once.
    Fragment,
}

impl Target {
    /// Before the request is judged: what can be said of it already.
    pub fn of_incoming(incoming: &Incoming, redirect_uri: RedirectUri) -> Self {
        let once = |name| incoming.params.optional(name).filter(|_| !incoming.is_doubled(name));
        Self {
            mode: response::mode_of_errors(&incoming.params, &redirect_uri),
            redirect_uri,
            state: once("state").map(str::to_owned),
            session_state: None,
            silent: once("prompt") == Some(Prompt::None.as_str()),
            ui_locales: once("ui_locales").map(str::to_owned),
        }
    }

    /// Of a request that has been judged.
    pub fn of(request: &AuthorizationRequest) -> Self {
        Self {
            redirect_uri: request.redirect_uri.clone(),
            mode: request.response.mode(),
            state: request.state.clone(),
            session_state: None,
            silent: request.prompts(Prompt::None),
            ui_locales: request.ui_locales.clone(),
        }
    }

    /// With the state of the browser.
    #[must_use]
    pub fn telling(self, state: &BrowserState) -> Self {
        Self { session_state: state.session_state.clone(), ..self }
    }

    /// Notes a refusal and sends the error.
    pub fn refuse(
        &self,
        refusal: &Refusal,
        received: &str,
        browser: &Browser,
        app: &App,
    ) -> HttpResponse {
        let (error, rule) = (refusal.error(), refusal.to_string());
        let reference = app.refuse(http::Refusal {
            error: error.to_owned(),
            received: received.to_owned(),
            rule: rule.clone(),
            mend: refusal.mend().to_owned(),
        });
        if let Refusal::Store(source) = refusal {
            tracing::error!(error, %reference, %source, "refused");
        } else {
            tracing::info!(error, %reference, %rule, "refused");
        }
        let description = format!("{} (reference {reference})", plain(&rule));
        let answer = vec![("error", error.to_owned()), ("error_description", description)];
        self.send(answer, browser, app)
    }

    /// Sends an answer the way that was asked for.
    pub fn send(&self, answer: Vec<Member>, browser: &Browser, app: &App) -> HttpResponse {
        let members = self.members(answer, app.settings().issuer.as_str());
        let placement = match self.mode {
            ResponseMode::Query => Placement::Query,
            ResponseMode::Fragment => Placement::Fragment,
            ResponseMode::FormPost => {
                let frame = http::Frame::new(app, browser, self.ui_locales.as_deref());
                return form_post::page(&self.redirect_uri, members, frame, self.silent);
            }
        };
        let pairs = members.iter().map(|(name, value)| (*name, value.as_str()));
        see_other(extended(&self.redirect_uri, placement, pairs), None)
    }

    /// All members of a response: what answers the request, and what every response carries, successes and errors
    /// alike. Nothing joins a response anywhere else.
    fn members(&self, answer: Vec<Member>, issuer: &str) -> Vec<Member> {
        let state = self.state.clone().map(|state| ("state", state));
        let watched = self.session_state.clone().map(|state| ("session_state", state));
        let iss = [("iss", issuer.to_owned())];
        answer.into_iter().chain(state).chain(watched).chain(iss).collect()
    }
}

/// A redirect URI with its own query kept, and these parameters added.
pub(in crate::oidc) fn extended<'a>(
    uri: &RedirectUri,
    placement: Placement,
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let uri = uri.as_str();
    let mut location = String::with_capacity(uri.len() + 1_024);
    location.push_str(uri);
    let mut separator = match placement {
        Placement::Fragment => "#",
        Placement::Query if !uri.contains('?') => "?",
        Placement::Query if uri.ends_with(['?', '&']) => "",
        Placement::Query => "&",
    };
    for (name, value) in parameters {
        location.push_str(separator);
        location.push_str(name);
        location.push('=');
        encode(value, &mut location);
        separator = "&";
    }
    location
}

/// Percent-encodes everything but unreserved characters, a blank as `%20`: form decoders and URI decoders agree on it.
fn encode(value: &str, out: &mut String) {
    for part in url::form_urlencoded::byte_serialize(value.as_bytes()) {
        out.push_str(if part == "+" { "%20" } else { part });
    }
}

/// What RFC 6749 section 4.1.2.1 lets into `error_description`.
fn plain(text: &str) -> String {
    let fits = |c: &char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
    text.chars().filter(fits).collect()
}

/// An answer with the cookie that goes with what it says of the browser's state.
pub(super) fn with_state(mut answer: HttpResponse, state: BrowserState) -> HttpResponse {
    if let Some(cookie) = state.cookie {
        // Without it the app's page is told that nothing is known
        let _ = answer.add_cookie(&cookie);
    }
    answer
}

/// Asks for the same again by GET. A form that another site posts comes without our cookies, which are
/// `SameSite=Lax`; the redirect brings them along.
pub(in crate::oidc) fn by_get(app: &App, path: &str, form: &[u8]) -> Option<HttpResponse> {
    let (params, doubled) = Params::parse_noting_doubled(form).ok()?;
    let query =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params.iter()).finish();
    let fits = doubled.is_empty() && query.len() <= LONGEST_QUERY;
    let url = || format!("{}{path}?{query}", app.settings().issuer.path());
    fits.then(|| see_other(url(), None))
}

/// Leaves room in a request line of 8 kB for method, path and version.
const LONGEST_QUERY: usize = 7_800;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RegisteredUri;

    fn location(uri: &str, placement: Placement, state: Option<&str>) -> String {
        let registered = [RegisteredUri::parse(uri, true).unwrap()];
        let redirect_uri = RedirectUri::of(uri, &registered).unwrap();
        let target = Target {
            redirect_uri,
            mode: ResponseMode::Query,
            state: state.map(str::to_owned),
            session_state: None,
            silent: false,
            ui_locales: None,
        };
        let members = target.members(vec![("code", "x_Y-z".to_owned())], "https://id.example/a");
        let pairs = members.iter().map(|(name, value)| (*name, value.as_str()));
        extended(&target.redirect_uri, placement, pairs)
    }

    #[test]
    fn rfc_6749_4_1_2_the_query_of_the_redirect_uri_is_kept() {
        let end = "code=x_Y-z&iss=https%3A%2F%2Fid.example%2Fa";
        for (uri, before) in [
            ("https://rp.example/cb", "https://rp.example/cb?"),
            ("https://rp.example/cb?a=b", "https://rp.example/cb?a=b&"),
            ("https://rp.example/cb?", "https://rp.example/cb?"),
            ("com.example.app:/cb", "com.example.app:/cb?"),
        ] {
            assert_eq!(location(uri, Placement::Query, None), format!("{before}{end}"));
        }
        assert_eq!(
            location("https://rp.example/cb?a=b", Placement::Fragment, None),
            format!("https://rp.example/cb?a=b#{end}")
        );
    }

    #[test]
    fn aut_01_and_xss_04_state_comes_back_byte_for_byte() {
        let state = "a b&c=%41+#\u{1F511}\"\r\nSet-Cookie:x".repeat(60);
        let location = location("https://rp.example/cb?a=b", Placement::Query, Some(&state));
        assert!(location.bytes().all(|b| b.is_ascii_graphic()));
        let url = url::Url::parse(&location).unwrap();
        let back = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        assert_eq!(back, state);
    }

    #[test]
    fn aut_02_iss_comes_exactly_once() {
        let location = location("https://rp.example/cb", Placement::Query, Some("s"));
        assert_eq!(location.matches("iss=").count(), 1);
    }

    #[test]
    fn rfc_6749_4_1_2_1_descriptions_hold_no_quotes_backslashes_or_controls() {
        assert_eq!(plain("a \"b\" \\ c\r\né!~"), "a b  c!~");
    }
}
