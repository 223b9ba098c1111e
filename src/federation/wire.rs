//! How the `openidconnect` crate reaches the network: through the outgoing gate.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openidconnect::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use openidconnect::http::{HeaderValue, Method, Request, StatusCode};
use openidconnect::{HttpRequest, HttpResponse};
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::outgoing::{Answer, Outgoing, OutgoingError};

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
    if let Some(nonce) = answer.dpop_nonce.and_then(|text| HeaderValue::try_from(text).ok()) {
        response.headers_mut().insert("dpop-nonce", nonce);
    }
    Ok(response)
}

/// A form, with the credentials of RFC 6749 section 2.3.1.
pub async fn post(
    outgoing: &Outgoing,
    url: &str,
    fields: &[(String, String)],
    basic: Option<(&str, &str)>,
) -> Result<Answer, OutgoingError> {
    let body = Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(url)
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some((id, secret)) = basic {
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let pair = STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)));
        request = request.header(AUTHORIZATION, format!("Basic {pair}"));
    }
    let request = request.body(body.into_bytes()).map_err(|_| OutgoingError::Url)?;
    outgoing.send(request).await
}
