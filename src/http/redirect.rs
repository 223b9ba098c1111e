//! Redirects: RFC 9110 section 15.4.4.

use actix_web::HttpResponse;
use actix_web::cookie::Cookie;
use actix_web::http::{StatusCode, header};

/// A redirect after which Back and Reload send no form again, and whose target learns no address of ours, which may hold
/// a sealed request (RFC 9700 section 4.2.4).
pub fn see_other(
    location: impl AsRef<str>,
    cookies: impl IntoIterator<Item = Cookie<'static>>,
) -> HttpResponse {
    let mut answer = HttpResponse::build(StatusCode::SEE_OTHER);
    answer
        .insert_header((header::LOCATION, location.as_ref()))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"));
    for cookie in cookies {
        answer.cookie(cookie);
    }
    answer.finish()
}
