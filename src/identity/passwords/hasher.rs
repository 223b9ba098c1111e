//! The threads that hash: few, patient, and gone when nobody signs in.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use super::argon::{self, Memory, Verdict};
use super::password::Password;
use crate::config::Passwords;

/// How long a thread keeps its memory without work, and then how long it still waits without it.
const IDLE: Duration = Duration::from_secs(3);
/// So nice that the event loops go first whenever both have work.
const NICENESS: i32 = 15;

/// Why a hash was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashingError {
    /// The queue is full: answer 503 with `Retry-After`.
    #[error("too many sign-ins at once")]
    Busy,
    /// The stored hash can't be read, or the library refused.
    #[error("the password hash is unreadable")]
    Unreadable,
}

/// The threads that hash. At most `workers` at once, `queue` waiting, the rest refused.
#[derive(Clone)]
pub struct Hasher(Arc<Shared>);

struct Shared {
    settings: Passwords,
    queue: Mutex<Queue>,
    arrived: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Job>,
    running: usize,
    threads: usize,
    idle: usize,
}

/// One hash that somebody waits for.
struct Job {
    password: Password,
    salt: [u8; 16],
    answer: Answer,
}

enum Answer {
    Hash(oneshot::Sender<Result<String, HashingError>>),
    Verdict(Option<String>, oneshot::Sender<Result<Verdict, HashingError>>),
}

impl Hasher {
    /// Starts no thread yet: the first job does.
    pub fn new(settings: Passwords) -> Self {
        let queue = Mutex::new(Queue::default());
        Self(Arc::new(Shared { settings, queue, arrived: Condvar::new() }))
    }

    /// Hashes a new password: a PHC string.
    pub async fn hash(&self, password: Password, salt: [u8; 16]) -> Result<String, HashingError> {
        let (sender, receiver) = oneshot::channel();
        self.submit(Job { password, salt, answer: Answer::Hash(sender) })?;
        receiver.await.unwrap_or(Err(HashingError::Unreadable))
    }

    /// Compares with a stored hash, or, for a person who does not exist (`None`), takes just as long and says `Wrong`.
    pub async fn verify(
        &self,
        password: Password,
        hash: Option<String>,
        salt: [u8; 16],
    ) -> Result<Verdict, HashingError> {
        let (sender, receiver) = oneshot::channel();
        self.submit(Job { password, salt, answer: Answer::Verdict(hash, sender) })?;
        receiver.await.unwrap_or(Err(HashingError::Unreadable))
    }

    /// [`Hasher::hash`] on this thread, for commands.
    pub fn hash_blocking(
        &self,
        password: &Password,
        salt: [u8; 16],
    ) -> Result<String, HashingError> {
        argon::hash(password, &salt, &self.0.settings, &mut Memory::default())
    }

    fn submit(&self, job: Job) -> Result<(), HashingError> {
        let mut queue = self.0.lock();
        if queue.is_full(&self.0.settings) {
            // Those whose browsers have gone make room
            queue.waiting.retain(|job| !job.answer.is_given_up());
        }
        if queue.is_full(&self.0.settings) {
            return Err(HashingError::Busy);
        }
        queue.waiting.push_back(job);
        if queue.idle >= queue.waiting.len() {
            self.0.arrived.notify_one();
        } else if queue.threads < self.0.settings.workers.max(1) {
            queue.threads += 1;
            drop(queue);
            return self.start_thread();
        }
        Ok(())
    }

    fn start_thread(&self) -> Result<(), HashingError> {
        let shared = Arc::clone(&self.0);
        let started = thread::Builder::new().name("argon2".to_owned()).spawn(move || shared.work());
        started.map(|_| ()).or_else(|error| {
            tracing::warn!(%error, "no thread for hashing passwords");
            let mut queue = self.0.lock();
            queue.threads -= 1;
            if queue.threads > 0 {
                return Ok(());
            }
            queue.waiting.clear();
            Err(HashingError::Busy)
        })
    }
}

