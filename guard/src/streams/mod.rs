//! Connections that stay: WebSocket, server-sent events, and answers that go on line by line.
//!
//! A token is checked when a connection opens; after that nobody would notice that it expired or that the person signed
//! out. [`Streams`] knows all open connections. It tells each that its token will expire, takes a fresh one without a new
//! connection, and closes those that bring none with `TOKEN_EXPIRED`, and those of an ended session at once.
//!
//! What it says itself are JSON messages whose `channel` is `SYSTEM`:
//!
//! | `type` | `payload` | |
//! |-|-|-|
//! | `CONNECTED` | `connection`, `expires_at` | first of all |
//! | `TOKEN_EXPIRING` | `expires_at` | a fresh token is wanted by then |
//! | `TOKEN_ACCEPTED` | `expires_at` | a fresh token was taken |
//! | `ERROR` | `code`, `message` | a token was refused, or the connection ends |
//!
//! A WebSocket brings a fresh token by `{"type":"TOKEN","channel":"SYSTEM","payload":{"token":"…"}}`; the others by a
//! request to another route of the app, with the connection's id ([`Streams::renew`]).

mod body;
mod connection;
mod event;
mod message;
mod recheck;
mod registry;
mod schedule;
mod seat;
#[cfg(feature = "actix")]
mod socket;
mod watch;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::broadcast;

pub use self::body::Body;
pub use self::connection::{Connection, Gone, Way};
pub use self::event::{Ending, Event};
pub use self::registry::Statistics;
#[cfg(feature = "actix")]
pub use self::socket::{Message, Socket};

use self::registry::Registry;
use self::seat::Seat;
use crate::{Answer, Guard, Guarded, Logout, Rule};

/// How many events a slow listener may be behind before it misses some.
const EVENTS: usize = 1024;

/// The open connections of an app. Make one, and clone it: clones are the same.
#[derive(Clone)]
pub struct Streams(Arc<Shared>);

/// What all parts share.
struct Shared {
    settings: Settings,
    registry: Mutex<Registry>,
    events: broadcast::Sender<Event>,
}

/// How connections are kept; made by [`Streams::builder`].
#[derive(Clone, Debug)]
pub struct Settings {
    rule: Rule,
    warning: Duration,
    heartbeat: Duration,
    recheck: Option<Duration>,
    most: usize,
    most_of_one: usize,
    queue: usize,
}

impl Streams {
    /// Connections that this rule lets in. The routes that open them are wrapped in [`Streams::rule`].
    pub const fn builder(rule: Rule) -> Settings {
        Settings {
            rule,
            warning: Duration::from_mins(1),
            heartbeat: Duration::from_secs(30),
            recheck: None,
            most: 20_000,
            most_of_one: 100,
            queue: 32,
        }
    }

    /// The rule for the routes, which counts what it refuses.
    #[must_use]
    pub fn rule(&self) -> Rule {
        let shared = Arc::downgrade(&self.0);
        self.0.settings.rule.clone().on_refusal(move |refusal| {
            if let Some(shared) = shared.upgrade() {
                shared.registry().count_refusal(refusal.codes().stream);
            }
        })
    }

    /// The guard behind the rule.
    pub fn guard(&self) -> &Guard {
        self.0.settings.rule.guard()
    }

    /// The connection with this id.
    pub fn find(&self, id: &str) -> Option<Connection> {
        self.0.registry().find(id)
    }

    /// The open connections that fit, oldest first.
    pub fn all(&self, fits: impl Fn(&Connection) -> bool) -> Vec<Connection> {
        let mut found = self.0.registry().all();
        found.retain(|connection| fits(connection));
        found.sort_by_key(Connection::connected_at);
        found
    }

    /// How many there are and were, and who was refused.
    pub fn statistics(&self) -> Statistics {
        self.0.registry().statistics()
    }

