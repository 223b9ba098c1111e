//! Connections that stay: a WebSocket, server-sent events, and an answer that goes on line by line. They end when their
//! token expires or the person signs out, and take a fresh token while they are open.

use actix_web::web::{Data, Form, Json, Path, Payload, Query, ServiceConfig, get, post, scope};
use actix_web::{Error, HttpRequest, HttpResponse, Responder};
use hatcheck_guard::streams::{Message, Socket, Streams};
use hatcheck_guard::{Answer, Identity, for_actix};
use serde::Deserialize;
use serde_json::{Value, json};

use super::SampleApp;

/// What the page's script needs to connect, and what the provider calls.
pub(super) fn routes(config: &mut ServiceConfig, streams: &Streams) {
    let live = scope("/live")
        .wrap(streams.rule())
        .route("/ticket", post().to(for_actix::ticket))
        .route("/socket", get().to(socket))
        .route("/events", get().to(events))
        .route("/lines", get().to(lines))
        .route("/connections", get().to(connections))
        .route("/connections/{id}/token", post().to(renew));
    config
        .service(live)
        .route("/token", post().to(token))
        .route("/signed-out", post().to(signed_out));
}

async fn socket(
    request: HttpRequest,
    payload: Payload,
    app: Data<SampleApp>,
) -> Result<HttpResponse, Error> {
    let (socket, response) = app.streams.open_socket(&request, payload)?;
    actix_web::rt::spawn(talk(socket, app.streams.clone()));
    Ok(response)
}

/// What one device of a person says all of their connections hear.
async fn talk(mut socket: Socket, streams: Streams) {
    let person = socket.connection().identity().subject.clone();
    while let Some(message) = socket.next().await {
        if let Message::Text(text) = message {
            streams.send(&text, |connection| connection.identity().subject == person);
        }
    }
}

async fn events(request: HttpRequest, app: Data<SampleApp>) -> Result<impl Responder, Answer> {
    app.streams.open_events(&request)
}

async fn lines(request: HttpRequest, app: Data<SampleApp>) -> Result<impl Responder, Answer> {
    app.streams.open_lines(&request)
}

/// The person's own connections, and how many there are in all.
async fn connections(identity: Identity, app: Data<SampleApp>) -> Json<Value> {
    let own = app.streams.all(|connection| connection.identity().subject == identity.subject);
    let listed = own.iter().map(|connection| {
        json!({
            "id": connection.id(),
            "way": format!("{:?}", connection.way()),
            "connected_at": connection.connected_at(),
            "active_at": connection.active_at(),
        })
    });
    let listed: Vec<_> = listed.collect();
    Json(json!({ "connections": listed, "statistics": app.streams.statistics() }))
}

/// A fresh token, for a connection that only sends.
async fn renew(
    request: HttpRequest,
    id: Path<String>,
    app: Data<SampleApp>,
) -> Result<HttpResponse, Answer> {
    let found = app.streams.renew(&request, &id)?;
    Ok(if found { HttpResponse::NoContent() } else { HttpResponse::NotFound() }.finish())
}

/// Whether the page wants a token that was refreshed.
#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    fresh: bool,
}

/// The access token, for the page's script: only pages of the app's own origin can read the answer.
async fn token(request: HttpRequest, app: Data<SampleApp>, wish: Query<Wish>) -> HttpResponse {
    if wish.fresh
        && let Err(failure) = app.renew(&request).await
    {
        return HttpResponse::Unauthorized().json(json!({ "error": failure.to_string() }));
    }
    match app.access_token(&request) {
        Ok(token) => HttpResponse::Ok()
            .insert_header(("cache-control", "no-store"))
            .json(json!({ "access_token": token })),
        Err(failure) => HttpResponse::Unauthorized().json(json!({ "error": failure.to_string() })),
    }
}

/// What the provider posts when a person has signed out (OpenID Connect Back-Channel Logout section 2.5).
#[derive(Deserialize)]
struct SignedOut {
    logout_token: String,
}

async fn signed_out(form: Form<SignedOut>, app: Data<SampleApp>) -> HttpResponse {
    let guard = app.streams.guard();
    match guard.check_logout(&form.logout_token, &app.config.client_id).await {
        Ok(logout) => {
            app.streams.sign_out(&logout);
            app.forget(&logout);
            HttpResponse::Ok().insert_header(("cache-control", "no-store")).finish()
        }
        Err(refusal) => HttpResponse::BadRequest()
            .json(json!({ "error": "invalid_request", "error_description": refusal.to_string() })),
    }
}
