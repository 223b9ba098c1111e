//! `/account/sign-out`: ends the session of this browser, with all that hangs from it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::visit::{self, Outcome, Place, Visit, see_other};
use crate::http::{App, Browser, Frame, Params, html_apart};
use crate::model::EndReason;
use crate::session;

/// The address of the button.
pub const PATH: &str = "/account/sign-out";
/// The page afterwards.
pub const DONE: &str = "/account/signed-out";
/// The form of the button.
pub const LEAVE: Place = Place::form(PATH, "/account", false);

#[derive(Template)]
#[template(path = "account/signed_out.html")]
struct Page {
    frame: Frame,
}

/// POST
pub async fn leave(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    visit::submit(&request, &app, LEAVE, &body, end).await
}

/// GET
pub async fn show(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    let browser = Browser::of(&request, &app);
    html_apart(StatusCode::OK, &Page { frame: Frame::new(&app, &browser, None) })
}

async fn end(visit: Visit, _form: Params) -> Outcome {
    let cookies = session::sign_out(&visit.app, visit.session.id, EndReason::SignedOut).await?;
    let path = visit.app.settings().issuer.path();
    Ok(see_other(&format!("{path}{DONE}"), cookies))
}
