//! `request`, `request_uri` and `registration` (OpenID Connect Core sections 6 and 7.2.1), and which ways a client has to
//! go (RFC 9101 section 10.5, RFC 9126 section 5).

use crate::config::Requests;
use crate::http::Params;
use crate::model::Client;
use crate::oidc::authorize::Refusal;
use crate::oidc::request_object::{RequestError, Way};

/// Whoever sends one of these where it is not read means something that would be lost.
pub fn judge(params: &Params) -> Result<(), Refusal> {
    if params.optional("request").is_some() {
        return Err(Refusal::RequestObject);
    }
    if params.optional("request_uri").is_some() {
        return Err(Refusal::RequestUri);
    }
    if params.optional("registration").is_some() {
        return Err(Refusal::Registration);
    }
    Ok(())
}

/// What came to the authorization endpoint itself.
pub fn judge_way(way: Way, client: &Client, offered: Requests) -> Result<(), Refusal> {
    if offered.require_pushed || client.metadata.requests.require_pushed {
        return Err(RequestError::PushRequired.into());
    }
    judge_signed(way, client)
}

/// What came to either endpoint.
pub fn judge_signed(way: Way, client: &Client) -> Result<(), Refusal> {
    match way {
        Way::Plain if client.metadata.requests.require_signed => {
            Err(RequestError::SignatureRequired.into())
        }
        Way::Plain | Way::Object => Ok(()),
    }
}
