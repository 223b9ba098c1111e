//! Our cookies: `__Host-` on https, a plain name on loopback http; Path=/ always; `HttpOnly` and `SameSite=Lax` but for
//! the one that our frame in apps' pages has to see.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration as CookieAge;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header;

use crate::config::Issuer;

/// The cookies that this server sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Binds sign-ins under way and form tokens to this browser; says nothing about anybody.
    Browser,
    /// Stands for a session.
    Session,
    /// Tells that its owner has signed in here before.
    Device,
    /// Which session the browser is in, for our frame in apps' pages: it opens nothing.
    State,
}

/// How long the browser and device cookies last.
const A_YEAR: CookieAge = CookieAge::days(365);

impl Kind {
    const fn name(self, https: bool) -> &'static str {
        match (self, https) {
            (Self::Browser, true) => "__Host-hatcheck-browser",
            (Self::Session, true) => "__Host-hatcheck-session",
            (Self::Device, true) => "__Host-hatcheck-device",
            (Self::State, true) => "__Host-hatcheck-state",
            (Self::Browser, false) => "hatcheck-browser",
            (Self::Session, false) => "hatcheck-session",
            (Self::Device, false) => "hatcheck-device",
            (Self::State, false) => "hatcheck-state",
        }
    }
}

/// The value of a cookie, if the browser sent it once. Two of one name mean that somebody tossed one in: then none
/// is believed.
pub fn read(request: &HttpRequest, issuer: &Issuer, kind: Kind) -> Option<String> {
    let wanted = kind.name(issuer.is_https());
    let mut values = request
        .headers()
        .get_all(header::COOKIE)
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == wanted)
        .map(|(_, value)| value);
    let value = values.next()?;
    let is_ours = value.len() == 43
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    (values.next().is_none() && is_ours).then(|| value.to_owned())
}

/// A cookie to set. `lasting`: it outlives the browser by so many seconds; `None`: it goes with it.
pub fn set(issuer: &Issuer, kind: Kind, value: &str, lasting: Option<u64>) -> Cookie<'static> {
    let mut cookie = plain(issuer, kind, value);
    let age = match kind {
        Kind::Browser | Kind::Device => Some(A_YEAR),
        Kind::Session | Kind::State => {
            lasting.map(|seconds| CookieAge::seconds(i64::try_from(seconds).unwrap_or(i64::MAX)))
        }
    };
    if let Some(age) = age {
        cookie.set_max_age(age);
    }
    cookie
}

/// A cookie that removes the one there is.
pub fn remove(issuer: &Issuer, kind: Kind) -> Cookie<'static> {
    let mut cookie = plain(issuer, kind, "");
    cookie.set_max_age(CookieAge::ZERO);
    cookie
}

/// The name of the cookie that our frame looks for.
pub fn name_of_state(issuer: &Issuer) -> &'static str {
    Kind::State.name(issuer.is_https())
}

fn plain(issuer: &Issuer, kind: Kind, value: &str) -> Cookie<'static> {
    let for_frames = kind == Kind::State;
    // `None` without `Secure` is refused by browsers; on a machine of one's own all is one site
    let everywhere = for_frames && issuer.is_https();
    Cookie::build(kind.name(issuer.is_https()), value.to_owned())
        .path("/")
        .http_only(!for_frames)
        .secure(issuer.is_https())
        .same_site(if everywhere { SameSite::None } else { SameSite::Lax })
        .finish()
}
