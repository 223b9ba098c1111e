//! How the `openidconnect` crate reaches the network: through the outgoing gate.

use openidconnect::http::header::CONTENT_TYPE;
use openidconnect::http::{HeaderValue, StatusCode};
use openidconnect::{HttpRequest, HttpResponse};

use crate::outgoing::{Outgoing, OutgoingError};

/// One request.
pub async fn send(
    outgoing: &Outgoing,
    request: HttpRequest,
) -> Result<HttpResponse, OutgoingError> {
    let answer = outgoing.send(request).await?;
    let mut response = HttpResponse::new(answer.body);
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = answer.content_type.and_then(|text| HeaderValue::try_from(text).ok());
    if let Some(content_type) = content_type {
        response.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    Ok(response)
}