    /// What happens from now on. A listener that falls far behind misses events; nobody waits for it.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.0.events.subscribe()
    }

    /// Sends a text to all connections that fit.
    pub fn send(&self, text: &str, fits: impl Fn(&Connection) -> bool) {
        let text = bytestring::ByteString::from(text);
        for connection in self.all(fits) {
            // One that is gone has nothing to be told
            let _ = connection.send(text.clone());
        }
    }

    /// Ends the connections of who was signed out, and says how many. The guard takes their tokens no more
    /// ([`crate::Guard::sign_out`]), or an `EventSource` would be back within seconds.
    pub fn sign_out(&self, logout: &Logout) -> usize {
        self.guard().sign_out(logout);
        let ended = self.all(|connection| connection.is_of(logout));
        for connection in &ended {
            self.0.end(connection, Ending::SignedOut);
        }
        ended.len()
    }

    /// Opens server-sent events for a request behind [`Streams::rule`]; the answer is the body.
    pub fn open_events(&self, request: &impl Guarded) -> Result<Body, Answer> {
        self.open(request, Way::Events).map(Body::new)
    }

    /// Opens an answer that goes on line by line, for a request behind [`Streams::rule`].
    pub fn open_lines(&self, request: &impl Guarded) -> Result<Body, Answer> {
        self.open(request, Way::Lines).map(Body::new)
    }

    /// Takes the token of this request, which is behind [`Streams::rule`], for a connection: that of the same person and
    /// app, or it is refused. False when there is no such connection.
    pub fn renew(&self, request: &impl Guarded, id: &str) -> Result<bool, Answer> {
        let fresh = request.admitted().ok_or_else(Answer::unguarded)?;
        let Some(connection) = self.find(id) else { return Ok(false) };
        connection.renew(fresh).map_err(|refusal| self.rule().answer(&refusal, true))?;
        Ok(true)
    }

    fn open(&self, request: &impl Guarded, way: Way) -> Result<Seat, Answer> {
        let admitted = request.admitted().ok_or_else(Answer::unguarded)?;
        let seat = Seat::take(&self.0, admitted, way);
        let seat = seat.map_err(|refusal| self.rule().answer(&refusal, true))?;
        // Who was signed out after the token was checked was not found among the connections then
        let ended = self.guard().ended().judge(&seat.connection.identity());
        ended.map_err(|refusal| self.rule().answer(&refusal, true))?;
        watch::begin(&self.0);
        Ok(seat)
    }
}

impl Shared {
    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        self.settings.rule.guard().clock().now()
    }

    /// Ends a connection; the first who does so decides how.
    fn end(&self, connection: &Connection, ending: Ending) {
        if self.registry().remove(connection.id()).is_some() {
            connection.end(ending);
            tracing::debug!(connection = connection.id(), %ending, "a connection ended");
            // Nobody need be listening
            let _ = self.events.send(Event::Disconnected(connection.clone(), ending));
        }
    }
}

impl Settings {
    /// How long before its token expires a connection is told; a minute without this call.
    #[must_use]
    pub const fn warning(mut self, before: Duration) -> Self {
        self.warning = before;
        self
    }

    /// How often something is sent to find those who went silently; half a minute without this call. A WebSocket that
    /// answers nothing for two of these is closed.
    #[must_use]
    pub const fn heartbeat(mut self, every: Duration) -> Self {
        self.heartbeat = every;
        self
    }

    /// Checks the token of each connection again at this interval, for a guard with [`crate::Introspection`].
    #[must_use]
    pub const fn recheck(mut self, every: Duration) -> Self {
        self.recheck = Some(every);
        self
    }

    /// How many connections there may be at a time, in all and of one person; 20,000 and 100 without this call.
    #[must_use]
    pub const fn most(mut self, in_all: usize, of_one: usize) -> Self {
        (self.most, self.most_of_one) = (in_all, of_one);
        self
    }

    /// How many messages may wait for a slow reader before its connection is closed; 32 without this call.
    #[must_use]
    pub const fn queue(mut self, messages: usize) -> Self {
        self.queue = messages;
        self
    }

    /// The connections, of which there are none yet.
    #[must_use]
    pub fn build(self) -> Streams {
        let registry = Mutex::new(Registry::new(self.most, self.most_of_one));
        let (events, _) = broadcast::channel(EVENTS);
        Streams(Arc::new(Shared { settings: self, registry, events }))
    }
}

impl std::fmt::Debug for Streams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Streams").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
