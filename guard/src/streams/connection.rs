//! One connection.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytestring::ByteString;
use serde_json::{Map, Value};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::schedule::Facts;
use super::{Ending, Event, Shared, message};
use crate::admitted::Admitted;
use crate::{Identity, Logout, Refusal};

/// How a connection is kept open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Way {
    /// RFC 6455.
    WebSocket,
    /// Server-sent events, as `EventSource` reads them.
    Events,
    /// An answer that goes on, one message on each line.
    Lines,
}

/// The connection is not open any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection is not open any more")]
pub struct Gone;

/// An open connection, or one that was open. Cheap to clone.
#[derive(Clone)]
pub struct Connection(Arc<Inner>);

struct Inner {
    id: Arc<str>,
    way: Way,
    connected_at: i64,
    active_at: AtomicI64,
    heard_at: AtomicI64,
    state: Mutex<State>,
    shared: Weak<Shared>,
}

/// What changes.
struct State {
    identity: Identity,
    /// From when on its token is refused.
    until: i64,
    warned: bool,
    beat_at: i64,
    /// Kept only where it is checked again.
    token: Option<Arc<str>>,
    fields: Map<String, Value>,
    /// None once it has ended.
    outbox: Option<Sender<Outgoing>>,
    ending: Option<Ending>,
}

/// What is sent to the other side.
#[derive(Debug)]
pub enum Outgoing {
    /// A message.
    Text(ByteString),
    /// Something that says nothing, to see whether it is there.
    Beat,
}

impl Connection {
    /// A connection that nobody knows yet, and the messages for it.
    pub(super) fn new(
        id: Arc<str>,
        way: Way,
        admitted: Admitted,
        shared: &Arc<Shared>,
    ) -> (Self, Receiver<Outgoing>) {
        let (settings, now) = (&shared.settings, shared.now());
        let (outbox, inbox) = mpsc::channel(settings.queue.max(1));
        let until = settings.rule.guard().refused_from(&admitted.identity);
        let state = State {
            identity: admitted.identity,
            until,
            warned: false,
            beat_at: now,
            token: settings.recheck.map(|_| admitted.token),
            fields: Map::new(),
            outbox: Some(outbox),
            ending: None,
        };
        let inner = Inner {
            id,
            way,
            connected_at: now,
            active_at: AtomicI64::new(now),
            heard_at: AtomicI64::new(now),
            state: Mutex::new(state),
            shared: Arc::downgrade(shared),
        };
        (Self(Arc::new(inner)), inbox)
    }

