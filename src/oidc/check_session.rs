//! The frame that apps' pages ask whether somebody is still signed in: OpenID Connect Session Management 1.0 section 3.3.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;

use crate::http::{App, cookies};

/// How long browsers may keep it, in seconds.
const MAX_AGE: u64 = 3_600;

#[derive(Template)]
#[template(path = "oidc/check_session.html")]
struct Page<'a> {
    cookie: &'static str,
    script: &'a str,
}

/// `GET /check-session`: the one page that every site may frame. It shows nothing, takes nothing, and says only what
/// the app knew before: whether the browser is still in the state of its last answer.
pub async fn handle(app: web::Data<App>) -> HttpResponse {
    let look = app.look();
    let page = Page {
        cookie: cookies::name_of_state(&app.settings().issuer),
        script: &look.check_session,
    };
    let Ok(body) = page.render() else { return HttpResponse::InternalServerError().finish() };
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; form-action 'none'; base-uri 'none'",
        ))
        .insert_header((header::CACHE_CONTROL, format!("public, max-age={MAX_AGE}")))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header(("Cross-Origin-Resource-Policy", "cross-origin"))
        .body(body)
}
