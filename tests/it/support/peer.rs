//! The server of an app: what it publishes under https, and who asked for it.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate authority that nobody else trusts.
pub const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/peer/ca.pem");
/// Settings with which a server reaches a [`Peer`], which listens on this machine.
pub const REACHING_PEERS: [(&str, &str); 2] = [
    ("HATCHECK_OUTGOING__ALLOWED_NETWORKS", "127.0.0.0/8"),
    ("HATCHECK_OUTGOING__EXTRA_CA", AUTHORITY),
];

/// A running server. Dropping it stops it.
pub struct Peer {
    /// Where it is: `https://127.0.0.1:port`.
    pub base: String,
    state: Arc<Mutex<State>>,
    handle: ServerHandle,
}

#[derive(Default)]
struct State {
    documents: HashMap<String, (u16, &'static str, String)>,
    requests: Vec<(String, String)>,
    authorizations: Vec<(String, String)>,
}

impl Peer {
    /// Starts one that has nothing to say yet.
    pub async fn start() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let certificate = CertificateDer::from_pem_slice(include_bytes!("peer/peer.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_slice(include_bytes!("peer/peer.key")).unwrap();
        let tls = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("https://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = web::Data::from(state.clone());
        let server = HttpServer::new(move || {
            App::new().app_data(shared.clone()).default_service(web::to(answer))
        })
        .workers(1)
        .disable_signals()
        .listen_rustls_0_23(listener, tls)
        .unwrap()
        .run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        tokio::task::yield_now().await;
        Self { base, state, handle }
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Publishes JSON under a path.
    pub fn publish(&self, path: &str, document: &serde_json::Value) {
        self.answer_with(path, 200, "application/json", &document.to_string());
    }

    /// Answers a path with this.
    pub fn answer_with(&self, path: &str, status: u16, content_type: &'static str, body: &str) {
        let document = (status, content_type, body.to_owned());
        self.state.lock().unwrap().documents.insert(path.to_owned(), document);
    }

    /// How often a path was asked for.
    pub fn hits(&self, path: &str) -> usize {
        self.bodies(path).len()
    }

    /// What was sent to a path.
    pub fn bodies(&self, path: &str) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let sent = state.requests.iter().filter(|(asked, _)| asked == path);
        sent.map(|(_, body)| body.clone()).collect()
    }

    /// The `Authorization` headers of what was sent to a path.
    pub fn authorizations(&self, path: &str) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let sent = state.authorizations.iter().filter(|(asked, _)| asked == path);
        sent.map(|(_, header)| header.clone()).collect()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn answer(
    request: HttpRequest,
    state: web::Data<Mutex<State>>,
    body: web::Bytes,
) -> HttpResponse {
    let mut state = state.lock().unwrap();
    let body = String::from_utf8_lossy(&body).into_owned();
    state.requests.push((request.path().to_owned(), body));
    if let Some(header) = request.headers().get("authorization") {
        let header = header.to_str().unwrap().to_owned();
        state.authorizations.push((request.path().to_owned(), header));
    }
    match state.documents.get(request.path()) {
        Some((status, content_type, body)) => {
            HttpResponse::build(StatusCode::from_u16(*status).unwrap())
                .insert_header(("content-type", *content_type))
                .body(body.clone())
        }
        None => HttpResponse::NotFound().finish(),
    }
}
