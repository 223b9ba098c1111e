//! Which account to go on with: `prompt=select_account` of OpenID Connect Core section 3.1.2.1.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::flow::{Flow, Stop, finish};
use super::machine::Step;
use super::shown::Shown;
use crate::http::{App, Frame, html};

const PATH: &str = "/login/account";

/// `GET /login/account`
pub async fn show(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    finish(&request, &app, page(&request, &app).await)
}

/// `POST /login/account`
pub async fn submit(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    finish(&request, &app, choose(&request, &app, &body).await)
}

async fn choose(request: &HttpRequest, app: &App, body: &[u8]) -> Result<HttpResponse, Stop> {
    let flow = Flow::enter(request, app).await?;
    let form = flow.read_form_of_session(app, PATH, body)?;
    let Some(signed_in) = &flow.signed_in else {
        let interaction = flow.interaction.clone();
        return Ok(flow.go_on(app, interaction, Vec::new()).await?);
    };
    let mut interaction = flow.interaction.clone();
    if form.optional("account") == Some("present") {
        interaction.progress.chosen = Some(signed_in.session.id);
    } else {
        interaction.progress.declined = Some(signed_in.session.cookie.clone());
    }
    Ok(flow.go_on(app, interaction, Vec::new()).await?)
}

async fn page(request: &HttpRequest, app: &App) -> Result<HttpResponse, Stop> {
    let flow = Flow::enter(request, app).await?;
    flow.expect(app, Step::Account)?;
    let frame = flow.frame(app);
    let user = flow.signed_in.as_ref().map(|signed_in| &signed_in.user);
    let page = Page {
        shown: Shown::new(app, &flow, &frame, flow.form_of_session(app, PATH), None),
        frame,
        name: user.map(|user| user.name.clone()).unwrap_or_default(),
        username: user.map(|user| user.username.to_string()).unwrap_or_default(),
    };
    Ok(html(StatusCode::OK, &page, &flow.form_targets()))
}

#[derive(Template)]
#[template(path = "login/account.html")]
struct Page {
    frame: Frame,
    shown: Shown,
    name: String,
    username: String,
}
