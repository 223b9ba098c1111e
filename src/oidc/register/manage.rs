//! A client looks at its registration, changes it, or ends it: RFC 7592 section 2.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::{answer, bearer, body, ensure_keys, sector};
use crate::http::{App, OauthError, client_secrets_after, cors};
use crate::model::client::{Metadata, Registrar};
use crate::model::{Client, ClientId, EndReason, EventKind, Secret};
use crate::store;

/// Members of the answer that an update must not hold (section 2.2).
const OF_THE_ANSWER: [&str; 4] = [
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
];

/// `GET`, `PUT` and `DELETE /register/{client_id}`
pub async fn handle(
    request: HttpRequest,
    id: web::Path<String>,
    app: web::Data<App>,
    body: web::Bytes,
) -> HttpResponse {
    if *request.method() == Method::OPTIONS {
        return cors::preflight(&request, "GET, PUT, DELETE");
    }
    let answer = manage(&request, &id, &app, &body).await.unwrap_or_else(|error| {
        let received = format!("{} {}, {} bytes", request.method(), request.path(), body.len());
        error.with_received(received).respond(&app)
    });
    cors::any_origin(answer)
}

async fn manage(
    request: &HttpRequest,
    id: &str,
    app: &App,
    body: &[u8],
) -> Result<HttpResponse, OauthError> {
    let method = request.method();
    if ![Method::GET, Method::PUT, Method::DELETE].contains(method) {
        return Err(Refusal::Method("GET, PUT and DELETE").into());
    }
    let (client, token) = authenticate(request, id, app).await?;
    match *method {
        Method::PUT => {
            let members = body::read(request, body)?;
            let (client, secret) = replace(client, members, app).await?;
            Ok(answer::shown(&client, secret.as_ref(), &token, app))
        }
        Method::DELETE => {
            delete(&client, app).await?;
            Ok(HttpResponse::new(StatusCode::NO_CONTENT))
        }
        _ => Ok(answer::shown(&client, None, &token, app)),
    }
}

/// The client whose registration access token this is. The token stays the same as long as the registration lives: a
/// new one in an answer that gets lost would leave the client without any.
async fn authenticate(
    request: &HttpRequest,
    id: &str,
    app: &App,
) -> Result<(Client, Secret<String>), OauthError> {
    let (Some(token), Some(id)) = (bearer::token(request), ClientId::parse(id)) else {
        return Err(Refusal::NotTheirs.into());
    };
    let found = app.read(move |db| store::registrations::find(db, &id)).await?;
    match found.filter(|(_, digest)| digest.fits(&token)) {
        Some((client, _)) => Ok((client, Secret::new(token))),
        None => Err(Refusal::NotTheirs.into()),
    }
}

/// Section 2.2: what is sent takes the place of the whole registration.
async fn replace(
    before: Client,
    mut members: Map<String, Value>,
    app: &App,
) -> Result<(Client, Option<Secret<String>>), OauthError> {
    check_names(&before, &mut members, app)?;
    let registrar = if before.metadata.unverified { Registrar::Anyone } else { Registrar::Invited };
    before.metadata.leave_out_marks(&mut members);
    let scopes = &app.settings().registration.scopes;
    let metadata = Metadata::from_outside(members, registrar, scopes).map_err(Refusal::Metadata)?;
    app.settings().security.admit(&metadata).map_err(Refusal::Metadata)?;
    body::check_keys(&metadata)?;
    sector::check(&metadata, app).await.map_err(Refusal::Sector)?;
    ensure_keys(&metadata, app).await?;
    let metadata = metadata.with_marks_of(&before.metadata);
    let (secrets, fresh) = client_secrets_after(app, &before.secrets, &metadata)?;
    let after = Client { metadata, secrets, updated_at: app.now(), ..before.clone() };
    let detail = "registration replaced by the app";
    let event = app.event(EventKind::ClientChanged, None, Some(&after.id), detail);
    let changed = after.clone();
    let stored: Result<(), Refusal> = app
        .write(move |db| {
            // An admin's change that came between must not be undone
            if store::clients::find(db, &before.id)?.as_ref() != Some(&before) {
                return Ok(Err(Refusal::Again));
            }
            store::clients::update(db, &changed)?;
            store::events::append(db, &event)?;
            Ok(Ok(()))
        })
        .await?;
    stored?;
    Ok((after, fresh))
}

/// `client_id` is there and right, `client_secret` is right if it is there, and what the server alone says is not.
fn check_names(
    client: &Client,
    members: &mut Map<String, Value>,
    app: &App,
) -> Result<(), Refusal> {
    if let Some(name) = OF_THE_ANSWER.into_iter().find(|name| members.contains_key(*name)) {
        return Err(Refusal::OfTheAnswer(name));
    }
    let id = members.remove("client_id");
    if id.as_ref().and_then(Value::as_str) != Some(client.id.as_str()) {
        return Err(Refusal::Other("client_id"));
    }
    let known =
        |secret: &Value| secret.as_str().is_some_and(|secret| client.has_secret(secret, app.now()));
    if members.remove("client_secret").is_some_and(|secret| !known(&secret)) {
        return Err(Refusal::Other("client_secret"));
    }
    Ok(())
}

/// Section 2.3: the registration and all that hangs from it.
async fn delete(client: &Client, app: &App) -> Result<(), OauthError> {
    let event = app.event(EventKind::ClientDeleted, None, Some(&client.id), "by the app itself");
    let (id, now) = (client.id.clone(), app.now());
    app.write(move |db| {
        store::grants::end_of_client(db, &id, EndReason::Admin, now)?;
        store::clients::delete(db, &id)?;
        store::events::append(db, &event)
    })
    .await?;
    Ok(())
}
