//! A small issuer: metadata, keys and introspection on a free port, which counts what it is asked and can misbehave.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The credentials that introspection asks for, as Basic has them (`notes` and `se cret`, form-encoded).
const BASIC: &str = "Basic bm90ZXM6c2UrY3JldA==";

/// A running issuer.
pub struct TestIssuer {
    pub url: String,
    pub state: Arc<Mutex<State>>,
}

/// What it answers, and what it was asked.
pub struct State {
    pub keys: Vec<Value>,
    pub cache_control: &'static str,
    pub jwks_path: &'static str,
    pub mood: Mood,
    pub active: HashMap<String, Value>,
    pub asked: Vec<String>,
}

/// How it behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// As it should.
    Well,
    /// It closes each connection.
    Away,
    /// It takes a request and says nothing until its mood changes.
    Silent,
    /// It answers 200 with something else.
    Talkative,
    /// It answers without end.
    Endless,
    /// It sends callers elsewhere.
    Elsewhere,
    /// It calls itself by another name.
    Impostor,
}

impl TestIssuer {
    /// An issuer that publishes these keys.
    pub async fn start(keys: Vec<Value>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            keys,
            cache_control: "public, max-age=3600",
            jwks_path: "/jwks",
            mood: Mood::Well,
            active: HashMap::new(),
            asked: Vec::new(),
        }));
        let (name, shared) = (url.clone(), state.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, name.clone(), shared.clone()));
            }
        });
        Self { url, state }
    }

    /// Changes it.
    pub fn set<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }

    /// How often a path was asked for, with and without an entity tag.
    pub fn asked(&self, path: &str) -> usize {
        self.set(|state| state.asked.iter().filter(|asked| asked.starts_with(path)).count())
    }
}

async fn answer(mut stream: TcpStream, name: String, state: Arc<Mutex<State>>) {
    let mood = || state.lock().unwrap().mood;
    if mood() == Mood::Away {
        state.lock().unwrap().asked.push("away".to_owned());
        return;
    }
    let Some((head, body)) = request(&mut stream).await else { return };
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let tag = header(&head, "if-none-match");
    state.lock().unwrap().asked.push(format!("{path} {}", tag.unwrap_or_default()));
    while mood() == Mood::Silent {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (status, body) = match mood() {
        Mood::Talkative => ("200 OK", "<html>".to_owned()),
        Mood::Endless => ("200 OK", "x".repeat(300_000)),
        Mood::Elsewhere => ("302 Found", String::new()),
        Mood::Well | Mood::Away | Mood::Silent | Mood::Impostor => {
            content(&path, &head, &body, &name, &state.lock().unwrap())
        }
    };
    let etag = format!(
        "\"{:x}\"",
        body.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(byte))
    );
    let (status, body) =
        if tag == Some(&etag) { ("304 Not Modified", String::new()) } else { (status, body) };
    let cache_control = state.lock().unwrap().cache_control;
    let text = format!(
        "HTTP/1.1 {status}\r\nETag: {etag}\r\nCache-Control: {cache_control}\r\nLocation: {name}/elsewhere\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(text.as_bytes()).await;
}

fn content(
    path: &str,
    head: &str,
    body: &str,
    name: &str,
    state: &State,
) -> (&'static str, String) {
    if path == "/.well-known/openid-configuration" {
        let name = if state.mood == Mood::Impostor { "http://localhost" } else { name };
        let document = json!({
            "issuer": name, "jwks_uri": format!("{name}{}", state.jwks_path),
            "introspection_endpoint": format!("{name}/introspect"), "authorization_endpoint": format!("{name}/authorize"),
        });
        return ("200 OK", document.to_string());
    }
    if path == state.jwks_path {
        return ("200 OK", json!({"keys": state.keys}).to_string());
    }
    if path == "/introspect" && header(head, "authorization") == Some(BASIC) {
        let token = body.split('&').find_map(|pair| pair.strip_prefix("token="));
        let facts = token.and_then(|token| state.active.get(token)).cloned();
        return ("200 OK", facts.unwrap_or_else(|| json!({"active": false})).to_string());
    }
    ("404 Not Found", String::new())
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

async fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    }
}
