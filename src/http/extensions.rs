//! What a deployment adds in Rust, in a `main` of its own: `hatcheck::cli::main_with(extensions)`.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::HeaderMap;

use super::{App, ClientAddress};
use crate::model::{ClientId, Username};

/// What a deployment adds.
#[derive(Clone, Default)]
pub struct Extensions {
    authenticators: Vec<Arc<dyn Authenticator>>,
}

/// A way of signing in of a deployment's own, at `POST /authenticate/NAME`, with a request in its own format. It says who is
/// meant and for which app; the answer is a link that signs that person in once, to that app.
pub trait Authenticator: Send + Sync {
    /// Its name in the path: small letters, digits and hyphens.
    fn name(&self) -> &str;

    /// Checks a request: its format, its signature, its time. Nothing of it is believed before.
    fn authenticate<'a>(&'a self, app: &'a App, request: &'a Attempt) -> Authenticating<'a>;
}

/// What [`Authenticator::authenticate`] comes to.
pub type Authenticating<'a> = Pin<Box<dyn Future<Output = Result<Recognised, Unrecognised>> + 'a>>;

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
    /// What it is checked with can't be had just now.
    #[error("the request can't be checked now")]
    Unavailable,
}

impl Extensions {
    /// Adds a way of signing in.
    #[must_use]
    pub fn authenticator(mut self, authenticator: impl Authenticator + 'static) -> Self {
        self.authenticators.push(Arc::new(authenticator));
        self
    }

    /// The way of signing in of this name.
    pub fn find(&self, name: &str) -> Option<&Arc<dyn Authenticator>> {
        self.authenticators.iter().find(|each| each.name() == name)
    }
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.authenticators.iter().map(|each| each.name());
        f.debug_list().entries(names).finish()
    }
}
