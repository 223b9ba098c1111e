//! Ways of signing in of a deployment's own: `POST /authenticate/{provider}`, with the provider's own request format.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::endpoint;
use super::links::{self, Made};
use crate::http::{
    App, Attempt, Authenticator, ClientAddress, OauthError, Recognised, Unrecognised,
};
use crate::model::{Client, Digest, User};
use crate::session::link::{self, Wanted};
use crate::store::{self, StoreError};

/// `POST /authenticate/{provider}`
pub async fn handle(
    request: HttpRequest,
    provider: web::Path<String>,
    app: web::Data<App>,
    body: web::Bytes,
) -> HttpResponse {
    let attempt = Attempt {
        headers: request.headers().clone(),
        body: body.to_vec(),
        address: ClientAddress::of(&request, &app.settings().server.trusted_proxies),
    };
    let answer = match app.extensions().find(&provider) {
        Some(authenticator) => answer(authenticator, &attempt, &app).await,
        None => Err(refuse(&Unrecognised::NotOffered)),
    };
    answer.unwrap_or_else(|error| {
        let received = format!("POST {}, {} bytes", request.path(), body.len());
        error.with_received(received).respond(&app)
    })
}

async fn answer(
    authenticator: &Arc<dyn Authenticator>,
    attempt: &Attempt,
    app: &App,
) -> Result<HttpResponse, OauthError> {
    let recognised =
        authenticator.authenticate(app, attempt).await.map_err(|error| refuse(&error))?;
    let client = app.client(&recognised.client_id).await?;
    let client = client.ok_or_else(|| misled("it names an app that is not registered"))?;
    if !spend(authenticator.name(), &recognised, &client, app).await? {
        return Err(refuse(&Unrecognised::Forged));
    }
    let user = find(&recognised, app).await?.ok_or_else(|| links::refuse(link::Refusal::User))?;
    let lifetime = recognised.lifetime.map(|lifetime| lifetime.as_secs().to_string());
    let wanted = Wanted {
        purpose: &recognised.purpose,
        target: &recognised.target,
        lifetime: lifetime.as_deref(),
        data: recognised.data.as_deref(),
        on_get: false,
    };
    let made = link::make(app, &client, &user, wanted).await?.map_err(links::refuse)?;
    Ok(endpoint::json_with(StatusCode::CREATED, &Made::of(&made, app)))
}

/// True for the one who brings it first. The name keeps the requests of one provider from those of another, and from the
/// client's assertions.
async fn spend(
    provider: &str,
    recognised: &Recognised,
    client: &Client,
    app: &App,
) -> Result<bool, StoreError> {
    let once = &recognised.once;
    let id = Digest::of(format!("authenticate\n{provider}\n{}", once.id));
    let (client, until) = (client.id.clone(), app.now() + once.within);
    app.write(move |db| store::assertions::spend(db, &client, &id, until)).await
}

async fn find(recognised: &Recognised, app: &App) -> Result<Option<User>, StoreError> {
    let username = recognised.username.clone();
    let found = app.read(move |db| store::users::find_to_sign_in(db, &username)).await?;
    Ok(found.map(|(user, _)| user))
}

fn misled(rule: &str) -> OauthError {
    OauthError::new("server_error", rule)
        .with_status(StatusCode::INTERNAL_SERVER_ERROR)
        .with_mend("register the app, or let the authenticator name another")
}

fn refuse(error: &Unrecognised) -> OauthError {
    let rule = error.to_string();
    match error {
        Unrecognised::Unreadable(_) => OauthError::new("invalid_request", rule)
            .with_mend("send what the provider's own documentation says"),
        Unrecognised::Forged => OauthError::new("access_denied", rule)
            .with_status(StatusCode::FORBIDDEN)
            .with_mend("check the key and the clock of who signs, and send each request once"),
        Unrecognised::NotOffered => OauthError::new("not_found", rule)
            .with_status(StatusCode::NOT_FOUND)
            .with_mend("add it to the Extensions that main hands to hatcheck::cli::main_with"),
        Unrecognised::Unavailable => OauthError {
            retry_after: Some(5),
            ..OauthError::new("temporarily_unavailable", rule)
                .with_status(StatusCode::SERVICE_UNAVAILABLE)
                .with_mend("try again in a moment")
        },
    }
}
