//! `WebSocket` of actix-web: RFC 6455.

use std::time::Duration;

use actix_web::web::{Bytes, Payload};
use actix_web::{Error, HttpRequest, HttpResponse};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, Session};
use bytestring::ByteString;

use super::connection::Outgoing;
use super::seat::Seat;
use super::{Connection, Ending, Streams, Way, message};

/// The longest message that is read, in bytes.
const LONGEST: usize = 64 * 1024;

impl Streams {
    /// Opens a WebSocket for a request behind [`Streams::rule`]. Serve it in a task of its own.
    pub fn open_socket(
        &self,
        request: &HttpRequest,
        payload: Payload,
    ) -> Result<(Socket, HttpResponse), Error> {
        let (response, session, messages) = actix_ws::handle(request, payload)?;
        let seat = self.open(request, Way::WebSocket)?;
        let patience = self.0.settings.heartbeat.saturating_mul(2);
        let messages = messages.aggregate_continuations().max_continuation_size(LONGEST);
        Ok((Socket { seat, session: Some(session), messages, patience }, response))
    }
}

/// What came from the other side of a [`Socket`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A text.
    Text(ByteString),
    /// Bytes.
    Binary(Bytes),
}

/// A WebSocket. Whoever has it reads its messages in a loop, which also sends, answers pings and takes fresh tokens:
///
/// ```
/// # use hatcheck_guard::streams::{Message, Socket};
/// async fn echo(mut socket: Socket) {
///     while let Some(Message::Text(text)) = socket.next().await {
///         let _ = socket.connection().send(text);
///     }
/// }
/// ```
pub struct Socket {
    seat: Seat,
    /// None once it is closed.
    session: Option<Session>,
    messages: AggregatedMessageStream,
    patience: Duration,
}

impl Socket {
    /// The connection that this serves.
    pub const fn connection(&self) -> &Connection {
        &self.seat.connection
    }

    /// The next message of the other side; none when the connection has ended.
    pub async fn next(&mut self) -> Option<Message> {
        loop {
            tokio::select! {
                outgoing = self.seat.next() => match outgoing {
                    Some(outgoing) => self.pass_on(outgoing).await?,
                    None => return self.say_goodbye().await,
                },
                incoming = self.messages.recv() => {
                    let incoming = incoming?.ok()?;
                    if let Some(message) = self.take(incoming).await? {
                        return Some(message);
                    }
                }
            }
        }
    }

    /// What is for the app; `Some(None)` when it is not.
    async fn take(&mut self, incoming: AggregatedMessage) -> Option<Option<Message>> {
        match incoming {
            AggregatedMessage::Text(text) => {
                self.connection().heard(true);
                if let Some(token) = message::token(&text) {
                    self.renew(&token).await;
                    return Some(None);
                }
                Some(Some(Message::Text(text)))
            }
            AggregatedMessage::Binary(bytes) => {
                self.connection().heard(true);
                Some(Some(Message::Binary(bytes)))
            }
            AggregatedMessage::Ping(bytes) => {
                self.connection().heard(false);
                self.session.as_mut()?.pong(&bytes).await.ok()?;
                Some(None)
            }
            AggregatedMessage::Pong(_) => {
                self.connection().heard(false);
                Some(None)
            }
            AggregatedMessage::Close(_) => {
                let session = self.session.take()?;
                let _ = session.close(None).await;
                None
            }
        }
    }

    /// A token that is no good is said to be so; the connection goes on with the one that it has.
    async fn renew(&self, token: &str) {
        let connection = self.connection();
        let Some(rule) = connection.rule() else { return };
        let renewed = rule.admit_text(token).await.and_then(|fresh| connection.renew(fresh));
        if let Err(refusal) = renewed {
            let _ = connection.send(refusal.message().to_string());
        }
    }

    /// Sends; who takes nothing for long is given up.
    async fn pass_on(&mut self, outgoing: Outgoing) -> Option<()> {
        let session = self.session.as_mut()?;
        let sending = async {
            match outgoing {
                Outgoing::Text(text) => session.text(text).await,
                Outgoing::Beat => session.ping(b"").await,
            }
        };
        let Ok(sent) = tokio::time::timeout(self.patience, sending).await else {
            self.connection().finish(Ending::Slow);
            return None;
        };
        sent.ok()
    }

    async fn say_goodbye(&mut self) -> Option<Message> {
        let ending = self.connection().ending().unwrap_or(Ending::Closed);
        let mut session = self.session.take()?;
        if let Some(refusal) = ending.refusal() {
            let _ = session.text(refusal.message().to_string()).await;
        }
        let code = CloseCode::from(ending.close_code());
        let _ =
            session.close(Some(CloseReason { code, description: Some(ending.to_string()) })).await;
        None
    }
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Socket").field("connection", self.connection()).finish_non_exhaustive()
    }
}
