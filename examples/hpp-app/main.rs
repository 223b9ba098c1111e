//! A sample HPP application, to be copied: it signs people in at their HAT, shows who they are, calls an API of
//! its own with the access token, refreshes, and signs out.
//!
//! ```sh
//! ISSUER=http://localhost:8080 CLIENT_ID=notes CLIENT_SECRET=… cargo run --example hpp-app
//! ```

mod app;

use std::env;

use app::{Config, SampleApp};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let base_url = env::var("BASE_URL").unwrap_or_else(|_| "http://localhost:8081".to_owned());
    let port = url::Url::parse(&base_url)?.port_or_known_default().ok_or("BASE_URL has no port")?;
    let config = Config {
        name: env::var("APP_NAME").unwrap_or_else(|_| "Notes".to_owned()),
        issuer: env::var("ISSUER")?,
        client_id: env::var("CLIENT_ID")?,
        client_secret: env::var("CLIENT_SECRET").ok(),
        base_url: base_url.clone(),
    };
    let listener = std::net::TcpListener::bind(("127.0.0.1", port))?;
    println!("open {base_url}");
    SampleApp::new(config)?.serve(listener)?.await?;
    Ok(())
}
