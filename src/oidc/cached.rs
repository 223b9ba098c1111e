//! Documents that everybody may read and keep: `ETag` and `Cache-Control` (RFC 9110 section 8.8.3, RFC 9111).

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;

use crate::http::{App, OauthError, cors};

/// A document, rendered once.
#[derive(Clone, Debug)]
pub struct Document {
    /// The JSON.
    pub body: Bytes,
    /// Its strong entity tag, with quotes.
    pub etag: String,
}

/// Answers GET and HEAD with the document, or with 304 to who has it already.
pub fn serve(request: &HttpRequest, document: &Document, max_age: u64, app: &App) -> HttpResponse {
    let answer = match *request.method() {
        Method::GET | Method::HEAD => found(request, document, max_age),
        Method::OPTIONS => return cors::preflight(request, "GET, HEAD"),
        _ => wrong_method(app),
    };
    cors::any_origin(answer)
}

fn found(request: &HttpRequest, document: &Document, max_age: u64) -> HttpResponse {
    let known = request
        .headers()
        .get_all(header::IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .any(|value| names(value, &document.etag));
    let status = if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((header::ETAG, document.etag.as_str()))
        .insert_header((header::CACHE_CONTROL, format!("public, max-age={max_age}")))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    if known {
        return answer.finish();
    }
    answer.content_type("application/json").body(document.body.clone())
}

fn wrong_method(app: &App) -> HttpResponse {
    let mut answer = OauthError::new("invalid_request", "this document is read with GET or HEAD")
        .with_status(StatusCode::METHOD_NOT_ALLOWED)
        .with_mend("send a GET request")
        .respond(app);
    answer.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("GET, HEAD"));
    answer
}

/// The weak comparison of RFC 9110 section 13.1.2.
fn names(if_none_match: &str, etag: &str) -> bool {
    if_none_match
        .split(',')
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_9110_13_1_2_if_none_match() {
        for (sent, known) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a", false),
        ] {
            assert_eq!(names(sent, "\"a\""), known, "{sent}");
        }
    }
}
