//! SQLite's one writer: it takes all that is queued, commits once, and answers after the commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::JoinHandle;

use diesel::SqliteConnection;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};

use super::{Db, StoreError};

/// Jobs that may wait. More than that is a flood, and an answer at once is better than one that is too late.
const QUEUE: usize = 4_096;
/// The most jobs of one commit.
const BATCH: usize = 256;
/// Jobs after which an empty queue is used for a checkpoint.
const CHECKPOINT_AFTER: usize = 512;

type Open = dyn Fn() -> Result<SqliteConnection, StoreError> + Send;

/// A closure that waits for its transaction.
trait Job: Send {
    /// Runs it and keeps what it gave; the error is what the transaction has to know.
    fn run(&mut self, db: &mut Db) -> Result<(), StoreError>;
    /// Tells whoever waits: what it gave, or why its commit was lost.
    fn answer(self: Box<Self>, lost: Option<&StoreError>);
}

struct Queued<T, F, A> {
    work: F,
    answer: A,
    outcome: Result<T, StoreError>,
}

impl<T, F, A> Job for Queued<T, F, A>
where
    T: Send,
    F: Fn(&mut Db) -> Result<T, StoreError> + Send,
    A: FnOnce(Result<T, StoreError>) + Send,
{
    fn run(&mut self, db: &mut Db) -> Result<(), StoreError> {
        self.outcome = catch_unwind(AssertUnwindSafe(|| (self.work)(db))).unwrap_or_else(|_| {
            Err(StoreError::Other("the work in a transaction panicked".into()))
        });
        match &self.outcome {
            Ok(_) => Ok(()),
            Err(error) => Err(error.clone()),
        }
    }

    fn answer(self: Box<Self>, lost: Option<&StoreError>) {
        let outcome = lost.map_or(self.outcome, |error| Err(error.clone()));
        (self.answer)(outcome);
    }
}

/// The way to the writer's thread, which ends when this is dropped.
pub(super) struct Writer {
    queue: Option<SyncSender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread; `open` gives a connection, now and after one was lost.
    pub(super) fn start(
        open: impl Fn() -> Result<SqliteConnection, StoreError> + Send + 'static,
    ) -> Result<Self, StoreError> {
        let first = Db::Sqlite(open()?);
        let (queue, jobs) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("hatcheck-writer".into())
            .spawn(move || Loop { jobs, open: Box::new(open), db: Some(first), since: 0 }.run())
            .map_err(|error| StoreError::unavailable(format!("no thread to write: {error}")))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Queues a closure; `answer` is called on the writer's thread when its commit is durable.
    pub(super) fn queue<T, F, A>(&self, work: F, answer: A) -> Result<(), StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut Db) -> Result<T, StoreError> + Send + 'static,
        A: FnOnce(Result<T, StoreError>) + Send + 'static,
    {
        let outcome = Err(StoreError::unavailable("the writer has stopped"));
        let job = Box::new(Queued { work, answer, outcome });
        let queue =
            self.queue.as_ref().ok_or_else(|| StoreError::unavailable("the writer stops"))?;
        queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::unavailable("too many writes wait already"),
            TrySendError::Disconnected(_) => StoreError::unavailable("the writer has stopped"),
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        let Some(thread) = self.thread.take() else { return };
        // A job may hold the last handle, and then this runs on the writer itself.
        if thread.thread().id() != std::thread::current().id() {
            let _ = thread.join();
        }
    }
}

struct Loop {
    jobs: Receiver<Box<dyn Job>>,
    open: Box<Open>,
    db: Option<Db>,
    since: usize,
}

impl Loop {
    fn run(mut self) {
        while let Some(first) = self.next() {
            let mut batch = vec![first];
            batch.extend(self.jobs.try_iter().take(BATCH - 1));
            self.since += batch.len();
            let Err(lost) = self.commit(&mut batch) else {
                for job in batch {
                    job.answer(None);
                }
                continue;
            };
            tracing::warn!(error = %lost, jobs = batch.len(), "a group of writes was lost");
            // Who queued meanwhile has waited as long as the first of the batch: none waits a second time.
            batch.extend(self.jobs.try_iter().take(QUEUE));
            for job in batch {
                job.answer(Some(&lost));
            }
        }
    }

