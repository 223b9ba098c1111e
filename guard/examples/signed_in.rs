//! An app that people sign in to with a browser, and whose pages never see a token, for actix-web:
//!
//! ```sh
//! ISSUER=http://localhost:8080 CLIENT_ID=notes CLIENT_SECRET=… BASE_URL=http://localhost:8085 \
//!     COOKIE_SECRET=$(openssl rand -base64 32) cargo run -p hatcheck-guard --example signed_in
//! ```

use std::env;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use hatcheck_guard::{Builder, Guard, Guarded, Identity, Keys, KeysError, SignIn, for_actix};

/// How the app is known to the issuer.
pub struct Config {
    /// The address of the HAT's login.
    pub issuer: String,
    /// The app's identifier there.
    pub client_id: String,
    /// Its secret there.
    pub client_secret: String,
    /// Where browsers see the app.
    pub base_url: String,
    /// For its cookies and what it keeps, the newest first.
    pub secrets: Vec<String>,
}

/// A guard through which people sign in.
pub fn guard(config: &Config) -> Result<Builder, KeysError> {
    let Config { issuer, client_id, client_secret, base_url, secrets } = config;
    let sign_in = SignIn::new(client_id, client_secret, base_url, &Keys::new(secrets)?)
        .scope("openid profile offline_access");
    Ok(Guard::builder(issuer, client_id).sign_in(sign_in))
}

/// The routes of the example.
pub fn routes(app: &mut web::ServiceConfig, guard: &Guard) {
    // /auth/login, /auth/callback, /auth/logout and /auth/backchannel-logout
    app.service(for_actix::sign_in(guard));
    // Who goes to a page and is not signed in is sent to the HAT's login, and comes back to it
    app.service(web::resource("/").wrap(guard.rule()).get(home));
    // The second factor as well, where it matters
    let safely = guard.rule().acr("urn:hatcheck:acr:2fa");
    app.service(web::resource("/settings").wrap(safely).get(home));
    // The scripts of these pages just call it: the browser brings its cookie
    app.service(web::resource("/api/notes").wrap(guard.scope("profile")).get(notes).post(notes));
}

/// The page may tell what the ID token says.
async fn home(request: HttpRequest) -> HttpResponse {
    let admitted = request.admitted();
    let name = admitted.as_ref().and_then(|admitted| admitted.person().get("name")?.as_str());
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(format!(
        "<!doctype html><title>Notes</title><p>Signed in: <b>{}</b></p>\
         <form method=post action=/auth/logout><button>Sign out</button></form>",
        escaped(name.unwrap_or("somebody"))
    ))
}

async fn notes(identity: Identity) -> String {
    format!("the notes of {}\n", identity.subject)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = Config {
        issuer: env::var("ISSUER")?,
        client_id: env::var("CLIENT_ID")?,
        client_secret: env::var("CLIENT_SECRET")?,
        base_url: env::var("BASE_URL")?,
        secrets: env::var("COOKIE_SECRET")?.split(' ').map(str::to_owned).collect(),
    };
    let guard = guard(&config)?.build()?;
    let app = move || App::new().configure(|app| routes(app, &guard));
    HttpServer::new(app).bind("127.0.0.1:8085")?.run().await?;
    Ok(())
}
