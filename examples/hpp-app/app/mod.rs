//! The sample app itself: a server-side web app with a session cookie of its own, and one file for each thing that it
//! does: `login.rs` (redirect, callback, refresh, sign-out), `api.rs` (an API that accepts access tokens), `live.rs`
//! (connections that stay), `draft.rs` (data kept with the session), `link.rs` (links that sign in), `tasks.rs` (calls to a
//! second service in the person's name). This one has the app and its sessions.

mod api;
mod draft;
mod home;
mod link;
mod live;
mod login;
mod tasks;

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Server;
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use hatcheck_guard::streams::Streams;
use hatcheck_guard::{Guard, Logout};
use openidconnect::CsrfToken;

use login::{Pending, SignedIn};
pub use tasks::serve_tasks;

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
    /// Where the second service is, which is also its name as a resource; none: it calls none.
    pub tasks_url: Option<String>,
    /// How long before their token expires connections are told.
    pub warning: Duration,
}

/// The app: its configuration and the browsers that use it. A real app would keep its sessions in its database.
pub struct SampleApp {
    config: Config,
    http: reqwest::Client,
    sessions: Mutex<HashMap<String, Session>>,
    provider: tokio::sync::Mutex<Option<login::Provider>>,
    streams: Streams,
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
pub type Failure = Box<dyn std::error::Error>;

impl SampleApp {
    /// An app that has asked the provider nothing yet. `guard`: of the provider and the app's own `client_id`.
    pub fn new(config: Config, guard: &Guard) -> Result<Self, reqwest::Error> {
        // A provider's address is configured, so a redirect elsewhere is never wanted
        let http =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        let streams =
            Streams::builder(guard.rule().ticket_in_url()).warning(config.warning).build();
        Ok(Self {
            config,
            streams,
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
                .configure(|config| live::routes(config, &app.streams))
                .route("/", web::get().to(home::show))
                .route("/login", web::get().to(login::start))
                .route("/callback", web::get().to(login::callback))
                .route("/refresh", web::post().to(login::refresh))
                .route("/sign-out", web::post().to(login::sign_out))
                .route("/call", web::post().to(api::call))
                .route("/tasks", web::post().to(tasks::call))
                .route("/draft", web::post().to(draft::save))
                .route("/link", web::post().to(link::make))
                .service(
                    web::resource("/api/notes").wrap(app.streams.guard().rule()).get(api::notes),
                )
        };
        Ok(HttpServer::new(routes).workers(1).disable_signals().listen(listener)?.run())
    }

    /// The access token of who is signed in in this browser.
    fn access_token(&self, request: &HttpRequest) -> Result<String, Failure> {
        let (token, _) = self.with_session(request, |session| {
            session.signed_in.as_ref().map(|signed_in| signed_in.access_token.secret().clone())
        });
        token.ok_or_else(|| "nobody is signed in".into())
    }

    /// What the provider calls who is signed in in this browser.
    fn subject(&self, request: &HttpRequest) -> Result<String, Failure> {
        let (subject, _) =
            self.with_session(request, |session| session.signed_in.as_ref().map(SignedIn::subject));
        subject.ok_or_else(|| "nobody is signed in".into())
    }

    /// Signs out here who has signed out elsewhere.
    fn forget(&self, logout: &Logout) {
        for session in self.sessions().values_mut() {
            if session.signed_in.take_if(|signed_in| signed_in.is_of(logout)).is_some() {
                session.notice = Some("You were signed out.".to_owned());
            }
        }
    }

    /// A request to the provider as the app itself (RFC 6749 section 2.3.1).
    fn as_client(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request.basic_auth(&self.config.client_id, self.config.client_secret.as_ref())
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
