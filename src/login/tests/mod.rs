//! Signing in by the pages alone, over a database: no app, no server around it.

mod at_once;
mod flows;

use actix_web::cookie::Cookie;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::test::TestRequest;
use actix_web::web::Data;

use crate::config::Settings;
use crate::http::{App, Browser, Clock, seal_totp};
use crate::identity::passwords::Password;
use crate::identity::recovery;
use crate::identity::totp::TotpSecret;
use crate::model::{
    AuthorizationRequest, Claims, Client, ClientId, Purpose, RedirectUri, Response, ResponseType,
    Scopes, User, UserId, Username, client,
};
use crate::session::{self, SignedIn};
use crate::store;

const SECRET: [u8; 20] = *b"12345678901234567890";
const ADA: &str = "ada@example.org";
const BOB: &str = "bob@example.org";
const PASSWORD: &str = "correct horse battery";

struct Site {
    app: App,
    clock: Clock,
    _folder: tempfile::TempDir,
}

/// A browser: its cookies, and the page that it shows.
#[derive(Clone, Default)]
struct Visitor {
    cookies: Vec<(String, String)>,
    status: StatusCode,
    location: String,
    body: String,
    retry_after: Option<String>,
}

impl Site {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text =
            "issuer = \"http://localhost:8080\"\n[passwords]\nmemory_kib = 8192\niterations = 1\n";
        let settings = Settings::parse(text, folder.path()).unwrap();
        let clock = Clock::system();
        let app = App::open(settings, clock.clone()).unwrap();
        Self { app, clock, _folder: folder }
    }

    fn add_user(&self, name: &str, with_totp: bool) -> UserId {
        let app = &self.app;
        let hash =
            app.hasher().hash_blocking(&Password::typed(PASSWORD).unwrap(), app.random()).unwrap();
        let totp = with_totp.then(|| seal_totp(app, &TotpSecret::new(SECRET), None).unwrap());
        let user = User {
            id: app.id(UserId::new),
            username: Username::canonical(name),
            email: name.to_owned(),
            email_verified: true,
            name: name.to_owned(),
            claims: Claims::default(),
            admin: false,
            disabled_at: None,
            totp: totp.clone(),
            created_at: app.now(),
            updated_at: app.now(),
        };
        let (id, now) = (user.id, app.now());
        app.store()
            .write_blocking(move |db| {
                store::users::insert(db, &user, &hash)?;
                store::users::set_totp(db, id, totp.as_ref(), now)?;
                store::recovery_codes::replace(db, id, &[recovery::digest(id, "abcde-fghjk")], now)
            })
            .unwrap();
        id
    }

    /// The address that begins a sign-in for an app, and the browser that it is begun in.
    async fn begin(
        &self,
        visitor: &mut Visitor,
        change: impl FnOnce(&mut AuthorizationRequest),
    ) -> String {
        let json = serde_json::json!({ "redirect_uris": ["https://rp.example/cb"], "client_name": "Notes" });
        let serde_json::Value::Object(members) = json else { panic!("an object") };
        let client = Client {
            id: ClientId::parse("notes").unwrap(),
            metadata: client::Metadata::from_json(members).unwrap(),
            secrets: Vec::new(),
            created_at: self.app.now(),
            updated_at: self.app.now(),
        };
        let mut request = AuthorizationRequest {
            client_id: client.id.clone(),
            redirect_uri: RedirectUri::of("https://rp.example/cb", &client.metadata.redirect_uris)
                .unwrap(),
            response: Response::by_default(ResponseType::Code),
            scopes: Scopes::parse("openid email").unwrap(),
            state: None,
            nonce: None,
            code_challenge: None,
            prompts: Vec::new(),
            max_age: None,
            login_hint: None,
            hinted_user: None,
            acr: None,
            essential_acr: Vec::new(),
            details: crate::model::Details::default(),
            ui_locales: None,
            once: None,
        };
        change(&mut request);
        self.app.write(move |db| store::clients::insert(db, &client).map(|_| ())).await.unwrap();
        let browser = self.browser(visitor);
        let purpose = Purpose::Authorize(Box::new(request));
        let (interaction, cookie) = session::begin(&self.app, &browser, purpose);
        visitor.keep(cookie);
        session::sealed_url(&self.app, "/login", &interaction)
    }

    async fn send(&self, visitor: &mut Visitor, request: TestRequest) {
        let service = actix_web::test::init_service(
            actix_web::App::new()
                .app_data(Data::new(self.app.clone()))
                .configure(|config| super::routes(config, false)),
        )
        .await;
        let request = request.cookies(&visitor.cookies);
        let answer: ServiceResponse = service.call(request.to_request()).await.unwrap();
        visitor.keep(answer.response().cookies());
        visitor.status = answer.status();
        let text =
            |name| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        visitor.location = text(header::LOCATION).unwrap_or_default();
        visitor.retry_after = text(header::RETRY_AFTER);
        visitor.body =
            String::from_utf8(actix_web::test::read_body(answer).await.to_vec()).unwrap();
    }

    /// Somebody before the form for the password, and its address.
    async fn visitor(&self) -> (Visitor, String) {
        let mut visitor = Visitor::default();
        let url = self.begin(&mut visitor, |_| ()).await;
        self.open_page(&mut visitor, &url).await;
        (visitor, url)
    }

    /// Somebody before the form for the second factor.
    async fn half_signed_in(&self, username: &str) -> Visitor {
        let (mut visitor, _) = self.visitor().await;
        self.sign_in(&mut visitor, username, PASSWORD).await;
        visitor
    }

    /// Opens an address and follows it within this room.
    async fn open_page(&self, visitor: &mut Visitor, url: &str) {
        visitor.location = url.to_owned();
        while visitor.location.starts_with("/login") {
            let url = visitor.location.clone();
            self.send(visitor, TestRequest::get().uri(&url)).await;
        }
    }

    /// Sends the page's form to this path with these fields, and opens what it leads to.
    async fn submit(&self, visitor: &mut Visitor, path: &str, fields: &[(&str, &str)]) {
        let form = visitor.form(path);
        self.send(visitor, form.request(fields)).await;
        let location = visitor.location.clone();
        if location.starts_with("/login") {
            self.open_page(visitor, &location).await;
        }
    }

    /// Sets up the authenticator app.
    fn add_totp(&self, id: UserId) {
        let totp = seal_totp(&self.app, &TotpSecret::new(SECRET), None).unwrap();
        let now = self.app.now();
        let done = self
            .app
            .store()
            .write_blocking(move |db| store::users::set_totp(db, id, Some(&totp), now));
        assert!(done.unwrap());
    }

    fn browser(&self, visitor: &Visitor) -> Browser {
        Browser::of(&TestRequest::get().cookies(&visitor.cookies).to_http_request(), &self.app)
    }

    async fn signed_in(&self, visitor: &Visitor) -> Option<SignedIn> {
        session::current(&self.app, &self.browser(visitor)).await.unwrap()
    }

    async fn sign_in(&self, visitor: &mut Visitor, username: &str, password: &str) {
        self.submit(visitor, "/login", &[("username", username), ("password", password)]).await;
    }
}

