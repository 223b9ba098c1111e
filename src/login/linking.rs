//! Whether the account that somebody has just proved to be theirs is to be linked with who they are at a provider elsewhere: what
//! comes of a first sign-in there, where an account is here already.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::flow::{Flow, Stop, finish};
use super::machine::Step;
use super::shown::{Alert, Shown};
use crate::http::{App, Frame, html};
use crate::model::Linking;
use crate::session::linking;

const PATH: &str = "/login/linking";

/// `GET /login/linking`
pub async fn show(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    finish(&request, &app, page(&request, &app).await)
}

/// `POST /login/linking`
pub async fn submit(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    finish(&request, &app, decide(&request, &app, &body).await)
}

async fn page(request: &HttpRequest, app: &App) -> Result<HttpResponse, Stop> {
    let flow = Flow::enter(request, app).await?;
    flow.expect(app, Step::Link)?;
    Ok(render(app, &flow, None))
}

async fn decide(request: &HttpRequest, app: &App, body: &[u8]) -> Result<HttpResponse, Stop> {
    let flow = Flow::enter(request, app).await?;
    let form = flow.read_form_of_session(app, PATH, body)?;
    flow.expect(app, Step::Link)?;
    let mut interaction = flow.interaction.clone();
    let asked = interaction.progress.linking.take().zip(flow.signed_in.as_ref());
    if let Some((Linking { identity, .. }, signed_in)) = asked
        && form.optional("link") == Some("yes")
        && !linking::link(app, signed_in.user.id, identity).await?
    {
        let text = flow.frame(app).texts.get("login-linking-taken");
        return Ok(render(app, &flow, Some(Alert::wrong(text))));
    }
    Ok(flow.go_on(app, interaction, Vec::new()).await?)
}

fn render(app: &App, flow: &Flow, alert: Option<Alert>) -> HttpResponse {
    let frame = flow.frame(app);
    let linking = flow.interaction.progress.linking.as_ref();
    let user = flow.signed_in.as_ref().map(|signed_in| signed_in.user.username.to_string());
    let page = Page {
        shown: Shown::new(app, flow, &frame, flow.form_of_session(app, PATH), alert),
        frame,
        title: linking.map(|one| title(flow, one)).unwrap_or_default(),
        there: linking.map(|one| one.shown.clone()).unwrap_or_default(),
        username: user.unwrap_or_default(),
    };
    html(StatusCode::OK, &page, &flow.form_targets())
}

/// What people know the provider by.
pub fn title(flow: &Flow, linking: &Linking) -> String {
    let name = &linking.identity.provider;
    flow.connectors.get(name).map_or_else(|| name.clone(), |one| one.settings.title.clone())
}

#[derive(Template)]
#[template(path = "login/linking.html")]
struct Page {
    frame: Frame,
    shown: Shown,
    title: String,
    /// What the provider calls them.
    there: String,
    username: String,
}
