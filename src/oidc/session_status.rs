//! Whether somebody is signed in, for an app's own pages and programs, and the end of that: `GET` and `DELETE /session`.

use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::memory::Memory;
use super::{access, bearer, endpoint};
use crate::http::{App, Browser, OauthError, Params, cors};
use crate::model::{Client, ClientId, EndReason, Session, Timestamp};
use crate::session::{self, SignedIn};

const REALM: &str = "Bearer realm=\"hatcheck\"";
const INVALID: &str =
    "Bearer realm=\"hatcheck\", error=\"{error}\", error_description=\"{description}\"";

/// What an app is told. Who it is that is signed in, it learns by its tokens.
#[derive(Serialize)]
struct Status {
    signed_in: bool,
    /// Until when, if the session is not used before.
    #[serde(skip_serializing_if = "Option::is_none")]
    idle_until: Option<Timestamp>,
    /// Until when at the most.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

/// `GET /session` and `DELETE /session`
pub async fn handle(
    request: HttpRequest,
    app: web::Data<App>,
    memory: web::Data<Memory>,
) -> HttpResponse {
    if *request.method() == Method::OPTIONS {
        return cors::preflight_with_cookies(&request, "GET, DELETE");
    }
    let asked = Asked::of(&request, &app, &memory).await;
    let client = asked.as_ref().ok().and_then(|asked| asked.client.clone());
    let answer = match asked {
        Ok(asked) => answer(&request, asked, &app).await,
        Err(error) => Err(error),
    };
    let answer = answer.unwrap_or_else(|error| {
        error.with_received(format!("{} {}", request.method(), request.path())).respond(&app)
    });
    cors::for_client_with_cookies(answer, cors::origin(&request), client.as_deref())
}

async fn answer(
    request: &HttpRequest,
    asked: Asked,
    app: &App,
) -> Result<HttpResponse, OauthError> {
    match *request.method() {
        Method::GET => {
            if let Some(signed_in) = asked.signed_in.as_ref().filter(|_| asked.touch) {
                session::used(app, &signed_in.session);
            }
            Ok(endpoint::json(&status(asked.signed_in.as_ref(), app)))
        }
        Method::DELETE => end(asked, app).await,
        _ => Err(OauthError::new(
            "invalid_request",
            "a session is read with GET and ended with DELETE",
        )
        .with_status(StatusCode::METHOD_NOT_ALLOWED)
        .with_mend("send GET or DELETE")),
    }
}

fn status(signed_in: Option<&SignedIn>, app: &App) -> Status {
    let settings = &app.settings().sessions;
    let Some(SignedIn { session, .. }) = signed_in else {
        return Status { signed_in: false, idle_until: None, expires_at: None };
    };
    let expires_at = session::expires_at(session, settings);
    let idle = if session.persistent { settings.persistent } else { settings.idle };
    let seen_at = app.seen().of(session.id).unwrap_or_default().max(session.seen_at);
    Status {
        signed_in: true,
        idle_until: Some((seen_at + idle).min(expires_at)),
        expires_at: Some(expires_at),
    }
}

/// The logout function of apps that signed somebody in: by their token alone, since a page elsewhere could use a cookie.
async fn end(asked: Asked, app: &App) -> Result<HttpResponse, OauthError> {
    if !asked.by_token {
        return Err(no_token());
    }
    if let Some(SignedIn { session: Session { id, .. }, .. }) = asked.signed_in {
        session::sign_out(app, id, EndReason::SignedOut).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Who asks about which session.
struct Asked {
    client: Option<Arc<Client>>,
    signed_in: Option<SignedIn>,
    by_token: bool,
    touch: bool,
}

impl Asked {
    /// By the app's access token; or by the browser's cookie, for pages of the origins of the app that `client_id` names.
    async fn of(request: &HttpRequest, app: &App, memory: &Memory) -> Result<Self, OauthError> {
        let query = Params::parse(request.query_string().as_bytes())?;
        let touch = query.optional("touch") == Some("true");
        if let Some(token) = bearer::token(request) {
            let (client, signed_in) = of_token(&token, app, memory).await?;
            return Ok(Self { client: Some(client), signed_in, by_token: true, touch });
        }
        let id = query.optional("client_id").and_then(ClientId::parse).ok_or_else(no_token)?;
        let client = app.client(&id).await?.ok_or_else(no_token)?;
        let origin = cors::origin(request).filter(|origin| cors::is_of(&client, origin));
        origin.ok_or_else(foreign)?;
        let browser = Browser::of(request, app);
        let signed_in = session::peek(app, &browser).await?;
        let signed_in = signed_in.filter(|found| found.session.opens(Some(&client.id)));
        Ok(Self { client: Some(client), signed_in, by_token: false, touch })
    }
}

async fn of_token(
    token: &str,
    app: &App,
    memory: &Memory,
) -> Result<(Arc<Client>, Option<SignedIn>), OauthError> {
    let token = access::verify(token, app, memory).await?.ok_or_else(invalid)?;
    if !token.audience.iter().any(|aud| aud == app.settings().issuer.as_str()) {
        return Err(invalid());
    }
    let client = app.client(&token.client_id).await?.ok_or_else(invalid)?;
    let standing = access::standing_of(&token, app).await?.ok_or_else(invalid)?;
    let live = standing.session.and_then(|session| session::live(app, session, standing.user));
    Ok((client, live))
}

fn no_token() -> OauthError {
    let rule = "this wants an access token in the Authorization header; or GET with client_id, from a page of that app";
    OauthError::new("invalid_token", rule)
        .with_challenge(REALM)
        .with_mend("send Authorization: Bearer and the access token of the token endpoint")
}

fn invalid() -> OauthError {
    OauthError::new(
        "invalid_token",
        "the access token is not valid here: it expired, was ended, or is for another audience",
    )
    .with_challenge(INVALID)
    .with_mend("refresh the token, or let the person sign in again")
}

fn foreign() -> OauthError {
    OauthError::new(
        "invalid_request",
        "the page is not of an origin of this app's redirect URIs (Fetch section 3.2)",
    )
    .with_status(StatusCode::FORBIDDEN)
    .with_mend("ask from a page of the app, and register a redirect URI of its origin")
}
