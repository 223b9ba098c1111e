//! PostgreSQL, for many nodes: a pool on blocking threads, and transactions that are run again.
//!
//! Transactions are READ COMMITTED. What must happen once is decided by one conditional statement, and
//! that waits for a row's other writers and then looks at its condition again; a stricter level would
//! decide nothing more, and would abort transactions that touched nothing but the same page of an index.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use diesel::connection::{SimpleConnection, TransactionManager};
use diesel::r2d2::{ManageConnection, NopErrorHandler, Pool, PooledConnection};
use diesel::{Connection, PgConnection};

use super::{Db, StoreError, migrate};
use crate::model::Secret;

/// How long a request may wait for a connection.
const WAIT: Duration = Duration::from_secs(4);
/// After so long nothing is tried again.
const DEADLINE: Duration = Duration::from_millis(4_500);
/// After so long the answer is "unavailable", whatever a server that has stopped still holds.
const GIVE_UP: Duration = Duration::from_millis(4_800);
/// How often a transaction is run again.
const RETRIES: u32 = 10;

/// A server that has stopped must not hold a thread: the statement's time, and that of locks, is limited.
/// A commit that is not flushed to disk is none, so `synchronous_commit = off` is not accepted.
const SESSION: &str = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED; \
     SET statement_timeout = 4000; SET idle_in_transaction_session_timeout = 10000; \
     SET client_min_messages = warning; \
     SELECT set_config('synchronous_commit', 'on', false) \
     WHERE current_setting('synchronous_commit', true) = 'off';";

/// A pool of connections to one database.
#[derive(Clone)]
pub(super) struct Postgres(Pool<Manager>);

impl Postgres {
    /// Migrates the database and opens the pool.
    pub(super) fn open(url: &Secret<String>, connections: u32) -> Result<Self, StoreError> {
        let url = Secret::new(with_timeouts(url.expose()));
        migrate::postgres(&mut PgConnection::establish(url.expose())?)?;
        let pool = Pool::builder()
            .max_size(connections.max(1))
            .min_idle(Some(1))
            .connection_timeout(WAIT)
            .test_on_check_out(false)
            .error_handler(Box::new(NopErrorHandler))
            .build_unchecked(Manager { url });
        Ok(Self(pool))
    }

    /// Runs on a blocking thread, and gives up when the server has stopped answering.
    pub(super) async fn run<T, F>(&self, kind: Kind, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut Db) -> Result<T, StoreError> + Send + 'static,
    {
        let pool = self.clone();
        let running = tokio::task::spawn_blocking(move || pool.run_blocking(kind, &work));
        match tokio::time::timeout(GIVE_UP, running).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(StoreError::unavailable("the server is stopping")),
            Err(_) => Err(StoreError::unavailable("PostgreSQL does not answer")),
        }
    }

    /// Runs on the calling thread, again when PostgreSQL wants it or the connection was a dead one.
    pub(super) fn run_blocking<T>(
        &self,
        kind: Kind,
        work: &impl Fn(&mut Db) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let deadline = Instant::now() + DEADLINE;
        let mut tries = 0;
        let mut suspicious = false;
        loop {
            let mut connection = self.connection(deadline, suspicious)?;
            let failure = match connection.run(kind, work) {
                Ok(value) => return Ok(value),
                Err(failure) => failure,
            };
            drop(connection);
            tries += 1;
            suspicious |= failure.error.is_lost();
            if tries > failure.retries() || Instant::now() >= deadline {
                return Err(failure.error);
            }
            std::thread::sleep(backoff(tries));
        }
    }

    /// A connection; with `checked` one that has just answered, since a restart of the server kills all.
    fn connection(
        &self,
        deadline: Instant,
        checked: bool,
    ) -> Result<PooledConnection<Manager>, StoreError> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now()).min(WAIT);
            let mut connection = self
                .0
                .get_timeout(left)
                .map_err(|error| StoreError::unavailable(error.to_string()))?;
            if !checked || connection.answers() {
                return Ok(connection);
            }
        }
    }
}

