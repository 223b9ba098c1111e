//! The guard from outside: an issuer on a free port, and apps that are asked over HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "all of it is tests, and what they stand on may fail them"
)]

mod actix;
mod axum;
mod docs;
#[path = "../../examples/guarded.rs"]
mod example;
mod introspection;
mod keys;
#[path = "../support/listening.rs"]
mod listening;
mod sealed;
#[path = "../../examples/sealed.rs"]
mod sealed_app;
#[path = "../support/shared.rs"]
mod shared;
mod sign_in;
#[path = "../../examples/signed_in.rs"]
mod signed_in;
#[path = "../../examples/streaming.rs"]
mod streaming;
mod streams;
#[path = "../support/mod.rs"]
mod support;
mod tickets;

use actix_web::web::ServiceConfig;
use actix_web::{App, HttpServer};
use hatcheck_guard::Algorithm;

/// Starts an app of actix-web with these routes on a free port; where it is.
fn actix_app(routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = HttpServer::new(move || App::new().configure(routes.clone())).workers(1);
    actix_web::rt::spawn(server.disable_signals().listen(listener).unwrap().run());
    base
}
