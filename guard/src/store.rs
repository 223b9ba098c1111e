//! Where a guard keeps connection tickets and sessions: in this process, or where all nodes of an app find them.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Clock, Refusal};

/// The most that is kept in memory. Only who has a good token can cause any of it.
const MOST: usize = 100_000;

/// An answer that is under way.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Keeps values until they are taken or their time is over. An app on several nodes brings one of its own, on its database
/// or cache; without that each process keeps its own in memory.
pub trait Store: Send + Sync {
    /// Keeps a value until this second since 1970. Keys are not secret, values are.
    fn put<'a>(&'a self, key: &'a str, value: String, until: i64) -> Pending<'a, ()>;

    /// The value.
    fn get<'a>(&'a self, key: &'a str) -> Pending<'a, Option<String>>;

    /// Takes the value away. Of several callers one gets it, whatever races.
    fn take<'a>(&'a self, key: &'a str) -> Pending<'a, Option<String>>;

    /// Puts a value in the place of exactly this one; false when another is there, or none. Of several callers who found the
    /// same value one gets true, whatever races.
    fn replace<'a>(
        &'a self,
        key: &'a str,
        found: &'a str,
        value: String,
        until: i64,
    ) -> Pending<'a, bool>;
}

/// A store can't answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the guard's store can't answer: {0}")]
pub struct StoreError(pub String);

impl StoreError {
    /// What the caller is told; the log is told what it was about.
    pub(crate) fn into_refusal(self, about: &'static str) -> Refusal {
        tracing::error!(error = %self, about, "the guard's store can't answer");
        Refusal::Unavailable
    }
}

/// A store in this process.
pub(crate) struct Memory {
    clock: Clock,
    kept: Mutex<HashMap<String, (String, i64)>>,
}

impl Memory {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, kept: Mutex::default() }
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<String, (String, i64)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, key: &str, value: String, until: i64) -> Result<(), StoreError> {
        let mut kept = self.kept();
        if kept.len() >= MOST {
            let now = self.clock.now();
            kept.retain(|_, (_, until)| *until > now);
        }
        if kept.len() >= MOST {
            return Err(StoreError("it is full".to_owned()));
        }
        kept.insert(key.to_owned(), (value, until));
        Ok(())
    }

    fn swap(&self, key: &str, found: &str, value: String, until: i64) -> bool {
        let now = self.clock.now();
        match self.kept().get_mut(key) {
            Some(held) if held.0 == found && held.1 > now => {
                *held = (value, until);
                true
            }
            _ => false,
        }
    }
}

impl Store for Memory {
    fn put<'a>(&'a self, key: &'a str, value: String, until: i64) -> Pending<'a, ()> {
        let kept = self.keep(key, value, until);
        Box::pin(async move { kept })
    }

    fn get<'a>(&'a self, key: &'a str) -> Pending<'a, Option<String>> {
        let now = self.clock.now();
        let value =
            self.kept().get(key).filter(|(_, until)| *until > now).map(|(value, _)| value.clone());
        Box::pin(async move { Ok(value) })
    }

    fn replace<'a>(
        &'a self,
        key: &'a str,
        found: &'a str,
        value: String,
        until: i64,
    ) -> Pending<'a, bool> {
        let swapped = self.swap(key, found, value, until);
        Box::pin(async move { Ok(swapped) })
    }

    fn take<'a>(&'a self, key: &'a str) -> Pending<'a, Option<String>> {
        let (found, now) = (self.kept().remove(key), self.clock.now());
        let value = found.filter(|(_, until)| *until > now).map(|(value, _)| value);
        Box::pin(async move { Ok(value) })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_value_is_replaced_by_who_knows_it() {
        let memory = Memory::new(Clock::new(|| 100));
        assert!(!memory.replace("a", "1", "2".to_owned(), 160).await.unwrap(), "there is none");
        memory.put("a", "1".to_owned(), 160).await.unwrap();
        assert!(memory.replace("a", "1", "2".to_owned(), 160).await.unwrap());
        assert!(!memory.replace("a", "1", "3".to_owned(), 160).await.unwrap());
        assert_eq!(memory.get("a").await.unwrap().as_deref(), Some("2"));
        assert!(memory.replace("a", "2", "3".to_owned(), 100).await.unwrap());
        assert!(!memory.replace("a", "3", "4".to_owned(), 160).await.unwrap(), "its time is over");
        assert_eq!(memory.get("a").await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_is_kept_is_taken_once_in_its_time_and_bounded() {
        let now = Arc::new(AtomicI64::new(100));
        let clock = now.clone();
        let memory = Memory::new(Clock::new(move || clock.load(Ordering::Relaxed)));
        memory.put("a", "1".to_owned(), 160).await.unwrap();
        memory.put("b", "2".to_owned(), 101).await.unwrap();
        assert_eq!(memory.take("a").await.unwrap().as_deref(), Some("1"));
        assert_eq!(memory.take("a").await.unwrap(), None);
        now.store(101, Ordering::Relaxed);
        assert_eq!(memory.take("b").await.unwrap(), None, "its time is over");
        for n in 0..MOST {
            memory.put(&n.to_string(), String::new(), 110).await.unwrap();
        }
        assert!(memory.put("more", String::new(), 110).await.is_err());
        now.store(110, Ordering::Relaxed);
        assert!(memory.put("more", String::new(), 200).await.is_ok(), "the old ones make room");
    }
}
