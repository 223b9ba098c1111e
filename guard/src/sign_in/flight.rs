//! One task a session: whoever needs the same waits for the one that is under way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// How long nothing is tried again after a failure, in seconds.
const PAUSE: i64 = 5;

/// The tasks that are under way, and what failed only just.
#[derive(Default)]
pub struct Flights(Mutex<HashMap<String, Flight>>);

enum Flight {
    UnderWay(watch::Receiver<()>),
    Failed(i64),
}

/// The end of a task, to be waited for.
pub struct Landing(watch::Receiver<()>);

impl Landing {
    /// Waits for it.
    pub async fn landed(mut self) {
        // Nothing is ever sent: the other side goes when the task does
        while self.0.changed().await.is_ok() {}
    }
}

impl Flights {
    /// The task of this key, begun if there is none; `None` when the last one failed only just. It goes on whoever waits,
    /// and answers whether it did what it should.
    pub fn join<F>(
        self: &Arc<Self>,
        key: &str,
        now: i64,
        begin: impl FnOnce() -> F,
    ) -> Option<Landing>
    where
        F: Future<Output = bool> + Send + 'static,
    {
        let mut flights = self.flights();
        match flights.get(key) {
            Some(Flight::UnderWay(landing)) => return Some(Landing(landing.clone())),
            Some(Flight::Failed(at)) if is_recent(*at, now) => return None,
            Some(Flight::Failed(_)) | None => {}
        }
        flights.retain(|_, flight| match flight {
            Flight::UnderWay(_) => true,
            Flight::Failed(at) => is_recent(*at, now),
        });
        let (sender, landing) = watch::channel(());
        flights.insert(key.to_owned(), Flight::UnderWay(landing.clone()));
        drop(flights);
        let mut flying =
            Flying { flights: self.clone(), key: key.to_owned(), failed: Some(now), sender };
        let work = begin();
        tokio::spawn(async move { flying.settle(work.await) });
        Some(Landing(landing))
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<String, Flight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const fn is_recent(at: i64, now: i64) -> bool {
    now.saturating_sub(at) < PAUSE
}

/// A task that is under way, and leaves word when it ends, however it does.
struct Flying {
    flights: Arc<Flights>,
    key: String,
    failed: Option<i64>,
    #[expect(dead_code, reason = "it is there to go: those who wait see that")]
    sender: watch::Sender<()>,
}

impl Flying {
    /// Takes back the word of a failure.
    fn settle(&mut self, good: bool) {
        if good {
            self.failed = None;
        }
    }
}

impl Drop for Flying {
    fn drop(&mut self) {
        let mut flights = self.flights.flights();
        match self.failed {
            Some(at) => flights.insert(std::mem::take(&mut self.key), Flight::Failed(at)),
            None => flights.remove(&self.key),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn many_who_need_the_same_wait_for_one() {
        let (flights, begun, go) =
            (Arc::new(Flights::default()), Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let join = |now| {
            let (begun, go) = (begun.clone(), go.clone());
            flights.join("a", now, || async move {
                begun.fetch_add(1, Ordering::Relaxed);
                go.notified().await;
                true
            })
        };
        let waiting: Vec<Landing> = (0..20).map(|_| join(1).unwrap()).collect();
        go.notify_one();
        for landing in waiting {
            landing.landed().await;
        }
        assert_eq!(begun.load(Ordering::Relaxed), 1);
        assert!(join(1).is_some(), "the next need has a task of its own");
    }

    #[tokio::test]
    async fn after_a_failure_there_is_a_pause_also_when_the_task_fell_over() {
        let flights = Arc::new(Flights::default());
        let fails = |now| flights.join("a", now, || async { false });
        fails(100).unwrap().landed().await;
        assert!(fails(104).is_none());
        assert!(flights.join("b", 104, || async { true }).is_some(), "of this key alone");
        let panics = flights.join("a", 105, || async { panic!("as it should in this test") });
        panics.unwrap().landed().await;
        assert!(fails(109).is_none());
        assert!(fails(110).is_some());
    }
}
