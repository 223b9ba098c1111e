//! Whether a provider that is slow, or silent, is felt by who has nothing to do with it: `cargo bench --bench federation`.
//!
//! How long the token endpoint takes, while 200 people at a time sign in by a provider whose token endpoint takes two seconds, or
//! never answers, or whose discovery document never comes. The server runs in a process of its own with one worker on SQLite.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench that can't begin has nobody to answer to"
)]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use actix_web::{App, HttpResponse, HttpServer, web};
use hatcheck::http::Clock;
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jws::{ES256, JwsHeader, serialize_compact};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How many people sign in at a time.
const PEOPLE: u32 = 200;
/// How long each case is measured.
const FOR: Duration = Duration::from_secs(12);
/// How many apps ask for tokens, and how long each waits between two.
const APPS: usize = 8;
const PAUSE: Duration = Duration::from_millis(20);
/// How long the slow provider takes.
const SLOW: Duration = Duration::from_secs(2);
/// Longer than any bench.
const NEVER: Duration = Duration::from_mins(10);
const SECRET: &str = "the secret of the job, long enough";

#[actix_web::main]
async fn main() {
    let upstream = Upstream::start();
    let folder = TempDir::new().unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    configure(folder.path(), &address, &upstream);
    let _server = Server(command(folder.path(), &["serve"]).spawn().unwrap());
    let hat = Hat::at(&address).await;
    println!("token endpoint, {APPS} apps, one request each {PAUSE:?}:");
    hat.measure("nobody signs in", None).await;
    hat.measure("a provider that takes 2 s", Some("slow")).await;
    hat.measure("one whose token endpoint never answers", Some("silent")).await;
    hat.measure("one that can't be discovered", Some("lost")).await;
}

/// The server, which ends with the bench.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Three providers at one address.
struct Upstream {
    base: String,
    jwk: Jwk,
}

impl Upstream {
    fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let mut jwk = Jwk::generate_ec_key(EcCurve::P256).unwrap();
        jwk.set_key_id("k");
        let this = Arc::new(Self { base, jwk });
        let data = web::Data::from(this.clone());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .route("/{name}/.well-known/openid-configuration", web::get().to(discovery))
                .route("/{name}/jwks", web::get().to(jwks))
                .route("/{name}/token", web::post().to(token))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap();
        actix_web::rt::spawn(server.run());
        this
    }
}

async fn discovery(name: web::Path<String>, upstream: web::Data<Upstream>) -> HttpResponse {
    if *name == "lost" {
        tokio::time::sleep(NEVER).await;
    }
    let issuer = format!("{}/{name}", upstream.base);
    HttpResponse::Ok().json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }))
}

async fn jwks(upstream: web::Data<Upstream>) -> HttpResponse {
    let mut public = upstream.jwk.to_public_key().unwrap();
    public.set_key_id("k");
    HttpResponse::Ok().json(json!({"keys": [public.as_ref()]}))
}

/// The code is the nonce, so that the provider needs no memory.
async fn token(
    name: web::Path<String>,
    upstream: web::Data<Upstream>,
    form: web::Form<HashMap<String, String>>,
) -> HttpResponse {
    tokio::time::sleep(if *name == "slow" { SLOW } else { NEVER }).await;
    let now = Clock::system().now().seconds();
    let claims = json!({
        "iss": format!("{}/{name}", upstream.base), "aud": "hat", "sub": form["code"], "nonce": form["code"],
        "iat": now, "exp": now + 300,
    });
    let mut header = JwsHeader::new();
    header.set_key_id("k");
    let signer = ES256.signer_from_jwk(&upstream.jwk).unwrap();
    let id_token = serialize_compact(claims.to_string().as_bytes(), &header, &signer).unwrap();
    HttpResponse::Ok()
        .json(json!({"access_token": "at", "token_type": "Bearer", "id_token": id_token}))
}

