//! `request_uri`: request objects that are fetched from the client (OpenID Connect Core section 6.2, RFC 9101 section
//! 5.2).

use tokio::sync::Semaphore;

use super::RequestError;
use crate::http::App;
use crate::model::Client;

/// How many are fetched at once: anybody can bring a fetch about, and nobody should bring about many.
static FETCHES: Semaphore = Semaphore::const_new(16);

/// Media types of request objects (RFC 9101 section 9.4.1); many clients serve theirs as `application/jwt`.
const ACCEPT: &str = "application/oauth-authz-req+jwt, application/jwt;q=0.9, */*;q=0.1";

/// Fetches a registered object. The URI is compared as it stands, fragment and all; the fragment is not sent.
pub async fn object(uri: &str, client: &Client, app: &App) -> Result<String, RequestError> {
    if !client.metadata.requests.uris.iter().any(|known| known == uri) {
        return Err(RequestError::Unregistered);
    }
    let Ok(_permit) = FETCHES.try_acquire() else { return Err(RequestError::Busy) };
    let fetched = app.outgoing().get(uri, ACCEPT).await;
    let answer = fetched.map_err(|error| RequestError::Unreachable(error.to_string()))?;
    if answer.status != 200 {
        return Err(RequestError::Status(answer.status));
    }
    let text = String::from_utf8(answer.body).map_err(|_| RequestError::NoText)?;
    Ok(text.trim().to_owned())
}
