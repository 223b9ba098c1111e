//! The way back from the sign-in pages: the request is answered when nothing is missing any more.

use actix_web::{HttpRequest, HttpResponse, web};

use super::answer::Target;
use super::outcome::{self, Outcome};
use super::untrusted::Unregistered;
use super::{Refusal, Untrusted};
use crate::http::{App, Browser, PageError, Params, see_other};
use crate::model::{AuthorizationRequest, Client, Interaction, RedirectUri};
use crate::session;

/// Goes on with a request when the person has done what was missing.
pub async fn handle(request: HttpRequest, app: web::Data<App>, _body: web::Bytes) -> HttpResponse {
    let browser = Browser::of(&request, &app);
    match go_on(request.query_string().as_bytes(), &browser, &app).await {
        Ok(response) => response,
        Err(error) => {
            let ui_locales = session::ui_locales(&app, request.query_string());
            error.respond_in(&app, &browser, ui_locales.as_deref())
        }
    }
}

async fn go_on(query: &[u8], browser: &Browser, app: &App) -> Result<HttpResponse, PageError> {
    let params = Params::parse(query).map_err(Untrusted::from)?;
    let sealed = params.required("interaction").map_err(Untrusted::from)?;
    let Ok(interaction) = session::open(app, browser, sealed) else {
        return Ok(see_other(explained(app, sealed), None));
    };
    let Some(request) = interaction.request() else { return Err(Untrusted::NoApp.into()) };
    let Some(client) = app.client(&request.client_id).await? else {
        return Err(Untrusted::ClientUnknown(request.client_id.clone()).into());
    };
    still_registered(request, &client)?;
    let answered = answer(&interaction, &client, browser, app).await;
    Ok(answered.unwrap_or_else(|refusal| {
        let received = format!("client_id={}, redirect_uri={}", client.id, request.redirect_uri);
        Target::of(request).refuse(&refusal, &received, browser, app)
    }))
}

async fn answer(
    interaction: &Interaction,
    client: &Client,
    browser: &Browser,
    app: &App,
) -> Result<HttpResponse, Refusal> {
    if interaction.progress.denied {
        return Err(Refusal::Denied);
    }
    match outcome::of_interaction(interaction, client, browser, app).await? {
        Outcome::Answered(response) => Ok(response),
        Outcome::Missing(_) => Ok(see_other(session::sealed_url(app, "/login", interaction), None)),
    }
}

/// The sign-in page opens the same text, and tells the person what is wrong with it.
fn explained(app: &App, sealed: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(sealed.as_bytes()).collect();
    session::url_of_sealed(app, "/login", &encoded)
}

/// The client may have changed while somebody signed in.
pub(super) fn still_registered(
    request: &AuthorizationRequest,
    client: &Client,
) -> Result<(), Untrusted> {
    let received = request.redirect_uri.as_str();
    match RedirectUri::of(received, &client.metadata.redirect_uris) {
        Some(_) => Ok(()),
        None => Err(Untrusted::RedirectUnregistered(Box::new(Unregistered::new(client, received)))),
    }
}
