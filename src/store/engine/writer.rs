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
            .stack_size(512 * 1024)
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
