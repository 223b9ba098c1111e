//! When sessions were last seen: gathered in memory and written together now and then, so that no read turns into a write.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::model::{SessionId, Timestamp};

/// The times that the database does not know yet.
#[derive(Default)]
pub struct Seen(Mutex<HashMap<SessionId, Timestamp>>);

impl Seen {
    /// Notes that a session was seen.
    pub fn note(&self, session: SessionId, now: Timestamp) {
        self.with(|times| {
            let time = times.entry(session).or_insert(now);
            *time = now.max(*time);
        });
    }

    /// When a session was last seen, if that is not written yet.
    pub fn of(&self, session: SessionId) -> Option<Timestamp> {
        self.with(|times| times.get(&session).copied())
    }

    /// All that is to be written. It stays here until [`Seen::written`]: a session does not look idle meanwhile.
    pub fn unwritten(&self) -> Vec<(SessionId, Timestamp)> {
        self.with(|times| times.iter().map(|(session, time)| (*session, *time)).collect())
    }

    /// Forgets what has been written, unless it was seen again since.
    pub fn written(&self, written: &[(SessionId, Timestamp)]) {
        self.with(|times| {
            for (session, time) in written {
                if times.get(session) == Some(time) {
                    times.remove(session);
                }
            }
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<SessionId, Timestamp>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_again_while_being_written_stays() {
        let at = Timestamp::from_seconds;
        let (one, two) = (SessionId::new(at(1), &[1; 10]), SessionId::new(at(1), &[2; 10]));
        let seen = Seen::default();
        seen.note(one, at(10));
        seen.note(two, at(10));
        let written = seen.unwritten();
        seen.note(two, at(70));
        seen.note(two, at(60));
        seen.written(&written);
        assert_eq!((seen.of(one), seen.of(two)), (None, Some(at(70))));
    }
}
