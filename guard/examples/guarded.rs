//! An app whose routes are guarded, for actix-web. With an app `notes` at a Hatcheck on this machine:
//!
//! ```sh
//! ISSUER=http://localhost:8080 AUDIENCE=notes cargo run -p hatcheck-guard --example guarded
//! curl -H "Authorization: Bearer $ACCESS_TOKEN" http://localhost:8082/notes
//! ```

use std::env;

use actix_web::{App, HttpResponse, HttpServer, web};
use hatcheck_guard::{Guard, Identity};

/// Who calls is an argument of the handler.
async fn notes(identity: Identity) -> String {
    format!("the notes of {}\n", identity.subject)
}

async fn forget(identity: Identity) -> String {
    format!("{} has no notes any more\n", identity.subject)
}

async fn news(identity: Identity) -> HttpResponse {
    let event = format!("data: good morning, {}\n\n", identity.subject);
    HttpResponse::Ok().content_type("text/event-stream").body(event)
}

/// What each route asks for.
pub fn routes(app: &mut web::ServiceConfig, guard: &Guard) {
    let read = guard.scope("notes:read");
    // The second factor as well, where it matters
    let write = guard.scope("notes:write").acr("urn:hatcheck:acr:2fa");
    // EventSource and WebSocket can't send headers
    let live = guard.scope("notes:read").token_in_url();
    app.service(
        web::resource("/notes")
            .route(web::get().to(notes).wrap(read))
            .route(web::delete().to(forget).wrap(write)),
    )
    .service(web::scope("/live").wrap(live).route("/news", web::get().to(news)));
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let guard = Guard::builder(&env::var("ISSUER")?, &env::var("AUDIENCE")?).build()?;
    let app = move || App::new().configure(|app| routes(app, &guard));
    HttpServer::new(app).bind("127.0.0.1:8082")?.run().await?;
    Ok(())
}