    /// Its name, which nobody can guess.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    pub(super) fn shared_id(&self) -> Arc<str> {
        self.0.id.clone()
    }

    /// How it is kept open.
    pub fn way(&self) -> Way {
        self.0.way
    }

    /// Whose it is: the person, the app, and the session of the newest token.
    pub fn identity(&self) -> Identity {
        self.state().identity.clone()
    }

    /// Since when, in seconds since 1970.
    pub fn connected_at(&self) -> i64 {
        self.0.connected_at
    }

    /// When a message last came or went, or a fresh token came; in seconds since 1970.
    pub fn active_at(&self) -> i64 {
        self.0.active_at.load(Ordering::Relaxed)
    }

    /// What the app noted about it.
    pub fn fields(&self) -> Map<String, Value> {
        self.state().fields.clone()
    }

    /// Notes something about it.
    pub fn note(&self, name: &str, value: Value) {
        self.state().fields.insert(name.to_owned(), value);
    }

    /// Why it ended; none while it is open.
    pub fn ending(&self) -> Option<Ending> {
        self.state().ending
    }

    /// Sends a message. It never waits: when too many are unread the connection is closed.
    pub fn send(&self, text: impl Into<ByteString>) -> Result<(), Gone> {
        self.put(Outgoing::Text(text.into()))?;
        self.touch();
        Ok(())
    }

    /// Closes it, after the messages that were sent before.
    pub fn close(&self) {
        self.finish(Ending::Closed);
    }

    /// Takes a fresh token: that of the same person and app. One that expires earlier than the last changes nothing.
    pub(crate) fn renew(&self, fresh: Admitted) -> Result<(), Refusal> {
        let Some(shared) = self.0.shared.upgrade() else { return Err(Refusal::SessionEnded) };
        let expires_at = {
            let mut state = self.state();
            let (old, new) = (&state.identity, &fresh.identity);
            if (&old.subject, &old.client_id) != (&new.subject, &new.client_id) {
                return Err(Refusal::Stranger);
            }
            if new.expires_at >= old.expires_at {
                state.until = shared.settings.rule.guard().refused_from(&fresh.identity);
                state.warned = false;
                state.token = state.token.take().map(|_| fresh.token);
                state.identity = fresh.identity;
            }
            state.identity.expires_at
        };
        if let Err(refusal) = shared.settings.rule.guard().ended().judge(&self.identity()) {
            shared.end(self, Ending::SignedOut);
            return Err(refusal);
        }
        // Who is gone meanwhile needs no answer
        let _ = self.send(message::accepted(expires_at));
        let _ = shared.events.send(Event::Renewed(self.clone()));
        Ok(())
    }

    /// Whether it belongs to who was signed out.
    pub(super) fn is_of(&self, logout: &Logout) -> bool {
        let identity = self.identity();
        let same_person = logout.subject.as_ref().is_none_or(|sub| *sub == identity.subject);
        match (&logout.session_id, &identity.session_id) {
            (Some(ended), Some(own)) => ended == own && same_person,
            // All sessions of the person have ended, or the connection's token does not say of which it is
            (None, _) | (_, None) => logout.subject.is_some() && same_person,
        }
    }

    /// What decides what is to be done about it. `warning`: seconds.
    pub(super) fn facts(&self, warning: i64) -> Facts {
        let state = self.state();
        let answers = self.0.way == Way::WebSocket;
        Facts {
            until: state.until,
            warning_at: state.identity.expires_at.saturating_sub(warning),
            warned: state.warned,
            beat_at: state.beat_at,
            heard_at: answers.then(|| self.0.heard_at.load(Ordering::Relaxed)),
        }
    }

    pub(super) fn token(&self) -> Option<Arc<str>> {
        self.state().token.clone()
    }

    /// The rule that let it in; none when the app has let go of all connections.
    #[cfg(feature = "actix")]
    pub(super) fn rule(&self) -> Option<crate::Rule> {
        self.0.shared.upgrade().map(|shared| shared.settings.rule.clone())
    }

    /// Tells that the token will expire.
    pub(super) fn warn(&self) {
        let expires_at = {
            let mut state = self.state();
            state.warned = true;
            state.identity.expires_at
        };
        let _ = self.put(Outgoing::Text(message::expiring(expires_at)));
    }

    pub(super) fn beat(&self, now: i64) {
        self.state().beat_at = now;
        let _ = self.put(Outgoing::Beat);
    }

    /// The other side said something. `message`: more than that it is there.
    #[cfg(feature = "actix")]
    pub(super) fn heard(&self, message: bool) {
        if let Some(shared) = self.0.shared.upgrade() {
            self.0.heard_at.store(shared.now(), Ordering::Relaxed);
        }
        if message {
            self.touch();
        }
    }

    /// Ends it where everybody knows it.
    pub(super) fn finish(&self, ending: Ending) {
        if let Some(shared) = self.0.shared.upgrade() {
            shared.end(self, ending);
        }
    }

    /// Ends it here: what was sent before still goes out.
    pub(super) fn end(&self, ending: Ending) {
        let mut state = self.state();
        state.ending.get_or_insert(ending);
        state.outbox = None;
        state.token = None;
    }

    fn put(&self, outgoing: Outgoing) -> Result<(), Gone> {
        let sent = self.state().outbox.as_ref().map(|outbox| outbox.try_send(outgoing));
        match sent {
            Some(Ok(())) => Ok(()),
            Some(Err(TrySendError::Full(_))) => {
                self.finish(Ending::Slow);
                Err(Gone)
            }
            Some(Err(TrySendError::Closed(_))) | None => Err(Gone),
        }
    }

    fn touch(&self) {
        if let Some(shared) = self.0.shared.upgrade() {
            self.0.active_at.store(shared.now(), Ordering::Relaxed);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id();
        f.debug_struct("Connection")
            .field("id", &id)
            .field("way", &self.0.way)
            .finish_non_exhaustive()
    }
}
