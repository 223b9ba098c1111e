//! A guard's store that several nodes share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use hatcheck_guard::store::{Pending, Store};

/// Keeps what it is told, whatever the time.
#[derive(Clone, Default)]
pub struct Shared(Arc<Mutex<HashMap<String, String>>>);

impl Store for Shared {
    fn put<'a>(&'a self, key: &'a str, value: String, _: i64) -> Pending<'a, ()> {
        self.0.lock().unwrap().insert(key.to_owned(), value);
        Box::pin(async { Ok(()) })
    }

    fn get<'a>(&'a self, key: &'a str) -> Pending<'a, Option<String>> {
        let value = self.0.lock().unwrap().get(key).cloned();
        Box::pin(async { Ok(value) })
    }

    fn take<'a>(&'a self, key: &'a str) -> Pending<'a, Option<String>> {
        let value = self.0.lock().unwrap().remove(key);
        Box::pin(async { Ok(value) })
    }

    fn replace<'a>(
        &'a self,
        key: &'a str,
        found: &'a str,
        value: String,
        _: i64,
    ) -> Pending<'a, bool> {
        let mut kept = self.0.lock().unwrap();
        let fits = kept.get(key).is_some_and(|held| held == found);
        if fits {
            kept.insert(key.to_owned(), value);
        }
        Box::pin(async move { Ok(fits) })
    }
}
