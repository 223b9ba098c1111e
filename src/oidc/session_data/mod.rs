//! What an app keeps with a session: JSON that is gone with it, and never in a token. `GET`, `PUT` and `DELETE`, with
//! versions as RFC 9110 sections 8.8.3 and 13 have them.

mod owner;
mod precondition;
mod refusal;

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::IgnoredAny;

use self::owner::Owner;
use self::refusal::Refusal;
use super::memory::Memory;
use crate::http::{App, OauthError, cors};
use crate::model::SessionData;
use crate::store::session_data::{self, Written};

/// Where it is.
pub const PATH: &str = "/session/data";
/// The most that an app may keep with a session, in bytes.
pub const LONGEST: usize = 256 * 1024;

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
    let version = URL_SAFE_NO_PAD.encode(app.random::<12>());
    let data = SessionData { version: version.clone(), json: json(body)?.to_owned() };
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

/// RFC 8259: one value, in UTF-8.
fn json(body: &[u8]) -> Result<&str, Refusal> {
    let text = std::str::from_utf8(body).map_err(|_| Refusal::NoJson)?;
    serde_json::from_str::<IgnoredAny>(text).map_err(|_| Refusal::NoJson)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_8259_2_one_value_in_utf_8() {
        for good in ["{}", " [1, {\"a\": null}]\n", "\"\u{e9}\"", "7", "true"] {
            assert_eq!(json(good.as_bytes()), Ok(good));
        }
        let deep = "[".repeat(100_000);
        for bad in ["", " ", "{", "{} {}", "nul", "'a'", "\u{feff}{}", "\"\u{0}\"", &deep] {
            assert_eq!(json(bad.as_bytes()), Err(Refusal::NoJson), "{bad:.20}");
        }
        assert_eq!(json(b"\"\xff\""), Err(Refusal::NoJson));
    }
}
