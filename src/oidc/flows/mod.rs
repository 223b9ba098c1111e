//! The endpoints over a real database and real keys: what only shows when the rooms meet.

mod authorize;
mod clients;
mod codes;
mod documents;
mod refreshes;
mod sign_out;
mod tokens;

use std::path::Path;

use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web;
use serde_json::{Map, Value, json};

use crate::config::Settings;
use crate::http::{App, Clock};
use crate::keys::Purpose;
use crate::model::client::{ClientSecret, Metadata};
use crate::model::{
    Acr, Amr, Authentication, Claims, Client, ClientId, Code, Digest, GrantId, RedirectUri, Scopes,
    Session, SessionId, User, UserId, Username, days,
};
use crate::store;
use crate::store::testing::TestStore;

const ISSUER: &str = "https://id.example";
const REDIRECT_URI: &str = "https://rp.example/cb";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Makes a test on SQLite and one on PostgreSQL of each function that takes a `TestStore`.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[actix_web::test] async fn $name() {
                super::$name(crate::store::testing::TestStore::sqlite()).await;
            })+
        }
        mod on_postgres {
            $(#[actix_web::test] async fn $name() {
                super::$name(crate::store::testing::TestStore::postgres()).await;
            })+
        }
    };
}
use on_both;

/// A server with a person who has signed in, and apps.
struct World {
    app: App,
    clock: Clock,
    user: User,
    session: Session,
    _folder: tempfile::TempDir,
    _store: TestStore,
}

