//! What an app may have: OpenID Connect Core section 3.1.2.4, and section 11 for offline access.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::flow::{Flow, Stop, finish};
use super::machine::Step;
use super::shown::Shown;
use crate::http::{App, Frame, access, html};
use crate::model::EventKind;
use crate::session::Missing;
use crate::store;

const PATH: &str = "/login/consent";

/// `GET /login/consent`
pub async fn show(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    finish(&request, &app, page(&request, &app).await)
}

/// `POST /login/consent`
pub async fn submit(request: HttpRequest, app: web::Data<App>, body: web::Bytes) -> HttpResponse {
    finish(&request, &app, decide(&request, &app, &body).await)
}

async fn decide(request: &HttpRequest, app: &App, body: &[u8]) -> Result<HttpResponse, Stop> {
    let flow = Flow::enter(request, app).await?;
    let form = flow.read_form_of_session(app, PATH, body)?;
    flow.expect(app, Step::Consent)?;
    let mut interaction = flow.interaction.clone();
    if form.optional("decision") == Some("allow") {
        interaction.progress.consented = allow(app, &flow).await?;
    } else {
        interaction.progress.denied = true;
    }
    Ok(flow.go_on(app, interaction, Vec::new()).await?)
}

/// Records what the page showed, which is what this interaction asks for; the session in which it was allowed.
async fn allow(
    app: &App,
    flow: &Flow,
) -> Result<Option<crate::model::SessionId>, store::StoreError> {
    let (Some(signed_in), Some(client), Some(Missing::Consent(access))) =
        (&flow.signed_in, &flow.client, &flow.missing)
    else {
        return Ok(None);
    };
    let (user_id, client_id, access) = (signed_in.user.id, client.id.clone(), access.clone());
    let now = app.now();
    let mut detail = access.scopes.to_string();
    for claim in &access.claims {
        detail.push_str(" claim:");
        detail.push_str(claim);
    }
    let event = app.event(EventKind::ConsentGiven, Some(user_id), Some(&client_id), detail);
    app.write(move |db| {
        store::consents::allow(db, user_id, &client_id, &access, now)?;
        store::events::append(db, &event)
    })
    .await?;
    Ok(Some(signed_in.session.id))
}

async fn page(request: &HttpRequest, app: &App) -> Result<HttpResponse, Stop> {
    let flow = Flow::enter(request, app).await?;
    flow.expect(app, Step::Consent)?;
    let frame = flow.frame(app);
    let wishes = match &flow.missing {
        Some(Missing::Consent(access)) => {
            access::in_words(access, &app.settings().scopes, &frame.texts)
        }
        _ => Vec::new(),
    };
    let user = flow.signed_in.as_ref().map(|signed_in| signed_in.user.username.to_string());
    let page = Page {
        shown: Shown::new(app, &flow, &frame, flow.form_of_session(app, PATH), None),
        frame,
        wishes,
        username: user.unwrap_or_default(),
        unverified: flow.client.as_ref().is_some_and(|client| client.metadata.unverified),
    };
    Ok(html(StatusCode::OK, &page, &flow.form_targets()))
}

#[derive(Template)]
#[template(path = "login/consent.html")]
struct Page {
    frame: Frame,
    shown: Shown,
    wishes: Vec<String>,
    username: String,
    unverified: bool,
}
