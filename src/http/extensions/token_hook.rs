//! A deployment's own word in what tokens say, and whether they are given.

use std::pin::Pin;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::http::App;
use crate::model::client::GrantType;
use crate::model::{Authentication, Client, Scopes, User};

/// Is asked before tokens are given, by every grant and by the authorization endpoint when it gives tokens itself. It may add
/// claims, or refuse.
pub trait TokenHook: Send + Sync {
    /// Decides. It is asked before anything is spent, so whoever is refused for the moment may try again.
    fn before_tokens<'a>(&'a self, app: &'a App, issuing: &'a Issuing<'a>) -> Deciding<'a>;
}

/// What [`TokenHook::before_tokens`] comes to.
pub type Deciding<'a> = Pin<Box<dyn Future<Output = Result<Extra, Withheld>> + 'a>>;

/// Tokens that are about to be given.
#[derive(Clone, Copy, Debug)]
pub struct Issuing<'a> {
    /// To whom.
    pub client: &'a Client,
    /// About whom; nobody when the client acts for itself.
    pub user: Option<&'a User>,
    /// How that person signed in, where that is known.
    pub authentication: Option<&'a Authentication>,
    /// What they allow.
    pub scopes: &'a Scopes,
    /// Whom the access token is for (`aud`).
    pub audience: &'a [String],
    /// By which grant; `Implicit` for tokens of the authorization endpoint.
    pub grant: GrantType,
}

/// Claims to add. Those of the protocol stay as they are, whatever stands here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Extra {
    /// To access tokens, and to what is told at introspection.
    pub access_token: Map<String, Value>,
    /// To ID tokens.
    pub id_token: Map<String, Value>,
}

/// Why no tokens are given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// The deployment does not want it, for a reason that the app is told.
    #[error("{0}")]
    Refused(String),
    /// It can't be decided just now.
    #[error("it can't be decided just now: {0}")]
    Unavailable(String),
}
