//! Giving up: the app is told `access_denied` (RFC 6749 section 4.1.2.1).

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::flow::{Flow, Stop, finish};
use crate::http::{App, Frame, html, see_other};

const PATH: &str = "/login/cancel";

/// `POST /login/cancel`
pub async fn submit(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    finish(&request, &app, give_up(&request, &app, &body).await)
}

async fn give_up(request: &HttpRequest, app: &App, body: &[u8]) -> Result<HttpResponse, Stop> {
    let flow = Flow::enter(request, app).await?;
    flow.read_form(app, PATH, body)?;
    if flow.interaction.request().is_some() {
        let mut interaction = flow.interaction.clone();
        interaction.progress.denied = true;
        return Ok(flow.go_on(app, interaction, Vec::new()).await?);
    }
    let frame = flow.frame(app);
    if flow.signed_in.is_some() {
        return Ok(see_other(frame.url("/account"), None));
    }
    Ok(html(StatusCode::OK, &Page { frame }, &[]))
}

#[derive(Template)]
#[template(path = "login/cancelled.html")]
struct Page {
    frame: Frame,
}
