//! Which web pages may read our JSON: CORS (Fetch standard section 3.2), with credentials only where a page of an app asks
//! whether somebody is signed in.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use url::Url;

use crate::model::Client;

/// How long a browser may remember a preflight, in seconds.
const REMEMBERED: &str = "600";

/// The `Origin` of a request, when a browser's script can have made it.
pub fn origin(request: &HttpRequest) -> Option<&str> {
    let mut values = request.headers().get_all(header::ORIGIN);
    let origin = values.next()?.to_str().ok()?;
    (values.next().is_none() && is_origin(origin)).then_some(origin)
}

/// Answers to what is public: any page may read them.
pub fn any_origin(mut answer: HttpResponse) -> HttpResponse {
    put(&mut answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    put(&mut answer, header::ACCESS_CONTROL_EXPOSE_HEADERS, "etag");
    answer
}

/// Answers to one client: pages of the origins of its redirect URIs may read them, errors too.
pub fn for_client(
    mut answer: HttpResponse,
    origin: Option<&str>,
    client: Option<&Client>,
) -> HttpResponse {
    put(&mut answer, header::VARY, "origin");
    if let (Some(origin), Some(client)) = (origin, client)
        && is_of(client, origin)
    {
        put(&mut answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        put(
            &mut answer,
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            "etag, www-authenticate, retry-after",
        );
    }
    answer
}

/// [`for_client`] where the browser's cookie tells whose session it is.
pub fn for_client_with_cookies(
    answer: HttpResponse,
    origin: Option<&str>,
    client: Option<&Client>,
) -> HttpResponse {
    with_cookies(for_client(answer, origin, client))
}

/// [`preflight`] for the same.
pub fn preflight_with_cookies(request: &HttpRequest, methods: &str) -> HttpResponse {
    with_cookies(preflight(request, methods))
}

/// Only where an origin is named: never for any.
fn with_cookies(mut answer: HttpResponse) -> HttpResponse {
    if answer.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
        put(&mut answer, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    }
    answer
}

/// The answer to a preflight. It tells no client's name yet, so every origin may ask; whether the page may read the
/// answer is decided by [`for_client`] when the client is known.
pub fn preflight(request: &HttpRequest, methods: &str) -> HttpResponse {
    let mut answer = HttpResponse::new(StatusCode::NO_CONTENT);
    put(&mut answer, header::VARY, "origin");
    put(&mut answer, header::ALLOW, methods);
    if let Some(origin) = origin(request) {
        put(&mut answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        put(&mut answer, header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        let headers = "authorization, content-type, if-match, if-none-match";
        put(&mut answer, header::ACCESS_CONTROL_ALLOW_HEADERS, headers);
        put(&mut answer, header::ACCESS_CONTROL_MAX_AGE, REMEMBERED);
    }
    answer
}

fn put(answer: &mut HttpResponse, name: header::HeaderName, value: &str) {
    if let Ok(value) = header::HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

/// Scheme, host and port, spelled as browsers do; not `null`.
fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        let origin = url.origin();
        origin.is_tuple() && origin.ascii_serialization() == text
    })
}

/// Whether this is an origin of the client's redirect URIs.
pub fn is_of(client: &Client, origin: &str) -> bool {
    client.metadata.redirect_uris.iter().any(|uri| uri.origin().as_deref() == Some(origin))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::client::Metadata;
    use crate::model::{ClientId, Timestamp};

    fn client() -> Client {
        let metadata = serde_json::json!({
            "redirect_uris": ["https://spa.example:8443/cb", "http://localhost:5173/cb"],
            "token_endpoint_auth_method": "none",
        });
        Client {
            id: ClientId::parse("spa").unwrap(),
            metadata: Metadata::from_json(metadata.as_object().unwrap().clone()).unwrap(),
            secrets: Vec::new(),
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        }
    }

    #[test]
    fn pain_16_exactly_the_origins_of_redirect_uris() {
        let client = client();
        for (origin, allowed) in [
            ("https://spa.example:8443", true),
            ("http://localhost:5173", true),
            ("https://spa.example", false),
            ("http://spa.example:8443", false),
            ("https://spa.example:8443.evil.example", false),
            ("null", false),
        ] {
            let answer = HttpResponse::new(StatusCode::BAD_REQUEST);
            let answer = for_client(answer, Some(origin), Some(&client));
            let sent = answer.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
            assert_eq!(sent.map(|value| value.to_str().unwrap()), allowed.then_some(origin));
            assert!(answer.headers().get(header::ACCESS_CONTROL_ALLOW_CREDENTIALS).is_none());
        }
    }

    #[test]
    fn only_what_browsers_send_is_an_origin() {
        for (text, good) in [
            ("https://a.example", true),
            ("http://localhost:5173", true),
            ("https://a.example/", false),
            ("https://A.example", false),
            ("https://a.example:443", false),
            ("null", false),
            ("*", false),
            ("", false),
        ] {
            assert_eq!(is_origin(text), good, "{text}");
        }
    }
}
