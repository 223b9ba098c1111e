//! The other side of connections that stay.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// No test waits longer for what has to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// The other side of a WebSocket.
pub struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    /// Opens one at an HTTP URL, with the token in it.
    pub async fn open(url: &str, token: &str) -> Result<Self, tungstenite::Error> {
        Self::open_with(url, "token", token).await
    }

    /// Opens one with another parameter.
    pub async fn open_with(url: &str, name: &str, value: &str) -> Result<Self, tungstenite::Error> {
        let rest = url.strip_prefix("http://").unwrap();
        let stream = TcpStream::connect(rest.split('/').next().unwrap()).await.unwrap();
        let url = format!("ws://{rest}?{name}={value}");
        let (socket, _) = client_async(url.into_client_request().unwrap(), stream).await?;
        Ok(Self(socket))
    }

    /// Sends a text.
    pub async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// Brings a fresh token.
    pub async fn bring(&mut self, token: &str) {
        let payload = json!({"token": token});
        self.say(&json!({"type": "TOKEN", "channel": "SYSTEM", "payload": payload}).to_string())
            .await;
    }

    /// The next message.
    pub async fn hear(&mut self) -> String {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("no message came").unwrap() {
                Ok(Message::Text(text)) => return text.to_string(),
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("no message, but {other:?}"),
            }
        }
    }

    /// The next message, which is of the system.
    pub async fn system(&mut self) -> (String, Value) {
        system(&self.hear().await)
    }

    /// How the other side closes.
    pub async fn close_code(&mut self) -> u16 {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("it stays open").unwrap().unwrap() {
                Message::Close(Some(frame)) => return frame.code.into(),
                Message::Ping(_) | Message::Pong(_) => {}
                other @ (Message::Text(_)
                | Message::Binary(_)
                | Message::Close(None)
                | Message::Frame(_)) => {
                    panic!("not closed, but {other:?}")
                }
            }
        }
    }

    /// Closes it.
    pub async fn close(&mut self) {
        self.0.close(None).await.unwrap();
    }
}

/// Who reads an answer that goes on.
pub struct Reader {
    response: reqwest::Response,
    read: String,
}

impl Reader {
    /// Opens one.
    pub async fn open(url: &str, token: &str) -> Self {
        let response = reqwest::Client::new().get(url).bearer_auth(token).send().await.unwrap();
        Self { response, read: String::new() }
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// A header.
    pub fn header(&self, name: &str) -> &str {
        self.response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The next message; none at the end.
    pub async fn hear(&mut self) -> Option<String> {
        let events = self.header("content-type") == "text/event-stream";
        let end = if events { "\n\n" } else { "\n" };
        loop {
            while let Some(at) = self.read.find(end) {
                let whole: String = self.read.drain(..at + end.len()).collect();
                let first = whole.trim_end().trim_start_matches("data: ").to_owned();
                if !first.is_empty() && first != ":" {
                    return Some(first);
                }
            }
            let chunk = timeout(PATIENCE, self.response.chunk()).await.expect("no message came");
            let Some(chunk) = chunk.unwrap() else {
                let rest = std::mem::take(&mut self.read);
                return Some(rest).filter(|rest| !rest.is_empty());
            };
            self.read.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next message, which is of the system.
    pub async fn system(&mut self) -> (String, Value) {
        system(&self.hear().await.expect("it has ended"))
    }
}

/// The type and the payload of a message of the system.
fn system(text: &str) -> (String, Value) {
    let mut message: Value = serde_json::from_str(text).unwrap();
    assert_eq!(message["channel"], "SYSTEM", "{text}");
    (message["type"].as_str().unwrap().to_owned(), message["payload"].take())
}
