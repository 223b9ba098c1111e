//! A sample HPP application, to be copied: it signs people in at their HAT, guards an API of its own, keeps connections open
//! as long as their tokens are good, keeps a draft with the session, makes links for other devices, calls a second service in
//! the person's name, refreshes, and signs out.
//!
//! ```sh
//! ISSUER=http://localhost:8080 CLIENT_ID=notes CLIENT_SECRET=… cargo run --example hpp-app
//! ```
//!
//! With `TASKS_URL=http://localhost:8083` it runs the second service as well; `docs/apps.md` says what to register.

mod app;

use std::env;
use std::net::TcpListener;
use std::time::Duration;

use app::{Config, SampleApp, serve_tasks};
use hatcheck_guard::Guard;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let base_url = env::var("BASE_URL").unwrap_or_else(|_| "http://localhost:8081".to_owned());
    let config = Config {
        name: env::var("APP_NAME").unwrap_or_else(|_| "Notes".to_owned()),
        issuer: env::var("ISSUER")?,
        client_id: env::var("CLIENT_ID")?,
        client_secret: env::var("CLIENT_SECRET").ok(),
        base_url: base_url.clone(),
        tasks_url: env::var("TASKS_URL").ok(),
        warning: Duration::from_mins(1),
    };
    if let Some(url) = &config.tasks_url {
        let guard = Guard::builder(&config.issuer, url).build()?;
        actix_web::rt::spawn(serve_tasks(guard, listen(url)?)?);
    }
    let guard = Guard::builder(&config.issuer, &config.client_id).build()?;
    let listener = listen(&base_url)?;
    println!("open {base_url}");
    SampleApp::new(config, &guard)?.serve(listener)?.await?;
    Ok(())
}

/// The port of a URL of this machine.
fn listen(url: &str) -> Result<TcpListener, Box<dyn std::error::Error>> {
    let port = url::Url::parse(url)?.port_or_known_default().ok_or("the URL has no port")?;
    Ok(TcpListener::bind(("127.0.0.1", port))?)
}