impl Queue {
    fn is_full(&self, settings: &Passwords) -> bool {
        self.running + self.waiting.len() >= settings.workers.max(1) + settings.queue
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The life of a thread: until it had nothing to do for a while.
    fn work(&self) {
        be_nice();
        let mut memory = Memory::default();
        while let Some(job) = self.next(&mut memory) {
            // A panic drops the job's sender, which answers; the thread is still good for the next one
            let run = AssertUnwindSafe(|| job.run(&self.settings, &mut memory));
            if catch_unwind(run).is_err() {
                tracing::error!("hashing a password panicked");
            }
            self.lock().running -= 1;
        }
    }

    fn next(&self, memory: &mut Memory) -> Option<Job> {
        let mut queue = self.lock();
        loop {
            if let Some(job) = queue.waiting.pop_front() {
                queue.running += 1;
                return Some(job);
            }
            queue.idle += 1;
            let (back, waited) =
                self.arrived.wait_timeout(queue, IDLE).unwrap_or_else(PoisonError::into_inner);
            queue = back;
            queue.idle -= 1;
            if waited.timed_out() && queue.waiting.is_empty() {
                if memory.is_empty() {
                    queue.threads -= 1;
                    return None;
                }
                // The allocator keeps freed memory for a second, and gives it back to the system at some later event
                // in this thread: its end, after the next wait
                *memory = Memory::default();
            }
        }
    }
}

impl Job {
    fn run(self, settings: &Passwords, memory: &mut Memory) {
        if self.answer.is_given_up() {
            return;
        }
        // Who has gone meanwhile needs no answer
        match self.answer {
            Answer::Hash(sender) => {
                let _ = sender.send(argon::hash(&self.password, &self.salt, settings, memory));
            }
            Answer::Verdict(stored, sender) => {
                let found =
                    argon::verify(&self.password, stored.as_deref(), &self.salt, settings, memory);
                let _ = sender.send(found);
            }
        }
    }
}

impl Answer {
    fn is_given_up(&self) -> bool {
        match self {
            Self::Hash(sender) => sender.is_closed(),
            Self::Verdict(_, sender) => sender.is_closed(),
        }
    }
}

/// Linux gives each thread a niceness of its own, by the thread's id.
fn be_nice() {
    let thread = rustix::thread::gettid();
    if let Err(error) = rustix::process::setpriority_process(Some(thread), NICENESS) {
        tracing::debug!(%error, "hashing passwords goes on at normal priority");
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};
    use std::time::Instant;

    use super::*;

    const SMALL: Passwords =
        Passwords { accepted: true, memory_kib: 64, iterations: 1, workers: 2, queue: 3 };
    const SLOW: Passwords =
        Passwords { accepted: true, memory_kib: 4_096, iterations: 8, workers: 2, queue: 3 };

    fn password() -> Password {
        Password::typed("a good password").unwrap()
    }

    /// Begins the job as an awaited future does, without waiting for its end.
    fn begin(
        hasher: &Hasher,
    ) -> (Poll<Result<String, HashingError>>, impl Future<Output = Result<String, HashingError>>)
    {
        let hasher = hasher.clone();
        let mut job = Box::pin(async move { hasher.hash(password(), [1; 16]).await });
        let first = job.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        (first, job)
    }

    #[actix_web::test]
    async fn a_password_is_hashed_and_found_again_and_unknown_people_are_wrong() {
        let hasher = Hasher::new(SMALL);
        let stored = hasher.hash(password(), [1; 16]).await.unwrap();
        assert_eq!(stored, hasher.hash_blocking(&password(), [1; 16]).unwrap());
        let right = hasher.verify(password(), Some(stored), [2; 16]).await;
        assert_eq!(right, Ok(Verdict::Right { rehashed: None }));
        assert_eq!(hasher.verify(password(), None, [2; 16]).await, Ok(Verdict::Wrong));
        let unreadable = hasher.verify(password(), Some("x".to_owned()), [2; 16]).await;
        assert_eq!(unreadable, Err(HashingError::Unreadable));
    }

    #[actix_web::test]
    async fn log_06_a_flood_is_refused_at_once_and_few_hash_together() {
        let hasher = Hasher::new(SLOW);
        assert_eq!(hasher.0.lock().threads, 0, "no thread before the first job");
        let mut waiting = Vec::new();
        let mut refused = 0;
        for _ in 0..300 {
            match begin(&hasher) {
                (Poll::Pending, job) => waiting.push(job),
                (Poll::Ready(answer), _) => {
                    assert_eq!(answer, Err(HashingError::Busy));
                    refused += 1;
                }
            }
            let queue = hasher.0.lock();
            assert!(queue.threads <= 2 && queue.running + queue.waiting.len() <= 5);
        }
        assert!(refused > 200, "{refused}");
        for job in waiting {
            assert!(job.await.is_ok());
        }
        assert!(hasher.hash(password(), [1; 16]).await.is_ok(), "and then it goes on");
    }

    #[actix_web::test]
    async fn log_06_who_has_gone_is_not_hashed_for_and_makes_room() {
        let hasher = Hasher::new(Passwords { queue: 50, ..SLOW });
        let jobs: Vec<_> = (0..52).map(|_| begin(&hasher)).collect();
        assert!(jobs.iter().all(|(first, _)| first.is_pending()));
        assert_eq!(begin(&hasher).0, Poll::Ready(Err(HashingError::Busy)));
        drop(jobs);
        let started = Instant::now();
        let one = hasher.hash(password(), [1; 16]).await;
        let with_nobody_before_it = started.elapsed();
        assert!(one.is_ok());
        let started = Instant::now();
        for _ in 0..10 {
            hasher.hash(password(), [1; 16]).await.unwrap();
        }
        assert!(with_nobody_before_it < started.elapsed(), "it waited for those who had gone");
    }

    #[test]
    fn the_threads_are_nice() {
        thread::spawn(|| {
            be_nice();
            let mine = rustix::process::getpriority_process(Some(rustix::thread::gettid()));
            assert_eq!(mine.unwrap(), NICENESS);
        })
        .join()
        .unwrap();
        assert!(rustix::process::getpriority_process(None).unwrap() < NICENESS);
    }
}
