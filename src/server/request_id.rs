//! A name for each request, in its answer and in every line that is logged while it is worked on.

use std::cell::Cell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};

thread_local! {
    static CURRENT: Cell<Option<RequestId>> = const { Cell::new(None) };
}

/// The process, and the request's number in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId {
    process: u32,
    number: u64,
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}-{:x}", self.process, self.number)
    }
}

/// Gives each request of a process its number.
pub(super) struct Counter {
    process: u32,
    next: AtomicU64,
}

impl Counter {
    pub(super) fn new(process: u32) -> Self {
        Self { process, next: AtomicU64::new(1) }
    }

    pub(super) fn next(&self) -> RequestId {
        RequestId { process: self.process, number: self.next.fetch_add(1, Ordering::Relaxed) }
    }
}

/// The request that this thread is working on, for the log.
///
/// A tracing span would tell the same, for half a microsecond on each request, most of which log nothing.
pub fn current() -> Option<RequestId> {
    CURRENT.get()
}

/// Runs a request's future; each time it is polled, [`current`] names the request.
pub(super) async fn named<F: Future>(id: RequestId, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(move |context| {
        let before = CURRENT.replace(Some(id));
        let polled = future.as_mut().poll(context);
        CURRENT.set(before);
        polled
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn two_requests_on_one_thread_keep_their_names() {
        let counter = Counter::new(0xabc);
        let (first, second) = (counter.next(), counter.next());
        let work = |id: RequestId| {
            named(id, async move {
                assert_eq!(current(), Some(id));
                tokio::task::yield_now().await;
                assert_eq!(current(), Some(id));
            })
        };
        tokio::join!(work(first), work(second));
        assert_eq!(current(), None);
        assert_eq!(second.to_string(), "00000abc-2");
    }
}
