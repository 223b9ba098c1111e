//! A server that was really started, with people and apps in it.

use std::net::TcpListener;
use std::path::Path;

use actix_web::dev::ServerHandle;
use hatcheck::config::Settings;
use hatcheck::http::{App, Clock, Extensions};
use hatcheck::identity::passwords::Password;
use hatcheck::identity::totp::TotpSecret;
use hatcheck::model::{Claims, TotpRecord, User, UserId, Username};
use hatcheck::{server, store};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::database::Database;
use super::{Backend, Browser, Landing, Page, TestClient};

/// The password of everybody in the tests.
pub const PASSWORD: &str = "correct horse battery 42";

/// A started server. Dropping it stops it and removes what it stored.
pub struct TestApp {
    pub issuer: String,
    /// Where it listens: the issuer, unless the test named another.
    pub base: String,
    pub app: App,
    pub http: reqwest::Client,
    clock: Clock,
    handle: ServerHandle,
    extensions: Extensions,
    settings: Vec<(String, String)>,
    _database: Database,
    file: Option<tempfile::NamedTempFile>,
    pub folder: TempDir,
}

impl TestApp {
    /// A server with the default settings (cheap password hashes and both security profiles apart), Ada and Grace (who has an authenticator app),
    /// and two apps, `notes` and `photos`.
    pub async fn start(backend: Backend) -> Self {
        Self::start_with(backend, &[]).await
    }

    /// The same with settings that stand in the file only, such as scopes.
    pub async fn start_with_file(backend: Backend, text: &str) -> Self {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        let path = file.path().display().to_string();
        // The name is none of a setting, and `serve` looks for it
        let mut app = Self::start_with(backend, &[(FILE, &path)]).await;
        // Other nodes read it as well
        app.file = Some(file);
        app
    }

    /// The same with settings of the test's own, by their environment names.
    pub async fn start_with(backend: Backend, more: &[(&str, &str)]) -> Self {
        Self::start_extended(backend, more, Extensions::default()).await
    }

