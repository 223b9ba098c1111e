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

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpListener, TcpStream};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Barrier, Mutex};

    use diesel::RunQueryDsl;

    use super::*;
    use crate::config::{Database, DatabaseUrl};
    use crate::store::testing::TestStore;
    use crate::store::{Store, secrets};

    #[test]
    fn a_deadlock_is_run_again() {
        let store = TestStore::postgres();
        store
            .write_blocking(|db| Ok((secrets::insert(db, "0", "")?, secrets::insert(db, "1", "")?)))
            .unwrap();
        let runs = Arc::new(AtomicUsize::new(0));
        let met = Arc::new(Barrier::new(2));
        let threads = ["0", "1"].map(|first| {
            let (store, runs, met) = ((*store).clone(), runs.clone(), met.clone());
            std::thread::spawn(move || {
                store.write_blocking(move |db| {
                    let old = secrets::find(db, first)?.unwrap();
                    secrets::rewrap(db, first, &old, &format!("{old}{first}"))?;
                    if runs.fetch_add(1, Ordering::SeqCst) < 2 {
                        met.wait();
                    }
                    let second = if first == "0" { "1" } else { "0" };
                    let old = secrets::find(db, second)?.unwrap();
                    secrets::rewrap(db, second, &old, &format!("{old}{first}"))
                })
            })
        });
        for each in threads {
            each.join().unwrap().unwrap();
        }
        assert!(runs.load(Ordering::SeqCst) > 2, "PostgreSQL ended one of the two");
    }

    #[test]
    fn serialization_failures_are_run_again_under_contention() {
        let store = TestStore::postgres();
        store.write_blocking(|db| secrets::insert(db, "counter", "0")).unwrap();
        let threads: Vec<_> = (0..6)
            .map(|_| {
                let store = (*store).clone();
                std::thread::spawn(move || {
                    (0..3).for_each(|_| {
                        store
                            .write_blocking(|db| {
                                diesel::sql_query("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
                                    .execute(db)?;
                                let old = secrets::find(db, "counter")?.unwrap();
                                let next = old.parse::<u32>().unwrap() + 1;
                                secrets::rewrap(db, "counter", &old, &next.to_string())
                            })
                            .unwrap();
                    });
                })
            })
            .collect();
        for each in threads {
            each.join().unwrap();
        }
        let counter = store.read_blocking(|db| secrets::find(db, "counter")).unwrap();
        assert_eq!(counter.as_deref(), Some("18"));
    }

    #[test]
    fn a_restart_of_the_server_is_survived() {
        let store = TestStore::postgres();
        let other = store.again();
        // Several connections wait in the pool, and all of them die.
        let wait = Arc::new(Barrier::new(4));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (store, wait) = ((*store).clone(), wait.clone());
                std::thread::spawn(move || {
                    store.read_blocking(move |_| {
                        wait.wait();
                        Ok(())
                    })
                })
            })
            .collect();
        for each in threads {
            each.join().unwrap().unwrap();
        }
        let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                    WHERE datname = current_database() AND pid <> pg_backend_pid()";
        other.read_blocking(move |db| Ok(db.batch_execute(kill)?)).unwrap();
        assert!(store.write_blocking(|db| secrets::insert(db, "a", "sealed")).unwrap());
        assert!(store.read_blocking(|db| secrets::find(db, "a")).unwrap().is_some());
    }

    /// Stands between the store and PostgreSQL, and can stop answering as a machine does that hangs.
    struct Proxy {
        url: String,
        hangs: Arc<Mutex<()>>,
    }

    impl Proxy {
        fn before(url: &str) -> Self {
            let mut url = url::Url::parse(url).unwrap();
            let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            url.set_ip_host("127.0.0.1".parse().unwrap()).unwrap();
            url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
            let hangs = Arc::new(Mutex::new(()));
            let gate = hangs.clone();
            std::thread::spawn(move || {
                for client in listener.incoming().flatten() {
                    let upstream = TcpStream::connect(&server).unwrap();
                    let ways = [
                        (client.try_clone().unwrap(), upstream.try_clone().unwrap()),
                        (upstream, client),
                    ];
                    for (from, to) in ways {
                        let gate = gate.clone();
                        std::thread::spawn(move || Self::carry(from, to, &gate));
                    }
                }
            });
            Self { url: url.to_string(), hangs }
        }

        fn carry(mut from: TcpStream, mut to: TcpStream, gate: &Mutex<()>) {
            let mut bytes = [0; 16_384];
            while let Ok(n @ 1..) = from.read(&mut bytes) {
                drop(gate.lock());
                if to.write_all(&bytes[..n]).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Both);
        }
    }

    #[test]
    fn a_server_that_hangs_is_unavailable_within_five_seconds_and_recovers() {
        let test = TestStore::postgres();
        let DatabaseUrl::Postgres(url) = &test.settings.url else { unreachable!() };
        let proxy = Proxy::before(url.expose());
        let settings = Database { url: DatabaseUrl::Postgres(proxy.url.into()), connections: 2 };
        let store = Store::open(&settings).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(store.write(|db| secrets::insert(db, "a", "sealed"))).unwrap();
        let hanging = proxy.hangs.lock().unwrap();
        let started = Instant::now();
        let (read, write) = runtime.block_on(async {
            tokio::join!(
                store.read(|db| secrets::find(db, "a")),
                store.write(|db| secrets::insert(db, "b", "sealed")),
            )
        });
        assert!(matches!(read, Err(StoreError::Unavailable(_))), "{read:?}");
        assert!(matches!(write, Err(StoreError::Unavailable(_))), "{write:?}");
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
        drop(hanging);
        let found = runtime.block_on(store.read(|db| secrets::find(db, "a")));
        assert!(found.unwrap().is_some());
    }

    #[test]
    fn a_server_that_is_not_there_is_unavailable() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let url = format!("postgres://nobody@{free}/nothing");
        let settings = Database { url: DatabaseUrl::Postgres(url.into()), connections: 1 };
        assert!(matches!(Store::open(&settings), Err(StoreError::Unavailable(_))));
    }

    #[test]
    fn time_limits_of_the_url_are_kept() {
        let given = "postgres://localhost/db?connect_timeout=30&sslmode=require";
        assert_eq!(with_timeouts(given), format!("{given}&tcp_user_timeout=5000"));
        let plain = with_timeouts("postgres:///db");
        assert_eq!(plain, "postgres:///db?connect_timeout=4&tcp_user_timeout=5000");
    }
}