    /// The next job. A queue that is empty is the time for a checkpoint, when there is enough to move.
    fn next(&mut self) -> Option<Box<dyn Job>> {
        match self.jobs.try_recv() {
            Ok(job) => return Some(job),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => {}
        }
        if self.since >= CHECKPOINT_AFTER
            && let Some(db) = &mut self.db
        {
            self.since = 0;
            if let Err(error) = db.batch_execute("PRAGMA wal_checkpoint(PASSIVE);") {
                tracing::warn!(%error, "the checkpoint failed; the next one may not");
            }
        }
        self.jobs.recv().ok()
    }

    /// Runs a batch in one transaction. An error means that nothing of it can be relied on.
    fn commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
        if self.db.is_none() {
            self.db = Some(Db::Sqlite((self.open)()?));
        }
        let Some(db) = &mut self.db else { return Ok(()) };
        let outcome = run_batch(db, batch);
        if outcome.is_err() && depth(db) != Some(0) {
            self.db = None;
        }
        outcome
    }
}

fn run_batch(db: &mut Db, batch: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    if let Db::Sqlite(connection) = db {
        AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE")?;
    }
    let ran = run_jobs(db, batch);
    if ran.is_err() {
        roll_back_to(db, 0)?;
    } else if depth(db) != Some(0) {
        Db::commit_transaction(db)?;
    }
    ran
}

/// Runs each job, and undoes those that fail: a job of many in its savepoint, one alone with the transaction.
fn run_jobs(db: &mut Db, batch: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    if let [only] = batch {
        return match only.run(db) {
            Ok(()) => Ok(()),
            Err(error @ StoreError::Unavailable(_)) => Err(error),
            Err(_) => roll_back_to(db, 0),
        };
    }
    for job in batch {
        Db::begin_transaction(db)?;
        match job.run(db) {
            Ok(()) => Db::commit_transaction(db)?,
            // SQLite may have rolled everything back by itself, so the others are lost as well.
            Err(error @ StoreError::Unavailable(_)) => return Err(error),
            Err(_) => roll_back_to(db, 1)?,
        }
    }
    Ok(())
}

/// A panic may leave savepoints open.
fn roll_back_to(db: &mut Db, wanted: u32) -> Result<(), StoreError> {
    while depth(db).ok_or_else(|| StoreError::unavailable("a transaction can't be undone"))?
        > wanted
    {
        Db::rollback_transaction(db)?;
    }
    Ok(())
}

