//! Ways of signing in of a deployment's own.

use std::fmt;
use std::future::ready;
use std::pin::Pin;
use std::time::Duration;

use actix_web::http::header::HeaderMap;

use crate::http::{App, ClientAddress};
use crate::model::{ClientId, Username};

/// A way of signing in of a deployment's own. It takes requests in its own format, or names and passwords that people type, or
/// both; throttles, second factors, sessions and what apps get stay as they are.
pub trait Authenticator: Send + Sync {
    /// Its name: small letters, digits and hyphens. Accounts are linked under it, so it stays the same.
    fn name(&self) -> &str;

    /// Checks a request to `POST /authenticate/NAME`: its format, its signature, its time. Nothing of it is believed before.
    /// It says who is meant and for which app; the answer is a link that signs that person in once, to that app.
    fn authenticate<'a>(
        &'a self,
        _app: &'a App,
        _request: &'a Attempt,
    ) -> Answering<'a, Recognised> {
        Box::pin(ready(Err(Unrecognised::NotOffered)))
    }

    /// Checks a name and a password, typed on the login page or sent to `/authorize-challenge`. Each is asked in turn until
    /// one knows the name; who is nobody's has a password here, or none.
    fn check_password<'a>(&'a self, _app: &'a App, _typed: Typed<'a>) -> Answering<'a, Checked> {
        Box::pin(ready(Ok(Checked::NotTheirs)))
    }
}

/// What an [`Authenticator`] comes to.
pub type Answering<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unrecognised>> + 'a>>;

/// A name and a password, as somebody typed them.
#[derive(Clone, Copy)]
pub struct Typed<'a> {
    /// The name, in its one spelling.
    pub username: &'a Username,
    /// The password; never empty.
    pub password: &'a str,
}

/// The password is not printed.
impl fmt::Debug for Typed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Typed").field("username", self.username).finish_non_exhaustive()
    }
}

/// What a name and a password are worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// This provider does not know the name.
    NotTheirs,
    /// It does, and the password is wrong, or the person may not sign in. The caller is not told which.
    Wrong,
    /// This is who it is.
    Right(Box<Known>),
}

/// A person as a provider knows them. They get an account with the first sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What the provider calls them, whatever happens to their name and address: never given to another person.
    pub subject: String,
    /// The name that they sign in with here.
    pub username: Username,
    /// Their e-mail address.
    pub email: String,
    /// Whether somebody has made sure that it is theirs.
    pub email_verified: bool,
    /// What they are called.
    pub name: String,
    /// Whether an account of this username that is here already is theirs. Only where the provider decides who has which
    /// name: otherwise somebody could take an account over by taking its name there.
    pub adopt: bool,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The headers.
    pub headers: HeaderMap,
    /// The body, at most 64 kB, of whatever type.
    pub body: Vec<u8>,
    /// Where it came from.
    pub address: ClientAddress,
}

/// Somebody who was recognised, and what the link is to be.
#[derive(Clone, Debug)]
pub struct Recognised {
    /// Who, by the name that they sign in with. They have to be there.
    pub username: Username,
    /// The app that the link is for; it has registered `link_uris`.
    pub client_id: ClientId,
    /// What for, in words for the person.
    pub purpose: String,
    /// Where the link leads: one of the app's `link_uris`.
    pub target: String,
    /// For how long the link is good; 15 minutes without it.
    pub lifetime: Option<Duration>,
    /// JSON for the app, which becomes its session data.
    pub data: Option<String>,
    /// What makes the request good once.
    pub once: Once,
}

/// A request that is good once.
#[derive(Clone, Debug)]
pub struct Once {
    /// What no other good request has, such as a nonce.
    pub id: String,
    /// So long it could come again.
    pub within: Duration,
}

/// Why nobody was recognised.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unrecognised {
    /// It can't be read.
    #[error("the request can't be read: {0}")]
    Unreadable(String),
    /// Its signature, or whatever proves it, is not good, or it is too old. The caller is not told which.
    #[error("the request is not authentic, or is too old")]
    Forged,
    /// The provider takes no requests.
    #[error("there is no such way of signing in here")]
    NotOffered,
    /// What it is checked with can't be had just now.
    #[error("the request can't be checked now")]
    Unavailable,
}