    /// The same with what a deployment adds.
    pub async fn start_extended(
        backend: Backend,
        more: &[(&str, &str)],
        extensions: Extensions,
    ) -> Self {
        let folder = TempDir::new().unwrap();
        let database = Database::fresh(backend, folder.path());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let mut settings: Vec<(String, String)> = [
            ("HATCHECK_ISSUER", issuer.as_str()),
            ("HATCHECK_LISTEN", &listener.local_addr().unwrap().to_string()),
            ("HATCHECK_DATABASE_URL", &database.url),
            ("HATCHECK_KEYS_DIR", &folder.path().join("keys").display().to_string()),
            ("HATCHECK_LOG__REFUSALS", &folder.path().join("refusals.jsonl").display().to_string()),
            ("HATCHECK_SERVER__WORKERS", "1"),
            ("HATCHECK_PASSWORDS__MEMORY_KIB", "64"),
            ("HATCHECK_PASSWORDS__ITERATIONS", "1"),
            ("HATCHECK_DATABASE__CONNECTIONS", "8"),
            ("HATCHECK_SECURITY__PROFILES", "strict,openid"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        for (name, value) in more {
            settings.retain(|(known, _)| known != name);
            settings.push(((*name).to_owned(), value.replace("{issuer}", &issuer)));
        }
        let base = issuer;
        let issuer = settings.iter().find(|(name, _)| name == "HATCHECK_ISSUER").unwrap().1.clone();
        let clock = Clock::system();
        let (app, handle) = serve(&settings, clock.clone(), listener, extensions.clone());
        let http =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let this = Self {
            issuer,
            base,
            app,
            http,
            clock,
            handle,
            settings,
            extensions,
            _database: database,
            file: None,
            folder,
        };
        this.add_user("ada@example.org", "Ada Lovelace", None).await;
        this.add_user("grace@example.org", "Grace Hopper", Some(TOTP_SECRET)).await;
        this.add_client("notes", json!({})).await;
        this.add_client("photos", json!({})).await;
        this
    }

    /// Another node on the same database and keys: a server of its own with the same issuer.
    #[expect(clippy::unused_async, reason = "it runs on the runtime that starts it")]
    pub async fn second_node(&self) -> Node {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let extensions = self.extensions.clone();
        let (_, handle) = serve(&self.settings, self.clock.clone(), listener, extensions);
        Node { base: format!("http://{address}"), handle }
    }

    /// Stops listening; the database and other nodes go on.
    pub async fn stop(&self) {
        self.handle.stop(false).await;
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// The next keys sign at once, as after the two days of their announcement.
    pub async fn rotate_keys(&self) {
        let before = self.get("/jwks").await.json();
        let (app, now) = (self.app.clone(), self.app.now());
        let in_three_months = now + hatcheck::model::days(91);
        let worker = app.clone();
        let rotation = move || {
            hatcheck::keys::rotate_if_due(
                worker.store(),
                worker.vault(),
                worker.settings(),
                in_three_months,
            )
        };
        let made = actix_web::rt::task::spawn_blocking(rotation).await.unwrap().unwrap();
        assert!(!made.is_empty(), "{before}");
    }

    /// Moves the clock on.
    pub fn later(&self, seconds: i64) {
        self.clock.advance(seconds);
    }

    /// A fresh browser in which nobody has signed in.
    pub fn browser(&self) -> Browser {
        Browser::new(self.http.clone(), &self.issuer).at(&self.base)
    }

    /// Adds a person with [`PASSWORD`].
    pub async fn add_user(&self, email: &str, name: &str, totp: Option<&str>) -> User {
        let app = &self.app;
        let now = app.now();
        let seal = |secret: &str| TotpRecord {
            sealed_secret: app.vault().seal("totp", secret.as_bytes()).unwrap(),
            last_step: None,
        };
        let user = User {
            id: app.id(UserId::new),
            username: Username::for_new_account(email).unwrap(),
            email: email.to_owned(),
            email_verified: true,
            name: name.to_owned(),
            claims: Claims::default(),
            admin: false,
            disabled_at: None,
            totp: None,
            created_at: now,
            updated_at: now,
        };
        let hash =
            app.hasher().hash(Password::typed(PASSWORD).unwrap(), app.random()).await.unwrap();
        let (row, record) = (user.clone(), totp.map(seal));
        let added = app
            .write(move |db| {
                Ok(store::users::insert(db, &row, &hash)?
                    && (record.is_none()
                        || store::users::set_totp(db, row.id, record.as_ref(), now)?))
            })
            .await;
        assert!(added.unwrap(), "{email} is new");
        user
    }

    /// Registers an app with `https://ID.example/cb`, a secret, refresh tokens, and what `more` says besides.
    pub async fn add_client(&self, id: &str, more: Value) -> TestClient {
        let mut metadata = json!({
            "client_name": id,
            "redirect_uris": [format!("https://{id}.example/cb")],
            "post_logout_redirect_uris": [format!("https://{id}.example/out")],
            "grant_types": ["authorization_code", "refresh_token"],
        });
        for (name, value) in more.as_object().unwrap() {
            metadata[name] = value.clone();
        }
        let client = TestClient::register(self, id, &metadata);
        let row = client.row.clone();
        assert!(
            self.app.write(move |db| store::clients::insert(db, &row)).await.unwrap(),
            "{id} is new"
        );
        client
    }

    /// A registered app, to act for it.
    pub async fn client(&self, id: &str) -> TestClient {
        let id = hatcheck::model::ClientId::parse(id).unwrap();
        let row = self
            .app
            .read(move |db| store::clients::find(db, &id))
            .await
            .unwrap()
            .expect("registered");
        TestClient::of(self, row)
    }

    /// A browser in which this person has signed in at the account page.
    pub async fn signed_in(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        let page = self.sign_in(&mut browser, &self.url("/account"), email).await.page();
        assert_eq!(page.url.path(), "/account", "{}", page.text());
        browser
    }

    /// Opens a URL and signs in on the pages that come, with the second factor where it is asked; ends before consent.
    pub async fn sign_in(&self, browser: &mut Browser, url: &str, email: &str) -> Landing {
        let mut page = browser.open(url).await.page();
        if !page.body.contains("name=\"password\"") {
            page = browser.submit(&page, &[("username", email)], None).await.page();
        }
        let landing =
            browser.submit(&page, &[("username", email), ("password", PASSWORD)], None).await;
        match landing {
            Landing::Page(page) if page.url.path().ends_with("/login/totp") => {
                let code = self.totp_code();
                browser.submit(&page, &[("totp", &code)], None).await
            }
            other => other,
        }
    }

    /// Signs in and allows everything: a code for this app.
    pub async fn authorize(
        &self,
        browser: &mut Browser,
        client: &TestClient,
        email: &str,
        more: &[(&str, &str)],
    ) -> String {
        let url = client.authorization_url(more);
        let mut landing = self.first_page(browser, &url, email).await;
        if let Landing::Page(page) = &landing {
            landing = browser.submit(&page.clone(), &[], Some("allow")).await;
        }
        let url = landing.away();
        super::param(&url, "code").unwrap_or_else(|| panic!("no code in {url}"))
    }

    async fn first_page(&self, browser: &mut Browser, url: &str, email: &str) -> Landing {
        match browser.open(url).await {
            Landing::Page(page) if page.body.contains("name=\"password\"") => {
                self.sign_in(browser, url, email).await
            }
            other => other,
        }
    }

    /// Grace's one-time code of this moment.
    pub fn totp_code(&self) -> String {
        code_of(TOTP_SECRET, self.app.now().seconds())
    }

    /// GET with a bearer token.
    pub async fn userinfo(&self, access_token: &str) -> (u16, Value) {
        let answer =
            self.http.get(self.url("/userinfo")).bearer_auth(access_token).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    /// A plain GET.
    pub async fn get(&self, path: &str) -> Page {
        self.browser().send(reqwest::Method::GET, &self.url(path).parse().unwrap(), None).await
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// Another server process' worth of state on the same database.
pub struct Node {
    pub base: String,
    handle: ServerHandle,
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// Where the settings' file is found.
const FILE: &str = "HATCHECK_TEST_FILE";

/// Grace's shared secret.
pub const TOTP_SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/// The RFC 6238 code of a secret at a moment.
pub fn code_of(secret: &str, seconds: i64) -> String {
    TotpSecret::from_base32(secret)
        .unwrap()
        .code_at(hatcheck::model::Timestamp::from_seconds(seconds))
}

fn serve(
    settings: &[(String, String)],
    clock: Clock,
    listener: TcpListener,
    extensions: Extensions,
) -> (App, ServerHandle) {
    let file = settings.iter().find(|(name, _)| name == FILE).map(|(_, path)| Path::new(path));
    let settings = Settings::load(file, settings.iter().cloned()).unwrap();
    let app = App::open_with(settings, clock, extensions).unwrap();
    let running = server::start(app.clone(), listener).unwrap();
    let handle = running.handle();
    actix_web::rt::spawn(running.finish());
    (app, handle)
}