/// Whether a closure writes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Write,
}

struct Failure {
    error: StoreError,
    /// False after a commit without an answer, which may have happened, and after a panic.
    again: bool,
}

impl Failure {
    /// A lost connection takes two more tries, for the connection and for the restart that it tells of.
    /// So does what has no code: a deadlock in a language that `error.rs` does not read, and a row that was
    /// deleted while something was hung on it, which the second run sees and refuses.
    fn retries(&self) -> u32 {
        match &self.error {
            _ if !self.again => 0,
            error if error.is_conflict() => RETRIES,
            error if error.is_lost() => 2,
            StoreError::Other(_) => 2,
            StoreError::Unavailable(_) | StoreError::Corrupt(_) | StoreError::Schema(_) => 0,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self { error, again: true }
    }
}

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        StoreError::from(error).into()
    }
}

/// A pooled connection, which knows when it is of no use any more.
pub(super) struct Held {
    db: Db,
    broken: bool,
}

impl Held {
    fn answers(&mut self) -> bool {
        self.broken |= self.db.batch_execute("SELECT 1").is_err();
        !self.broken
    }

    fn run<T>(
        &mut self,
        kind: Kind,
        work: &impl Fn(&mut Db) -> Result<T, StoreError>,
    ) -> Result<T, Failure> {
        let db = &mut self.db;
        let outcome = catch_unwind(AssertUnwindSafe(|| match kind {
            Kind::Read => Ok(work(db)?),
            Kind::Write => transact(db, work),
        }))
        .unwrap_or_else(|_| {
            self.broken = true;
            let error = StoreError::Other("the work in a transaction panicked".into());
            Err(Failure { error, again: false })
        });
        if let Err(failure) = &outcome {
            self.broken |= !failure.again || failure.error.is_lost();
        }
        outcome
    }
}

fn transact<T>(
    db: &mut Db,
    work: &impl Fn(&mut Db) -> Result<T, StoreError>,
) -> Result<T, Failure> {
    Db::begin_transaction(db)?;
    match work(db) {
        Ok(value) => {
            Db::commit_transaction(db)
                .map_err(StoreError::from)
                .map_err(|error| Failure { again: error.is_conflict(), error })?;
            Ok(value)
        }
        Err(error) => {
            // The work's own error says more than that of a rollback which only a dead connection can refuse.
            let _ = Db::rollback_transaction(db);
            Err(error.into())
        }
    }
}

/// Longer each time, and never the same for two that met: 1 to 3 ms at first, 64 to 192 at most.
fn backoff(tries: u32) -> Duration {
    let longest = 2_000_u64 << tries.min(6);
    let spread = RandomState::new().build_hasher().finish() % longest;
    Duration::from_micros(longest / 2 + spread)
}

/// Opens connections for the pool.
#[derive(Debug)]
pub(super) struct Manager {
    url: Secret<String>,
}

impl ManageConnection for Manager {
    type Connection = Held;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Held, Self::Error> {
        let mut connection = PgConnection::establish(self.url.expose())
            .map_err(diesel::r2d2::Error::ConnectionError)?;
        connection.batch_execute(SESSION).map_err(diesel::r2d2::Error::QueryError)?;
        Ok(Held { db: Db::Postgres(connection), broken: false })
    }

    fn is_valid(&self, connection: &mut Held) -> Result<(), Self::Error> {
        connection.db.batch_execute("SELECT 1").map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, connection: &mut Held) -> bool {
        connection.broken || Db::is_broken_transaction_manager(&mut connection.db)
    }
}

/// The URL, with time limits for a server that does not answer unless it names its own.
fn with_timeouts(url: &str) -> String {
    let mut url = url.to_owned();
    for (name, value) in [("connect_timeout", "4"), ("tcp_user_timeout", "5000")] {
        if !url.contains(name) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(name);
            url.push('=');
            url.push_str(value);
        }
    }
    url
}
