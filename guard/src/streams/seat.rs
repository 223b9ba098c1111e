//! The place of a connection among the others, held by who serves it.

use std::sync::Arc;
use std::task::{Context, Poll};

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::sync::mpsc::Receiver;

use super::connection::Outgoing;
use super::{Connection, Ending, Event, Shared, Way, message};
use crate::Refusal;
use crate::admitted::Admitted;

/// A connection's place. Whoever lets go of it has ended the connection.
pub struct Seat {
    /// The connection.
    pub connection: Connection,
    inbox: Receiver<Outgoing>,
}

impl Seat {
    /// Takes a place, unless there are too many, and says so to the other side.
    pub fn take(shared: &Arc<Shared>, admitted: Admitted, way: Way) -> Result<Self, Refusal> {
        let id = name().ok_or(Refusal::Crowded)?;
        let greeting = message::connected(&id, admitted.identity.expires_at);
        let (connection, inbox) = Connection::new(id, way, admitted, shared);
        if !shared.registry().insert(&connection) {
            return Err(Refusal::Crowded);
        }
        tracing::debug!(connection = connection.id(), "a connection opened");
        // It is empty, so it takes this one
        let _ = connection.send(greeting);
        let _ = shared.events.send(Event::Connected(connection.clone()));
        Ok(Self { connection, inbox })
    }

    /// The next message for the other side; none once the connection has ended and all is sent.
    #[cfg(feature = "actix")]
    pub async fn next(&mut self) -> Option<Outgoing> {
        self.inbox.recv().await
    }

    /// The same, for who polls.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Outgoing>> {
        self.inbox.poll_recv(context)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.connection.finish(Ending::Left);
    }
}

/// A name that nobody can guess; none when the system gives no random bytes.
#[expect(clippy::disallowed_methods, reason = "this is the edge that others ask")]
fn name() -> Option<Arc<str>> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes).into())
}
