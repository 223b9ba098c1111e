//! The sample app itself: a server-side web app with a session cookie of its own.
//!
//! What an app has to do stands in three files: `login.rs` (redirect, callback, refresh, sign-out), `api.rs` (an API
//! that accepts access tokens), and this one (pages and sessions).

mod api;
mod login;

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Server;
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use askama::Template;
use openidconnect::CsrfToken;

use login::{Pending, SignedIn};

/// What the app has to know about itself.
pub struct Config {
    /// What it is called.
    pub name: String,
    /// The address of the HAT's login.
    pub issuer: String,
    /// Its client identifier there.
    pub client_id: String,
    /// Its secret there; none for a public client.
    pub client_secret: Option<String>,
    /// Where it is reached, such as `http://localhost:8081`.
    pub base_url: String,
}

/// The app: its configuration and the browsers that use it. A real app would keep its sessions in its database.
pub struct SampleApp {
    config: Config,
    http: reqwest::Client,
    sessions: Mutex<HashMap<String, Session>>,
    provider: tokio::sync::Mutex<Option<login::Provider>>,
}

/// What the app knows of one browser.
#[derive(Default)]
struct Session {
    pending: Option<Pending>,
    signed_in: Option<SignedIn>,
    /// What the last action gave, shown once.
    notice: Option<String>,
}

/// What can go wrong, in words for the page.
type Failure = Box<dyn std::error::Error>;

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ name }}</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }
button, .button { font: inherit; padding: .6rem 1rem; border-radius: .5rem; border: 1px solid #767676; cursor: pointer;
  background: #14532d; color: #fff; text-decoration: none; display: inline-block; }
form { display: inline-block; margin: 0 .25rem .5rem 0; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; padding-right: 1rem; vertical-align: top; }
td { overflow-wrap: anywhere; } pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 1rem; border: 1px solid #767676; }
</style></head><body>
<header><h1>{{ name }}</h1><p>A sample app that leaves signing in to your HAT.</p></header>
<main>
{% if let Some(notice) = notice %}<pre id="notice" role="status">{{ notice }}</pre>{% endif %}
{% if let Some(claims) = claims %}
<p>You are signed in as <strong id="who">{{ who }}</strong>.</p>
<form method="post" action="/call"><button>Call the API</button></form>
<form method="post" action="/refresh"><button>Refresh the tokens</button></form>
<form method="post" action="/sign-out"><button>Sign out</button></form>
<h2>Your verified claims</h2>
<table id="claims">{% for (name, value) in claims %}<tr><th scope="row">{{ name }}</th><td>{{ value }}</td></tr>{% endfor %}</table>
{% else %}
<p><a class="button" id="sign-in" href="/login">Sign in with your HAT</a></p>
{% endif %}
</main></body></html>"#
)]
struct HomePage<'a> {
    name: &'a str,
    notice: Option<String>,
    who: String,
    claims: Option<Vec<(String, String)>>,
}

impl SampleApp {
    /// An app that has asked the provider nothing yet.
    pub fn new(config: Config) -> Result<Self, reqwest::Error> {
        // A provider's address is configured, so a redirect elsewhere is never wanted
        let http =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Self {
            config,
            http,
            sessions: Mutex::default(),
            provider: tokio::sync::Mutex::default(),
        })
    }

    /// Serves the app until the future is dropped or the process is told to stop.
    pub fn serve(self, listener: TcpListener) -> std::io::Result<Server> {
        let app = Data::new(self);
        let routes = move || {
            App::new()
                .app_data(app.clone())
                .route("/", web::get().to(home))
                .route("/login", web::get().to(login::start))
                .route("/callback", web::get().to(login::callback))
                .route("/refresh", web::post().to(login::refresh))
                .route("/sign-out", web::post().to(login::sign_out))
                .route("/call", web::post().to(api::call))
                .route("/api/notes", web::get().to(api::notes))
        };
        Ok(HttpServer::new(routes).workers(1).disable_signals().listen(listener)?.run())
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the session of the browser that sent this request, making one when it has none.
    fn with_session<T>(
        &self,
        request: &HttpRequest,
        change: impl FnOnce(&mut Session) -> T,
    ) -> (T, Cookie<'static>) {
        let name = self.cookie_name();
        let known = request.cookie(&name).map(|cookie| cookie.value().to_owned());
        let mut sessions = self.sessions();
        let id = match known {
            Some(id) if sessions.contains_key(&id) => id,
            _ => CsrfToken::new_random_len(32).secret().clone(),
        };
        let result = change(sessions.entry(id.clone()).or_default());
        let cookie = Cookie::build(name, id)
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.config.base_url.starts_with("https:"))
            .finish();
        (result, cookie)
    }

    /// Ports of one host share their cookies, so the name tells the app.
    fn cookie_name(&self) -> String {
        format!("{}-session", self.config.client_id)
    }
}

async fn home(request: HttpRequest, app: Data<SampleApp>) -> HttpResponse {
    let ((notice, signed_in), cookie) = app.with_session(&request, |session| {
        let shown =
            session.signed_in.as_ref().map(|signed_in| (signed_in.who(), signed_in.claims()));
        (session.notice.take(), shown)
    });
    let (who, claims) =
        signed_in.map_or((String::new(), None), |(who, claims)| (who, Some(claims)));
    match (HomePage { name: &app.config.name, notice, who, claims }).render() {
        Ok(page) => HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .cookie(cookie)
            .body(page),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

/// Back to the home page, which tells how it went.
fn back_home(
    request: &HttpRequest,
    app: &SampleApp,
    outcome: Result<Option<String>, Failure>,
) -> HttpResponse {
    let notice = outcome.unwrap_or_else(|failure| Some(format!("That did not work: {failure}")));
    let ((), cookie) = app.with_session(request, |session| session.notice = notice);
    HttpResponse::SeeOther().insert_header((header::LOCATION, "/")).cookie(cookie).finish()
}
