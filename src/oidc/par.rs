//! Pushed authorization requests: RFC 9126.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use super::authorize::{self, Incoming, Refusal, Untrusted, rules};
use super::client_auth;
use super::endpoint::{self, Call};
use super::request_object::{self, pushed};
use crate::http::{App, OauthError};
use crate::model::{AuthorizationRequest, Client};

/// What authenticates the client, and is no part of the request.
const OF_THE_CLIENT: [&str; 3] = ["client_secret", "client_assertion", "client_assertion_type"];

/// RFC 9126 section 2.2.
#[derive(Serialize)]
struct Answer {
    request_uri: String,
    expires_in: u64,
}

/// `POST /par`
pub async fn push(call: &Call<'_>) -> Result<HttpResponse, OauthError> {
    let client = client_auth::authenticate(call).await?;
    if call.params.optional("request_uri").is_some() {
        let rule = "request_uri is what this endpoint gives, and never what it takes (RFC 9126 section 2.1)";
        return Err(OauthError::new("invalid_request", rule)
            .with_mend("push the parameters themselves, or a request object in request"));
    }
    let of_request = |(name, _): &(&str, &str)| !OF_THE_CLIENT.contains(name);
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let pairs = call.params.iter().filter(of_request).map(owned);
    let incoming = Incoming::of_pairs(pairs).map_err(|error| untrusted(&error))?;
    let request = judge(incoming, &client, call.app).await?;
    let life = call.app.settings().requests.pushed_life;
    let request_uri = pushed::seal(request, life, call.app);
    let answer = Answer { request_uri, expires_in: life.as_secs() };
    Ok(endpoint::json_with(StatusCode::CREATED, &answer))
}

/// Section 2.1: the same rules as at the authorization endpoint, with the errors told to the client itself.
async fn judge(
    incoming: Incoming,
    client: &Client,
    app: &App,
) -> Result<AuthorizationRequest, OauthError> {
    let unpacked = request_object::unpack_pushed(incoming, client, app).await;
    let (incoming, way) = unpacked.map_err(refused)?;
    rules::objects::judge_signed(way, client).map_err(refused)?;
    let redirect_uri =
        rules::redirect_uri::judge(&incoming, client).map_err(|error| untrusted(&error))?;
    authorize::request(&incoming, client, &redirect_uri, app).await.map_err(refused)
}

fn refused(refusal: Refusal) -> OauthError {
    if let Refusal::Store(error) = refusal {
        return error.into();
    }
    OauthError::new(refusal.error(), refusal.to_string()).with_mend(refusal.mend())
}

fn untrusted(untrusted: &Untrusted) -> OauthError {
    let mend = untrusted.mend();
    OauthError::new("invalid_request", untrusted.to_string()).with_mend(mend)
}
