//! Connections that stay, over HTTP: the app of the example, with a clock that the tests move.

mod answers;
mod axum;
mod bounds;
mod ended;
mod socket;

use hatcheck_guard::streams::{Settings, Streams};
use hatcheck_guard::{Guard, Rule};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite;

use crate::actix_app;
use crate::listening::{Reader, Socket};
use crate::streaming::{self, Notes};
use crate::support::Scene;

/// The app of the example, on a free port.
pub struct Live {
    pub base: String,
    pub streams: Streams,
}

impl Live {
    /// As it is in the example.
    pub fn start(scene: &Scene) -> Self {
        Self::of(streaming::notes(scene.guard().scope("notes:read").token_in_url(), "app"))
    }

    /// With other settings.
    pub fn with(guard: &Guard, change: impl FnOnce(Settings) -> Settings) -> Self {
        let rule: Rule = guard.scope("notes:read").token_in_url();
        let streams = change(Streams::builder(rule)).build();
        Self::of(Notes { streams, client_id: "app".to_owned() })
    }

    /// For connections that are asked for otherwise.
    pub fn of(notes: Notes) -> Self {
        let streams = notes.streams.clone();
        Self { base: actix_app(move |app| streaming::routes(app, &notes)), streams }
    }

    /// Opens a WebSocket.
    pub async fn socket(&self, token: &str) -> Result<Socket, tungstenite::Error> {
        Socket::open(&format!("{}/live/socket", self.base), token).await
    }

    /// Opens an answer that goes on: `events` or `lines`.
    pub async fn answer(&self, way: &str, token: &str) -> Reader {
        Reader::open(&format!("{}/live/{way}", self.base), token).await
    }

    /// Posts a fresh token for a connection, and gives the status.
    pub async fn renew(&self, id: &str, token: &str) -> u16 {
        let url = format!("{}/live/connections/{id}/token", self.base);
        let answer = reqwest::Client::new().post(url).bearer_auth(token).send().await.unwrap();
        answer.status().as_u16()
    }

    /// Posts a logout token, as the issuer does.
    pub async fn signed_out(&self, token: &str) -> u16 {
        let url = format!("{}/signed-out", self.base);
        let body = format!("logout_token={token}");
        let form = ("content-type", "application/x-www-form-urlencoded");
        let request = reqwest::Client::new().post(url).header(form.0, form.1).body(body);
        request.send().await.unwrap().status().as_u16()
    }
}

/// A logout token for a session.
pub fn logout_token(scene: &Scene, more: &Value) -> String {
    let mut claims = json!({
        "iss": scene.issuer.url, "aud": "app", "iat": scene.now(), "exp": scene.now() + 120, "jti": "l1",
        "sub": "ada", "sid": "s1", "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    });
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let mut header = scene.key.header();
    header["typ"] = json!("logout+jwt");
    scene.key.sign_with(&header, &claims)
}
