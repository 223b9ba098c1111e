//! The token of a caller: RFC 6750 section 2.1.

use actix_web::HttpRequest;
use actix_web::http::header;

/// The one bearer token in the `Authorization` header.
pub fn token(request: &HttpRequest) -> Option<String> {
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    let header = headers.next().filter(|_| headers.next().is_none())?;
    of(header.as_bytes())
}

/// The bearer token in the value of the header.
pub fn of(header: &[u8]) -> Option<String> {
    let (scheme, token) = std::str::from_utf8(header).ok()?.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.to_owned())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn rfc_6750_2_1_one_bearer_token() {
        let of = |headers: &[&str]| {
            let mut request = TestRequest::get();
            for header in headers {
                request = request.append_header(("authorization", *header));
            }
            token(&request.to_http_request())
        };
        assert_eq!(of(&["Bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(of(&["bearer  abc "]).as_deref(), Some("abc"));
        for headers in
            [&[][..], &["Basic abc"], &["Bearer"], &["Bearer "], &["Bearer a", "Bearer b"]]
        {
            assert_eq!(of(headers), None, "{headers:?}");
        }
    }
}