fn configure(folder: &Path, address: &str, upstream: &Upstream) {
    let mut text = format!(
        "issuer = \"http://{address}\"\n[server]\nlisten = \"{address}\"\nworkers = 1\n[log]\nlevel = \"error\"\n\
         [outgoing]\nallowed_networks = [\"127.0.0.0/8\"]\n[resources.\"https://api.example\"]\n"
    );
    for name in ["slow", "silent", "lost"] {
        let issuer = format!("{}/{name}", upstream.base);
        let _ = write!(text, "[connectors.{name}]\nissuer = \"{issuer}\"\nclient_id = \"hat\"\n");
    }
    fs::write(folder.join("hatcheck.toml"), text).unwrap();
    let client = json!({
        "client_id": "job", "client_secret": SECRET, "grant_types": ["client_credentials"],
        "response_types": [], "token_endpoint_auth_method": "client_secret_post",
    });
    let mut add =
        command(folder, &["client", "add", "--file", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    add.stdin.take().unwrap().write_all(client.to_string().as_bytes()).unwrap();
    assert!(add.wait().unwrap().success(), "the client is registered");
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hatcheck"));
    command.args(args).current_dir(folder).stdout(Stdio::null());
    command
}

/// The server under test.
#[derive(Clone)]
struct Hat {
    issuer: String,
    http: reqwest::Client,
}

impl Hat {
    async fn at(address: &str) -> Self {
        let http = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        let this = Self { issuer: format!("http://{address}"), http };
        while this.http.get(format!("{}/health", this.issuer)).send().await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        this
    }

    /// Prints how long tokens take while people sign in by a connector.
    async fn measure(&self, case: &str, connector: Option<&'static str>) {
        let ended = Arc::new(AtomicU32::new(0));
        let people: Vec<_> = connector
            .into_iter()
            .flat_map(|name| (0..PEOPLE).map(move |number| (name, number)))
            .map(|(name, number)| {
                let person = self.clone().sign_in_again_and_again(name, number, ended.clone());
                actix_web::rt::spawn(person)
            })
            .collect();
        tokio::time::sleep(SLOW).await;
        let apps: Vec<_> =
            (0..APPS).map(|_| actix_web::rt::spawn(self.clone().ask_for_tokens())).collect();
        let mut took = Vec::new();
        for app in apps {
            took.extend(app.await.unwrap());
        }
        for person in people {
            person.abort();
        }
        took.sort_unstable();
        let at = |share: usize| took[(took.len() - 1) * share / 1000].as_secs_f64() * 1e3;
        let ended = ended.load(Ordering::Relaxed);
        println!(
            "  {case}: median {:.2} ms, 99% {:.2} ms, 99.9% {:.2} ms of {}; {ended} sign-ins came to an end",
            at(500),
            at(990),
            at(999),
            took.len()
        );
    }

    async fn ask_for_tokens(self) -> Vec<Duration> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "job"),
            ("client_secret", SECRET),
            ("resource", "https://api.example"),
        ];
        let (begun, mut took) = (Instant::now(), Vec::new());
        while begun.elapsed() < FOR {
            let asked = Instant::now();
            let answer =
                self.http.post(format!("{}/token", self.issuer)).form(&form).send().await.unwrap();
            let status = answer.status();
            let body: Value = answer.json().await.unwrap();
            assert!(status.is_success(), "{body}");
            took.push(asked.elapsed());
            tokio::time::sleep(PAUSE).await;
        }
        took
    }

    /// People come one after the other, and not all in one moment.
    async fn sign_in_again_and_again(self, connector: &str, number: u32, ended: Arc<AtomicU32>) {
        tokio::time::sleep(SLOW / PEOPLE * number).await;
        loop {
            self.sign_in(connector).await;
            ended.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// As far as the provider lets.
    async fn sign_in(&self, connector: &str) {
        let login = self.http.get(format!("{}/account", self.issuer)).send().await.unwrap();
        let cookie = login.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
        let there = location(&login).replace("/login?", "/login/with?");
        let there = format!("{}{there}&with={connector}", self.issuer);
        let left = self.http.get(there).header(COOKIE, cookie).send().await.unwrap();
        if left.status() != 303 {
            return;
        }
        let request = reqwest::Url::parse(&location(&left)).unwrap();
        let of = |wanted: &str| {
            let found = request.query_pairs().find(|(name, _)| name == wanted);
            found.unwrap().1.into_owned()
        };
        let mut back =
            reqwest::Url::parse(&format!("{}/login/callback/{connector}", self.issuer)).unwrap();
        back.query_pairs_mut().append_pair("code", &of("nonce")).append_pair("state", &of("state"));
        let back = self.http.get(back).header(COOKIE, cookie).send().await.unwrap();
        assert_eq!(back.status() == 303, connector == "slow", "{}", back.text().await.unwrap());
    }
}

fn location(answer: &reqwest::Response) -> String {
    answer.headers()[LOCATION].to_str().unwrap().to_owned()
}
