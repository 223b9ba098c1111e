//! `/account`: who is signed in, and what there is to do.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::sign_out;
use super::visit::{self, Outcome, Place, Visit};
use crate::http::{App, Frame, Params, html_apart};
use crate::store;

/// This page.
pub const PLACE: Place = Place::open("/account");

#[derive(Template)]
#[template(path = "account/overview.html")]
struct Page {
    frame: Frame,
    here: &'static str,
    name: String,
    email: String,
    second_factor: bool,
    codes_left: u64,
    done: Option<String>,
    csrf: String,
}

/// GET
pub async fn show(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    visit::show(&request, &app, PLACE, page).await
}

async fn page(visit: Visit, query: Params) -> Outcome {
    let id = visit.user.id;
    let left = visit.app.read(move |db| store::recovery_codes::remaining(db, id)).await?;
    let frame = visit.frame();
    let done = match query.optional("done") {
        Some("name") => Some(frame.texts.get("account-name-done")),
        Some("password") => Some(frame.texts.get("account-password-done")),
        Some("factor-off") => Some(frame.texts.get("account-factor-done-off")),
        Some(_) | None => None,
    };
    let page = Page {
        frame,
        here: "overview",
        name: visit.user.name.clone(),
        email: visit.user.email.clone(),
        second_factor: visit.user.has_second_factor(),
        codes_left: u64::try_from(left).unwrap_or(0),
        done,
        csrf: visit.csrf(sign_out::LEAVE),
    };
    Ok(html_apart(StatusCode::OK, &page))
}