trait Cookies {
    fn cookies(self, cookies: &[(String, String)]) -> Self;
}

impl Cookies for TestRequest {
    fn cookies(self, cookies: &[(String, String)]) -> Self {
        cookies.iter().fold(self, |request, (name, value)| {
            request.cookie(Cookie::new(name.clone(), value.clone()))
        })
    }
}

struct PageForm {
    action: String,
    csrf: String,
}

impl PageForm {
    fn request(&self, fields: &[(&str, &str)]) -> TestRequest {
        let fields = [&[("csrf", self.csrf.as_str())], fields].concat();
        TestRequest::post().uri(&self.action).set_form(fields)
    }
}

impl Visitor {
    fn keep<'a>(&mut self, cookies: impl IntoIterator<Item = Cookie<'a>>) {
        for cookie in cookies {
            self.cookies.retain(|(name, _)| name != cookie.name());
            self.cookies.push((cookie.name().to_owned(), cookie.value().to_owned()));
        }
    }

    fn cookie(&self, kind: &str) -> Option<&str> {
        let mut found = self.cookies.iter().filter(|(name, _)| name.ends_with(kind));
        found.next().map(|(_, value)| value.as_str())
    }

    fn form(&self, path: &str) -> PageForm {
        let start = format!("action=\"{path}?");
        let (_, after) = self.body.split_once(&start).unwrap_or_else(|| panic!("{}", self.body));
        let (query, after) = after.split_once('"').unwrap();
        let (_, after) = after.split_once("name=\"csrf\" value=\"").unwrap();
        let (csrf, _) = after.split_once('"').unwrap();
        PageForm { action: format!("{path}?{query}"), csrf: csrf.to_owned() }
    }

    fn is_at(&self, path: &str) -> bool {
        self.location.starts_with(path)
    }
}

/// What the authenticator app shows now.
fn code(site: &Site) -> String {
    let totp = totp_rs::Builder::new()
        .with_algorithm(totp_rs::Algorithm::SHA1)
        .with_secret(totp_rs::Secret::new(SECRET.to_vec().into_boxed_slice()))
        .build_noncompliant();
    totp.generate(u64::try_from(site.app.now().seconds()).unwrap()).to_string()
}
