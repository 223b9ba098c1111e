//! The cookies of an app's host: one that stands for the grant, one that binds a sign-in under way to its browser.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header;
use serde::{Deserialize, Serialize};

use super::Site;
use crate::http::App;
use crate::keys::Purpose;
use crate::model::GrantId;

/// What a cookie stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody who is signed in to this app.
    SignedIn,
    /// A sign-in under way; its value is the PKCE verifier (RFC 7636).
    UnderWay,
}

impl Kind {
    const fn name(self, https: bool) -> &'static str {
        match (self, https) {
            (Self::SignedIn, true) => "__Host-hatcheck-forward",
            (Self::UnderWay, true) => "__Host-hatcheck-forward-state",
            (Self::SignedIn, false) => "hatcheck-forward",
            (Self::UnderWay, false) => "hatcheck-forward-state",
        }
    }
}

/// It is good on the host that it was made for.
#[derive(Deserialize, Serialize)]
struct Sealed {
    host: String,
    grant_id: GrantId,
}

/// The grant of who is signed in to the app at this host.
pub fn read(request: &HttpRequest, host: &str, app: &App) -> Option<GrantId> {
    let settings = app.settings().forward_auth.get(host)?;
    let value = value(request, Kind::SignedIn, settings.https)?;
    let sealed: Sealed = app.sealer().open(Purpose::Forward, &value)?;
    (sealed.host == host).then_some(sealed.grant_id)
}

/// The value of a cookie that came once; two of one name mean that somebody tossed one in.
pub fn value(request: &HttpRequest, kind: Kind, https: bool) -> Option<String> {
    let wanted = kind.name(https);
    let mut values = request
        .headers()
        .get_all(header::COOKIE)
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == wanted);
    let (_, value) = values.next()?;
    values.next().is_none().then(|| value.to_owned())
}

/// For who has signed in.
pub(super) fn signed_in(site: &Site<'_>, grant_id: GrantId, app: &App) -> Cookie<'static> {
    let sealed = Sealed { host: site.host.to_owned(), grant_id };
    set(site, Kind::SignedIn, app.sealer().seal(Purpose::Forward, &sealed, &app.random()))
}

/// A cookie of the host alone.
pub(super) fn set(site: &Site<'_>, kind: Kind, value: String) -> Cookie<'static> {
    let https = site.settings.https;
    Cookie::build(kind.name(https), value)
        .path("/")
        .http_only(true)
        .secure(https)
        .same_site(SameSite::Lax)
        .finish()
}

/// One that removes it.
pub(super) fn remove(site: &Site<'_>, kind: Kind) -> Cookie<'static> {
    let mut cookie = set(site, kind, String::new());
    cookie.make_removal();
    cookie
}
