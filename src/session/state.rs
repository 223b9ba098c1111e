//! What an app may watch of a sign-in: the browser state of OpenID Connect Session Management 1.0 sections 2 and 3.2.
//!
//! A cookie that scripts can read says in which session the browser is, or that it is in none, without naming the
//! session or opening it. Where a browser keeps the cookies of frames apart, the frame sees no such cookie: it then
//! answers `error`, which asks for nothing, and never `changed`, which would sign people out. So nothing that happens
//! in a frame may put the cookie of nobody there.

use actix_web::cookie::Cookie;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

use super::record::SignedIn;
use crate::http::{App, Browser, cookies};
use crate::keys::Purpose;
use crate::model::{ClientId, Digest, Session, SessionId};

/// What an answer to an app says of the browser's state.
#[derive(Debug, Default)]
pub struct BrowserState {
    /// The `session_state` parameter.
    pub session_state: Option<String>,
    /// The cookie to set, when the browser's is out of date.
    pub cookie: Option<Cookie<'static>>,
}

/// The state for an app at this redirect URI. A URI that no page can have, such as a native app's, gets none.
pub fn browser_state(
    app: &App,
    browser: &Browser,
    signed_in: Option<&SignedIn>,
    client_id: &ClientId,
    redirect_uri: &str,
) -> BrowserState {
    let sent = browser.state.as_deref();
    let (value, cookie) = match signed_in {
        Some(SignedIn { session, .. }) => {
            let value = of_session(app, session.id);
            let stale = sent != Some(value.as_str());
            (Some(value), stale.then(|| cookie_of(app, session)))
        }
        None => match sent {
            Some(value) if is_nobodys(app, value) || !is_at_home(browser) => {
                (Some(value.to_owned()), None)
            }
            Some(_) | None if is_at_home(browser) => {
                let value = fresh_nobody(app);
                let cookie = cookies::set(&app.settings().issuer, KIND, &value, None);
                (Some(value), Some(cookie))
            }
            Some(_) | None => (None, None),
        },
    };
    let salt = URL_SAFE_NO_PAD.encode(app.random::<16>());
    let session_state = value
        .zip(origin(redirect_uri))
        .map(|(value, origin)| session_state(client_id.as_str(), &origin, &value, &salt));
    BrowserState { session_state, cookie }
}

/// The cookie of a session that begins or goes on.
pub(super) fn cookie_of(app: &App, session: &Session) -> Cookie<'static> {
    let settings = app.settings();
    let lasting = session.persistent.then_some(settings.sessions.persistent.as_secs());
    cookies::set(&settings.issuer, KIND, &of_session(app, session.id), lasting)
}

/// The cookie of a browser in which nobody is signed in any more: another value, since a cookie that is gone can't be
/// told from one that can't be seen.
pub fn nobodys_cookie(app: &App) -> Cookie<'static> {
    cookies::set(&app.settings().issuer, KIND, &fresh_nobody(app), None)
}

/// The cookie to set when somebody finds that nobody is signed in here, if the browser's says otherwise.
pub fn left(app: &App, browser: &Browser) -> Option<Cookie<'static>> {
    let stale = browser.state.as_deref().is_some_and(|value| !is_nobodys(app, value));
    (stale && is_at_home(browser)).then(|| nobodys_cookie(app))
}

const KIND: cookies::Kind = cookies::Kind::State;

/// Whether the request shows all cookies that the browser has for us: it is no frame's, and where the state came, the
/// cookies that frames of other sites do not send came too.
fn is_at_home(browser: &Browser) -> bool {
    shows_all(browser.framed, browser.cookie.is_some(), browser.state.is_some())
}

const fn shows_all(framed: bool, cookie: bool, state: bool) -> bool {
    !framed && (cookie || !state)
}

/// It stays the same when the same person signs in again, and tells nothing of the session's cookie.
fn of_session(app: &App, id: SessionId) -> String {
    URL_SAFE_NO_PAD.encode(app.sealer().mac(Purpose::State, format!("session\n{id}").as_bytes()))
}

/// Random, so that no page can find out by trying whether anybody is signed in.
fn fresh_nobody(app: &App) -> String {
    nobody(app, app.random())
}

fn nobody(app: &App, random: [u8; 16]) -> String {
    let mac = app.sealer().mac(Purpose::State, &[b"nobody\n".as_slice(), &random].concat());
    let (half, _) = mac.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    URL_SAFE_NO_PAD.encode([random, *half].concat())
}

fn is_nobodys(app: &App, value: &str) -> bool {
    let bytes = URL_SAFE_NO_PAD.decode(value).unwrap_or_default();
    bytes.split_first_chunk::<16>().is_some_and(|(random, _)| nobody(app, *random) == value)
}

/// Section 2: what the frame compares with what it computes itself.
fn session_state(client_id: &str, origin: &str, state: &str, salt: &str) -> String {
    let digest = Digest::of(format!("{client_id} {origin} {state} {salt}"));
    format!("{}.{salt}", digest.as_str())
}

/// The origin of a page at this URI.
fn origin(uri: &str) -> Option<String> {
    let origin = Url::parse(uri).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_management_2_the_state_is_a_salted_digest() {
        let said = session_state("notes", "https://rp.example", "state", "salt");
        let digest = Digest::of("notes https://rp.example state salt");
        assert_eq!(said, format!("{}.salt", digest.as_str()));
        assert!(!said.contains(' '));
    }

    #[test]
    fn only_pages_have_an_origin_to_ask_from() {
        for (uri, expected) in [
            ("https://rp.example/cb?a=b", Some("https://rp.example")),
            ("https://rp.example:8443/cb", Some("https://rp.example:8443")),
            ("http://127.0.0.1:3000/cb", Some("http://127.0.0.1:3000")),
            ("com.example.app:/cb", None),
            ("no uri", None),
        ] {
            assert_eq!(origin(uri).as_deref(), expected, "{uri}");
        }
    }

    #[test]
    fn a_frame_or_a_request_without_our_other_cookies_never_makes_the_browser_nobodys() {
        for (framed, cookie, state, expected) in [
            (false, true, true, true),
            (false, true, false, true),
            (false, false, false, true),
            (false, false, true, false),
            (true, true, true, false),
            (true, true, false, false),
            (true, false, false, false),
        ] {
            assert_eq!(shows_all(framed, cookie, state), expected, "{framed} {cookie} {state}");
        }
    }
}
