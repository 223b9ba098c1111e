//! What an app may have: OpenID Connect Core section 3.1.2.4, and section 11 for offline access.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::flow::{Flow, Stop, finish};
use super::machine::Step;
use super::shown::Shown;
use crate::http::{App, Frame, Texts, html};
use crate::model::{EventKind, Scopes};
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
    let (Some(signed_in), Some(client), Some(Missing::Consent(scopes))) =
        (&flow.signed_in, &flow.client, &flow.missing)
    else {
        return Ok(None);
    };
    let (user_id, client_id, scopes) = (signed_in.user.id, client.id.clone(), scopes.clone());
    let now = app.now();
    let event =
        app.event(EventKind::ConsentGiven, Some(user_id), Some(&client_id), scopes.to_string());
    app.write(move |db| {
        store::consents::allow(db, user_id, &client_id, &scopes, now)?;
        store::events::append(db, &event)
    })
    .await?;
    Ok(Some(signed_in.session.id))
}

async fn page(request: &HttpRequest, app: &App) -> Result<HttpResponse, Stop> {
    let flow = Flow::enter(request, app).await?;
    flow.expect(app, Step::Consent)?;
    let frame = flow.frame(app);
    let scopes = match &flow.missing {
        Some(Missing::Consent(scopes)) => in_words(scopes, &frame.texts),
        _ => Vec::new(),
    };
    let user = flow.signed_in.as_ref().map(|signed_in| signed_in.user.username.to_string());
    let page = Page {
        shown: Shown::new(app, &flow, &frame, flow.form_of_session(app, PATH), None),
        frame,
        scopes,
        username: user.unwrap_or_default(),
    };
    Ok(html(StatusCode::OK, &page, &flow.form_targets()))
}

/// Each scope as a person understands it, what is most about them first.
fn in_words(scopes: &Scopes, texts: &Texts) -> Vec<String> {
    let known = ["openid", "profile", "email", "phone", "address", "offline_access"];
    let first = known.into_iter().filter(|scope| scopes.contains(scope));
    let others = scopes.iter().filter(|scope| !known.contains(scope));
    first.chain(others).map(|scope| texts.scope(scope)).collect()
}

#[derive(Template)]
#[template(path = "login/consent.html")]
struct Page {
    frame: Frame,
    shown: Shown,
    scopes: Vec<String>,
    username: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_5_4_scopes_are_told_in_the_words_of_people() {
        let scopes = Scopes::parse("offline_access notes:read openid").unwrap();
        let texts = Texts::choose(Some("en"), "");
        let expected = ["openid", "offline_access", "notes:read"].map(|scope| texts.scope(scope));
        assert_eq!(in_words(&scopes, &texts), expected);
    }
}
