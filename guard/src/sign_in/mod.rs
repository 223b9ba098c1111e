//! Signing in for an app that browsers use: the code flow with PKCE (OpenID Connect Core section 3.1, RFC 7636, RFC 9700),
//! and sessions that are kept by the app's server. The browser has a cookie with a random number and never sees a token, so
//! that no script can lose one (IETF draft "OAuth 2.0 for Browser-Based Applications", section 6.1).
//!
//! Tokens are refreshed here, ahead of time and beside the requests, by one task a session on one node: tabs and parallel
//! requests can't race each other.

mod attempt;
mod begin;
mod callback;
mod client;
mod failure;
mod flight;
mod id_token;
mod logout;
mod refresh;
mod session;
mod settings;

use std::sync::Arc;

use form_urlencoded::Serializer;

pub use self::client::Client;
pub use self::settings::SignIn;

use self::attempt::Attempts;
use self::failure::Failure;
use crate::Guard;
use crate::answer::Answer;
use crate::source::{self, Headers, Request};

/// Below this path are the pages of signing in.
pub const AT: &str = "/auth";

/// A page of signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// `GET /auth/login` sends the person to the issuer. `to`: the path to come back to; `acr_values` and `login_hint` go on
    /// to the issuer.
    Login,
    /// `GET /auth/callback` is where the issuer sends the person back.
    Callback,
    /// `POST /auth/logout` ends the session here and goes to the issuer to end the one there.
    Logout,
    /// `POST /auth/backchannel-logout` is where the issuer tells that a session has ended.
    BackChannelLogout,
}

impl Page {
    /// All of them, with method and path below [`AT`].
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Login, "GET", "/login"),
        (Self::Callback, "GET", "/callback"),
        (Self::Logout, "POST", "/logout"),
        (Self::BackChannelLogout, "POST", "/backchannel-logout"),
    ];
}

/// What a request to one of the pages brings.
pub struct Brought {
    query: String,
    body: Vec<u8>,
    session: Option<String>,
    attempts: Attempts,
    own: bool,
}

impl Brought {
    /// Reads a request; `body` is there for what is posted.
    pub fn read<H: Headers>(client: &Client, request: &Request<'_, H>, body: &[u8]) -> Self {
        let cookies = request.headers.all("cookie");
        Self {
            query: request.query.unwrap_or_default().to_owned(),
            body: body.to_vec(),
            session: source::in_cookie(&cookies, &client.cookie.name).ok().flatten(),
            attempts: client.attempts.read(request.headers),
            own: source::is_own(request),
        }
    }
}

/// Where a person is sent who has to sign in, in one of these ways if there are any, and come back to this path.
pub fn login(to: &str, acr: &[String]) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("to", to);
    if !acr.is_empty() {
        query.append_pair("acr_values", &acr.join(" "));
    }
    format!("{AT}/login?{}", query.finish())
}

/// Answers one of the pages.
pub async fn answer(guard: &Guard, client: &Arc<Client>, page: Page, brought: &Brought) -> Answer {
    let answered = match page {
        Page::Login => begin::answer(client, brought).await,
        Page::Callback => callback::answer(guard, client, brought).await,
        Page::Logout => logout::answer(client, brought).await,
        Page::BackChannelLogout => return logout::by_issuer(guard, client, brought).await,
    };
    answered.unwrap_or_else(Failure::answer)
}
