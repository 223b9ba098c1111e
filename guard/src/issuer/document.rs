//! A document of the issuer, and how old it is.

use std::sync::Arc;

/// For how long a document is believed after its time while its issuer does not answer, in seconds.
const BELIEVED: i64 = 86_400;

/// A document that was fetched.
#[derive(Clone)]
pub struct Document<T> {
    /// What it says.
    pub value: Arc<T>,
    /// Its entity tag.
    pub etag: Option<String>,
    /// When it was fetched, or found unchanged.
    pub fetched_at: i64,
    /// For how many seconds it is fresh.
    pub lifetime: i64,
}

/// How old a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// To be used.
    Fresh,
    /// To be used, and time to look for a newer one.
    Due,
    /// To be used when no newer one is to be had.
    Stale,
    /// Not to be used.
    Dead,
}

impl<T> Document<T> {
    /// How old it is now. A clock that was set, in whichever direction, makes it old.
    pub fn age(&self, now: i64) -> Age {
        let seconds = i64::try_from(now.abs_diff(self.fetched_at)).unwrap_or(i64::MAX);
        match seconds {
            _ if seconds < self.lifetime - self.lifetime / 4 => Age::Fresh,
            _ if seconds < self.lifetime => Age::Due,
            _ if seconds < self.lifetime.saturating_add(BELIEVED) => Age::Stale,
            _ => Age::Dead,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_looked_after_ahead_of_its_time_and_believed_for_a_day_after_it() {
        let document =
            Document { value: Arc::new(()), etag: None, fetched_at: 1_000, lifetime: 400 };
        for (now, age) in [
            (1_000, Age::Fresh),
            (1_299, Age::Fresh),
            (1_300, Age::Due),
            (1_399, Age::Due),
            (1_400, Age::Stale),
            (1_400 + BELIEVED - 1, Age::Stale),
            (1_400 + BELIEVED, Age::Dead),
            (500, Age::Stale),
            (i64::MIN, Age::Dead),
        ] {
            assert_eq!(document.age(now), age, "{now}");
        }
    }
}