/// An answer, read whole.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn text(&self, member: &str) -> String {
        self.json()[member].as_str().unwrap_or_default().to_owned()
    }

    fn error(&self) -> (u16, String) {
        (self.status, self.text("error"))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl World {
    async fn new() -> Self {
        Self::on(TestStore::sqlite()).await
    }

    async fn on(store: TestStore) -> Self {
        Self::with(store, "").await
    }

    /// With more lines in its settings.
    async fn with(store: TestStore, lines: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("issuer = \"{ISSUER}\"\n[server]\nlisten = \"127.0.0.1:0\"\n{lines}\n");
        let mut settings = Settings::parse(&text, Path::new(folder.path())).unwrap();
        settings.database = store.settings.clone();
        let clock = Clock::system();
        let app = App::open(settings, clock.clone()).unwrap();
        let now = app.now();
        let user = User {
            id: app.id(UserId::new),
            username: Username::canonical("ada@example.org"),
            email: "ada@example.org".to_owned(),
            email_verified: true,
            name: "Ada Lovelace".to_owned(),
            claims: Claims::default(),
            admin: false,
            disabled_at: None,
            totp: None,
            created_at: now,
            updated_at: now,
        };
        let session = Session {
            id: app.id(SessionId::new),
            cookie: Digest::of("cookie"),
            user_id: user.id,
            authentication: Authentication { time: now, acr: Acr::OneFactor, amr: vec![Amr::Pwd] },
            persistent: false,
            user_agent: String::new(),
            created_at: now,
            seen_at: now,
            ended_at: None,
            only_for: None,
        };
        let world = Self { app, clock, user, session, _folder: folder, _store: store };
        let (user, session) = (world.user.clone(), world.session.clone());
        world
            .write(move |db| {
                assert!(store::users::insert(db, &user, "$argon2id$none")?);
                store::sessions::insert(db, &session)
            })
            .await;
        world.register("app", json!({})).await;
        world.register("other", json!({})).await;
        world
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut store::Db) -> Result<T, store::StoreError> + Send + 'static,
    ) -> T {
        self.app.write(work).await.unwrap()
    }

    /// Registers an app with the secret `ID-secret`, whose use the person has allowed.
    async fn register(&self, id: &str, more: Value) {
        let mut metadata = json!({
            "redirect_uris": [REDIRECT_URI],
            "grant_types": ["authorization_code", "refresh_token"],
            "scope": "openid profile email offline_access api:read",
        });
        let more = more.as_object().unwrap().clone();
        metadata.as_object_mut().unwrap().extend(more);
        let metadata = Metadata::from_json(metadata.as_object().unwrap().clone()).unwrap();
        let now = self.app.now();
        let digest = Digest::of(format!("{id}-secret"));
        let client = Client {
            id: ClientId::parse(id).unwrap(),
            metadata,
            secrets: vec![ClientSecret { digest, expires_at: None, sealed: None }],
            created_at: now,
            updated_at: now,
        };
        let user_id = self.user.id;
        self.write(move |db| {
            assert!(store::clients::insert(db, &client)?);
            store::consents::allow(db, user_id, &client.id, &Scopes::default(), now)
        })
        .await;
    }

    /// A code as the authorization endpoint makes it.
    fn code(&self, client_id: &str, scope: &str) -> String {
        self.code_with(client_id, scope, |_| {})
    }

    fn code_with(&self, client_id: &str, scope: &str, change: impl Fn(&mut Code)) -> String {
        let registered =
            Metadata::from_json(Map::from_iter([("redirect_uris".into(), json!([REDIRECT_URI]))]));
        let now = self.app.now();
        let mut code = Code {
            grant_id: self.app.id(GrantId::new),
            granted: false,
            client_id: ClientId::parse(client_id).unwrap(),
            user_id: self.user.id,
            session_id: self.session.id,
            redirect_uri: RedirectUri::of(REDIRECT_URI, &registered.unwrap().redirect_uris)
                .unwrap(),
            direct: false,
            scopes: Scopes::parse(scope).unwrap(),
            details: crate::model::Details::default(),
            nonce: Some("n-1".to_owned()),
            code_challenge: Some(CHALLENGE.to_owned()),
            authentication: self.session.authentication.clone(),
            session_expires_at: now + days(1),
            issued_at: now,
        };
        change(&mut code);
        self.app.sealer().seal(Purpose::Code, &code, &self.app.random())
    }

    /// Every call meets another worker, which remembers nothing.
    async fn call(&self, request: TestRequest) -> Answer {
        let server = actix_web::App::new().app_data(web::Data::new(self.app.clone()));
        let server = init_service(server.configure(super::routes)).await;
        let answer = call_service(&server, request.to_request()).await;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, body: read_body(answer).await.to_vec() }
    }

    /// A form of one of our apps, which authenticates with Basic.
    async fn post(&self, path: &str, client_id: &str, form: &[(&str, &str)]) -> Answer {
        self.call(basic_form(path, client_id, form)).await
    }

    async fn redeem(&self, client_id: &str, code: &str) -> Answer {
        self.post("/token", client_id, &redemption(code)).await
    }

    async fn refresh(&self, client_id: &str, token: &str) -> Answer {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.post("/token", client_id, &form).await
    }

    async fn userinfo(&self, token: &str) -> Answer {
        let request = TestRequest::get().uri("/userinfo");
        self.call(request.insert_header(("Authorization", format!("Bearer {token}")))).await
    }

    /// Tokens of `app`.
    async fn tokens(&self, scope: &str) -> Answer {
        let answer = self.redeem("app", &self.code("app", scope)).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer
    }

    /// How often the audit log tells of this.
    async fn events(&self, kind: &'static str) -> usize {
        let events = self.app.read(|db| store::events::latest(db, 1_000)).await.unwrap();
        events.iter().filter(|event| event.kind.as_str() == kind).count()
    }

    /// Lets every worker see what changed about clients.
    async fn until_seen(&self) {
        tokio::time::sleep(std::time::Duration::from_millis(520)).await;
    }
}

fn redemption(code: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ]
}

/// A form of an app that authenticates with Basic.
fn basic_form(path: &str, client_id: &str, form: &[(&str, &str)]) -> TestRequest {
    use base64::Engine;
    let basic = format!("{client_id}:{client_id}-secret");
    let basic = base64::engine::general_purpose::STANDARD.encode(basic);
    plain_form(path, form).insert_header(("Authorization", format!("Basic {basic}")))
}

fn plain_form(path: &str, form: &[(&str, &str)]) -> TestRequest {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    TestRequest::post()
        .uri(path)
        .insert_header(("Content-Type", "application/x-www-form-urlencoded"))
        .set_payload(body)
}
