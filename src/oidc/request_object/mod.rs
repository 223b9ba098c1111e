//! Authorization requests that do not stand in the URL as they are: request objects by value and by reference (OpenID
//! Connect Core section 6, RFC 9101), and pushed requests (RFC 9126).
//!
//! What is inside wins, and what is outside does not mix in: RFC 9101 section 6.3 wants only the parameters inside,
//! OpenID Connect those outside as well. Whoever can change the URL could add to what a client signed, so of those
//! outside only `client_id` and `response_type` are looked at, which OpenID Connect wants there.

mod error;
mod fetch;
pub mod object;
mod open;
pub mod pushed;

use self::open::Object;
use crate::http::App;
use crate::model::{AuthorizationRequest, Client, Once};
use crate::oidc::authorize::{Incoming, Refusal};

pub use error::RequestError;

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// As parameters.
    Plain,
    /// In a signed object.
    Object,
}

/// What a request turns out to be.
pub enum Unpacked {
    /// Parameters, still to be judged.
    Parameters {
        /// Those that count.
        incoming: Incoming,
        /// How they came.
        way: Way,
        /// What is spent when the sign-in is done.
        once: Option<Once>,
    },
    /// A pushed request, which was judged when it came.
    Pushed(Box<AuthorizationRequest>, Result<(), Refusal>),
}

/// Unpacks what came to the authorization endpoint. The settings may have request objects switched off: then the rules
/// refuse the parameter.
pub async fn unpack(
    incoming: Incoming,
    client: &Client,
    app: &App,
) -> Result<Unpacked, (Incoming, Refusal)> {
    match unpacked(&incoming, client, app).await {
        Ok(Some(unpacked)) => Ok(unpacked),
        Ok(None) => Ok(Unpacked::Parameters { incoming, way: Way::Plain, once: None }),
        Err(refusal) => Err((incoming, refusal)),
    }
}

async fn unpacked(
    incoming: &Incoming,
    client: &Client,
    app: &App,
) -> Result<Option<Unpacked>, Refusal> {
    let offered = app.settings().requests;
    for name in ["request", "request_uri"] {
        if incoming.is_doubled(name) {
            return Err(Refusal::Doubled(name.to_owned()));
        }
    }
    match (incoming.params.optional("request"), incoming.params.optional("request_uri")) {
        (Some(_), Some(_)) => Err(RequestError::Both.into()),
        (None, Some(uri)) if pushed::is_one(uri) => pushed::open(uri, client, app).await.map(Some),
        (Some(text), None) if offered.request => {
            let object = Object { text: text.to_owned(), by_uri: false };
            of_object(&object, incoming, client, app).await.map(Some)
        }
        (None, Some(uri)) if offered.request_uri => {
            let object = Object { text: fetch::object(uri, client, app).await?, by_uri: true };
            of_object(&object, incoming, client, app).await.map(Some)
        }
        (Some(_) | None, None) | (None, Some(_)) => Ok(None),
    }
}

/// The parameters of a pushed request: those of the form, or of a request object in it (RFC 9126 section 3).
pub async fn unpack_pushed(
    incoming: Incoming,
    client: &Client,
    app: &App,
) -> Result<(Incoming, Way), Refusal> {
    let object = incoming.params.optional("request").filter(|_| app.settings().requests.request);
    let Some(object) = object else { return Ok((incoming, Way::Plain)) };
    let object = Object { text: object.to_owned(), by_uri: false };
    let (incoming, _) = open::object(&object, client, app).await?;
    Ok((incoming, Way::Object))
}

async fn of_object(
    object: &Object,
    outer: &Incoming,
    client: &Client,
    app: &App,
) -> Result<Unpacked, Refusal> {
    let (mut incoming, once) = open::object(object, client, app).await?;
    if let Some(response_type) = outer.params.optional("response_type") {
        incoming.params.add_if_missing("response_type", response_type);
    }
    // What stands outside twice is unclear even where it does not count
    incoming.doubled.extend(outer.doubled.iter().cloned());
    Ok(Unpacked::Parameters { incoming, way: Way::Object, once })
}