fn depth(db: &mut Db) -> Option<u32> {
    let status = Db::transaction_manager_status_mut(db);
    status.transaction_depth().ok().map(|depth| depth.map_or(0, std::num::NonZeroU32::get))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::{Duration, Instant};

    use diesel::Connection;

    use super::*;
    use crate::model::Secret;
    use crate::store::engine::Engine;
    use crate::store::testing::TestStore;
    use crate::store::{Store, secrets};

    /// A job that holds the writer until it is let go, so that what is queued meanwhile becomes one group.
    fn hold(store: &Store) -> (SyncSender<()>, std::thread::JoinHandle<Result<(), StoreError>>) {
        let (let_go, held) = sync_channel::<()>(1);
        let (begun, begins) = channel();
        let held = std::sync::Mutex::new(held);
        let store = store.clone();
        let thread = std::thread::spawn(move || {
            store.write_blocking(move |_| {
                begun.send(()).unwrap();
                held.lock().unwrap().recv().unwrap();
                Ok(())
            })
        });
        begins.recv().unwrap();
        (let_go, thread)
    }

    /// Queues jobs while the writer is held, lets it go, and gives their outcomes.
    fn queue_all(
        store: &Store,
        jobs: usize,
        job: impl Fn(&mut Db, usize) -> Result<bool, StoreError> + Clone + Send + 'static,
    ) -> Vec<Result<bool, StoreError>> {
        let Engine::Sqlite(sqlite) = &*store.0 else { unreachable!() };
        let (let_go, held) = hold(store);
        let answers: Vec<_> = (0..jobs)
            .map(|number| {
                let (tell, told) = sync_channel(1);
                let (job, refuse) = (job.clone(), tell.clone());
                sqlite
                    .writer
                    .queue(move |db| job(db, number), move |outcome| tell.send(outcome).unwrap())
                    .unwrap_or_else(|refusal| refuse.send(Err(refusal)).unwrap());
                told
            })
            .collect();
        let_go.send(()).unwrap();
        held.join().unwrap().unwrap();
        answers.into_iter().map(|each| each.recv().unwrap()).collect()
    }

    #[test]
    fn a_group_keeps_its_order_and_a_failing_job_undoes_only_itself() {
        let store = TestStore::sqlite();
        let outcomes = queue_all(&store, 20, |db, number| {
            // Each sees what those before it wrote, but for the failed one.
            let seen = secrets::list(db)?.len();
            secrets::insert(db, &format!("{number:02}"), "sealed")?;
            match number {
                7 => Err(StoreError::Other("on purpose".into())),
                9 => panic!("on purpose"),
                _ => Ok(seen == number - usize::from(number > 7) - usize::from(number > 9)),
            }
        });
        for (number, outcome) in outcomes.iter().enumerate() {
            match number {
                7 | 9 => {
                    assert!(matches!(outcome, Err(StoreError::Other(_))), "{number}: {outcome:?}");
                }
                _ => assert!(matches!(outcome, Ok(true)), "{number}: {outcome:?}"),
            }
        }
        assert_eq!(store.read_blocking(secrets::list).unwrap().len(), 18);
    }

    #[test]
    fn a_group_whose_disk_fails_is_lost_as_a_whole() {
        let store = TestStore::sqlite();
        let outcomes = queue_all(&store, 5, |db, number| {
            secrets::insert(db, &format!("{number}"), "sealed")?;
            if number == 3 { Err(StoreError::unavailable("disk I/O error")) } else { Ok(true) }
        });
        assert!(outcomes.iter().all(|each| matches!(each, Err(StoreError::Unavailable(_)))));
        assert_eq!(store.read_blocking(secrets::list).unwrap().len(), 0);
        assert!(store.write_blocking(|db| secrets::insert(db, "a", "sealed")).unwrap());
    }

    #[test]
    fn a_full_queue_refuses_at_once() {
        let store = TestStore::sqlite();
        let outcomes = queue_all(&store, QUEUE + 10, |_, _| Ok(true));
        let refused = outcomes.iter().filter(|each| each.is_err()).count();
        assert_eq!(refused, 10);
    }

    #[test]
    fn a_locked_file_is_unavailable_within_five_seconds_and_recovers() {
        let store = TestStore::sqlite();
        let crate::config::DatabaseUrl::Sqlite(file) = &store.settings.url else { unreachable!() };
        let mut other = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        other.batch_execute("BEGIN EXCLUSIVE").unwrap();
        let started = Instant::now();
        let late = std::thread::spawn({
            let store = (*store).clone();
            move || {
                std::thread::sleep(Duration::from_secs(1));
                store.write_blocking(|db| secrets::insert(db, "late", "sealed"))
            }
        });
        let outcome = store.write_blocking(|db| secrets::insert(db, "a", "sealed"));
        assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
        assert!(matches!(late.join().unwrap(), Err(StoreError::Unavailable(_))));
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
        assert_eq!(store.read_blocking(secrets::list).unwrap().len(), 0, "reading never waits");
        other.batch_execute("ROLLBACK").unwrap();
        assert!(store.write_blocking(|db| secrets::insert(db, "a", "sealed")).unwrap());
    }

    #[test]
    fn the_last_store_ends_the_writer_after_what_is_queued() {
        let test = TestStore::sqlite();
        let store = test.again();
        let (let_go, held) = hold(&store);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let queued = store.clone();
        let write = async move { queued.write(|db| secrets::insert(db, "a", "sealed")).await };
        drop(runtime.spawn(write));
        runtime.block_on(tokio::task::yield_now());
        drop(store);
        let_go.send(()).unwrap();
        held.join().unwrap().unwrap();
        drop(runtime);
        let waited = Instant::now();
        while test.read_blocking(secrets::list).unwrap().is_empty() {
            assert!(waited.elapsed() < Duration::from_secs(2));
        }
    }

    #[test]
    fn the_log_is_moved_into_the_file_when_nobody_waits() {
        let store = TestStore::sqlite();
        let crate::config::DatabaseUrl::Sqlite(file) = &store.settings.url else { unreachable!() };
        let before = std::fs::metadata(file).unwrap().len();
        let text = Secret::new("x".repeat(4_000));
        for round in 0..3 {
            let text = text.clone();
            let outcomes = queue_all(&store, 300, move |db, number| {
                secrets::insert(db, &format!("{round} {number}"), text.expose())
            });
            assert!(outcomes.iter().all(|each| matches!(each, Ok(true))));
        }
        // The answer to the last write comes before the checkpoint.
        let waited = Instant::now();
        while std::fs::metadata(file).unwrap().len() < before + 1_000_000 {
            assert!(waited.elapsed() < Duration::from_secs(5));
        }
    }
}
