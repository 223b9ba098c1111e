//! An app with connections that stay, for actix-web. With an app `notes` at a Hatcheck on this machine, whose
//! `backchannel_logout_uri` is `http://localhost:8083/signed-out`:
//!
//! ```sh
//! ISSUER=http://localhost:8080 CLIENT_ID=notes cargo run -p hatcheck-guard --example streaming
//! curl -N -H "Authorization: Bearer $ACCESS_TOKEN" http://localhost:8083/live/events
//! ```

use std::env;
use std::time::Duration;

use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer, Responder, web};
use hatcheck_guard::streams::{Message, Socket, Streams};
use hatcheck_guard::{Answer, Guard, Identity, Rule, for_actix};
use serde::Deserialize;
use serde_json::{Value, json};

/// What the handlers need.
#[derive(Clone, Debug)]
pub struct Notes {
    /// All connections.
    pub streams: Streams,
    /// Who the app is at the issuer.
    pub client_id: String,
}

/// Whoever opens a connection has a token that the rule takes; half a minute before it expires another one is asked for.
pub fn notes(rule: Rule, client_id: &str) -> Notes {
    let streams = Streams::builder(rule).warning(Duration::from_secs(30)).most(20_000, 50).build();
    Notes { streams, client_id: client_id.to_owned() }
}

/// A page asks for a ticket first, and opens `/live/socket?ticket=…` with it: a URL is no place for a token. All routes but
/// the issuer's own are behind the rule, which also counts whom it refuses.
pub fn routes(app: &mut web::ServiceConfig, notes: &Notes) {
    let live = web::scope("/live")
        .wrap(notes.streams.rule())
        .route("/ticket", web::post().to(for_actix::ticket))
        .route("/socket", web::get().to(socket))
        .route("/events", web::get().to(events))
        .route("/lines", web::get().to(lines))
        .route("/connections", web::get().to(connections))
        .route("/connections/{id}/token", web::post().to(renew));
    app.app_data(web::Data::new(notes.clone()))
        .service(live)
        .route("/signed-out", web::post().to(signed_out));
}

async fn socket(
    request: HttpRequest,
    payload: web::Payload,
    notes: web::Data<Notes>,
) -> Result<HttpResponse, Error> {
    let (socket, response) = notes.streams.open_socket(&request, payload)?;
    actix_web::rt::spawn(talk(socket, notes.streams.clone()));
    Ok(response)
}

/// What one device of a person says all of them hear.
async fn talk(mut socket: Socket, streams: Streams) {
    let person = socket.connection().identity().subject.clone();
    while let Some(message) = socket.next().await {
        if let Message::Text(text) = message {
            streams.send(&text, |connection| connection.identity().subject == person);
        }
    }
}

async fn events(request: HttpRequest, notes: web::Data<Notes>) -> Result<impl Responder, Answer> {
    notes.streams.open_events(&request)
}

async fn lines(request: HttpRequest, notes: web::Data<Notes>) -> Result<impl Responder, Answer> {
    let body = notes.streams.open_lines(&request)?;
    body.connection().note("export", json!("all notes"));
    Ok(body)
}

/// The person's own connections, and how many there are in all.
async fn connections(identity: Identity, notes: web::Data<Notes>) -> web::Json<Value> {
    let own = notes.streams.all(|connection| connection.identity().subject == identity.subject);
    let listed = own.iter().map(|connection| {
        json!({
            "id": connection.id(),
            "way": format!("{:?}", connection.way()),
            "client": connection.identity().client_id,
            "connected_at": connection.connected_at(),
            "active_at": connection.active_at(),
            "fields": connection.fields(),
        })
    });
    let listed: Vec<_> = listed.collect();
    web::Json(json!({"connections": listed, "statistics": notes.streams.statistics()}))
}

/// A fresh token, for a connection that only sends.
async fn renew(
    request: HttpRequest,
    id: web::Path<String>,
    notes: web::Data<Notes>,
) -> Result<HttpResponse, Answer> {
    let found = notes.streams.renew(&request, &id)?;
    Ok(if found { HttpResponse::NoContent() } else { HttpResponse::NotFound() }.finish())
}

/// What the issuer posts when a person has signed out.
#[derive(Deserialize)]
struct SignedOut {
    logout_token: String,
}

async fn signed_out(form: web::Form<SignedOut>, notes: web::Data<Notes>) -> HttpResponse {
    let guard = notes.streams.guard();
    match guard.check_logout(&form.logout_token, &notes.client_id).await {
        Ok(logout) => {
            notes.streams.sign_out(&logout);
            HttpResponse::Ok().insert_header(("cache-control", "no-store")).finish()
        }
        Err(refusal) => HttpResponse::BadRequest()
            .json(json!({"error": "invalid_request", "error_description": refusal.to_string()})),
    }
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client_id = env::var("CLIENT_ID")?;
    let guard = Guard::builder(&env::var("ISSUER")?, &client_id).build()?;
    let notes = notes(guard.scope("notes:read").ticket_in_url(), &client_id);
    let mut happenings = notes.streams.events();
    actix_web::rt::spawn(async move {
        while let Ok(event) = happenings.recv().await {
            println!("{event:?}");
        }
    });
    let app = move || App::new().configure(|app| routes(app, &notes));
    HttpServer::new(app).bind("127.0.0.1:8083")?.run().await?;
    Ok(())
}
