//! What an app keeps with a session: JSON that is gone with it, and never in a token. `GET`, `PUT` and `DELETE`, with
//! versions as RFC 9110 sections 8.8.3 and 13 have them.

mod owner;
mod precondition;
mod refusal;

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use self::owner::Owner;
use self::refusal::Refusal;
use super::memory::Memory;
use crate::http::{App, OauthError, cors};
use crate::model::SessionData;
use crate::store::session_data::{self, Written};

/// Where it is.
pub const PATH: &str = "/session/data";

/// `GET`, `PUT` and `DELETE /session/data`
pub async fn handle(
    request: HttpRequest,
    app: web::Data<App>,
    memory: web::Data<Memory>,
    body: web::Bytes,
) -> HttpResponse {
    if *request.method() == Method::OPTIONS {
        return cors::preflight(&request, "GET, PUT, DELETE");
    }
    let owner = owner::of(&request, &app, &memory).await;
    let client = owner.as_ref().ok().map(|owner| owner.client.clone());
    let answer = match owner {
        Ok(owner) => answer(&request, &body, owner, &app).await,
        Err(error) => Err(error),
    };
    let answer = answer.unwrap_or_else(|error| {
        let received = format!("{} {}, {} bytes", request.method(), request.path(), body.len());
        error.with_received(received).respond(&app)
    });
    cors::for_client(answer, cors::origin(&request), client.as_deref())
}

async fn answer(
    request: &HttpRequest,
    body: &[u8],
    owner: Owner,
    app: &App,
) -> Result<HttpResponse, OauthError> {
    match *request.method() {
        Method::GET => get(request, owner, app).await,
        Method::PUT => put(request, body, owner, app).await,
        Method::DELETE => delete(request, owner, app).await,
        _ => Err(Refusal::Method.into()),
    }
}

async fn get(request: &HttpRequest, owner: Owner, app: &App) -> Result<HttpResponse, OauthError> {
    let Owner { client, session } = owner;
    let found = app.read(move |db| session_data::find(db, session, &client.id)).await?;
    let data = found.ok_or(Refusal::Nothing)?;
    if precondition::has_already(request.headers(), &data.version) {
        return Ok(versioned(StatusCode::NOT_MODIFIED, &data.version).finish());
    }
    let mut answer = versioned(StatusCode::OK, &data.version);
    Ok(answer.content_type("application/json").body(data.json))
}

async fn put(
    request: &HttpRequest,
    body: &[u8],
    owner: Owner,
    app: &App,
) -> Result<HttpResponse, OauthError> {
    let precondition = precondition::of_put(request.headers())?;
    let json = SessionData::json(body).ok_or(Refusal::NoJson)?;
    let version = URL_SAFE_NO_PAD.encode(app.random::<12>());
    let data = SessionData { version: version.clone(), json: json.to_owned() };
    let Owner { client, session } = owner;
    let written = app
        .write(move |db| session_data::put(db, session, &client.id, &data, &precondition))
        .await?;
    match written {
        Written::Created => Ok(versioned(StatusCode::CREATED, &version).finish()),
        Written::Replaced => Ok(versioned(StatusCode::NO_CONTENT, &version).finish()),
        Written::Refused => Err(Refusal::Changed.into()),
        Written::Ended => Err(Refusal::NoSession.into()),
    }
}

async fn delete(
    request: &HttpRequest,
    owner: Owner,
    app: &App,
) -> Result<HttpResponse, OauthError> {
    let versions = precondition::of_delete(request.headers())?;
    let conditional = versions.is_some();
    let Owner { client, session } = owner;
    let gone = app
        .write(move |db| session_data::delete(db, session, &client.id, versions.as_deref()))
        .await?;
    // Without a condition nothing to delete is as good as deleted (RFC 9110 section 9.2.2)
    if gone || !conditional {
        return Ok(HttpResponse::NoContent().finish());
    }
    Err(Refusal::Changed.into())
}

fn versioned(status: StatusCode, version: &str) -> actix_web::HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((header::ETAG, format!("\"{version}\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    answer
}
