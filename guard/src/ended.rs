//! Sessions that have ended before the tokens that were given in them expire.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{PoisonError, RwLock};

use crate::{Facts, Logout, Refusal};

/// How long one is remembered, in seconds: longer than access tokens live.
const KEPT: i64 = 24 * 60 * 60;

/// How many are remembered; beyond that the oldest are forgotten.
const MOST: usize = 100_000;

/// What is remembered.
#[derive(Debug, Default)]
pub struct Ended(RwLock<Memory>);

#[derive(Debug, Default)]
struct Memory {
    /// Sessions that ended.
    sessions: HashSet<String>,
    /// Whose sessions all ended: tokens from before are no good.
    persons: HashMap<String, i64>,
    oldest_first: VecDeque<(i64, Key)>,
}

/// What is forgotten in the end.
#[derive(Debug)]
enum Key {
    Session(String),
    Person(String),
}

impl Ended {
    /// Remembers who was signed out.
    pub fn remember(&self, logout: &Logout, now: i64) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remember(logout, now, MOST);
    }

    /// Refuses a token of an ended session.
    pub fn judge(&self, facts: &Facts) -> Result<(), Refusal> {
        let memory = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if memory.holds(facts) { Err(Refusal::SessionEnded) } else { Ok(()) }
    }
}

impl Memory {
    fn remember(&mut self, logout: &Logout, now: i64, most: usize) {
        let key = match (&logout.session_id, &logout.subject) {
            // The issuer says it again when it got no answer
            (Some(sid), _) if self.sessions.contains(sid) => return,
            (Some(sid), _) => {
                self.sessions.insert(sid.clone());
                Key::Session(sid.clone())
            }
            (None, Some(sub)) => {
                if let Some(at) = self.persons.get_mut(sub) {
                    *at = logout.issued_at.max(*at);
                    return;
                }
                self.persons.insert(sub.clone(), logout.issued_at);
                Key::Person(sub.clone())
            }
            (None, None) => return,
        };
        self.oldest_first.push_back((now, key));
        while self.oldest_first.len() > most || self.first_is_stale(now) {
            self.forget_first();
        }
    }

    fn first_is_stale(&self, now: i64) -> bool {
        self.oldest_first.front().is_some_and(|(at, _)| at.saturating_add(KEPT) <= now)
    }

    fn forget_first(&mut self) {
        match self.oldest_first.pop_front() {
            Some((_, Key::Session(sid))) => drop(self.sessions.remove(&sid)),
            Some((_, Key::Person(sub))) => drop(self.persons.remove(&sub)),
            None => {}
        }
    }

    fn holds(&self, facts: &Facts) -> bool {
        let session = facts.session_id.as_ref().is_some_and(|sid| self.sessions.contains(sid));
        session || self.persons.get(&facts.subject).is_some_and(|at| facts.issued_at <= *at)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    fn session(sid: &str) -> Logout {
        Logout { subject: Some("ada".to_owned()), session_id: Some(sid.to_owned()), issued_at: 0 }
    }

    fn person(sub: &str, issued_at: i64) -> Logout {
        Logout { subject: Some(sub.to_owned()), session_id: None, issued_at }
    }

    fn token(sid: &str, issued_at: i64) -> Facts {
        Facts {
            subject: "ada".to_owned(),
            client_id: "app".to_owned(),
            scopes: Vec::new(),
            acr: None,
            auth_time: None,
            roles: Vec::new(),
            groups: Vec::new(),
            permissions: Vec::new(),
            session_id: Some(sid.to_owned()),
            issued_at,
            expires_at: issued_at + 900,
            token_id: "t".to_owned(),
            claims: Map::new(),
        }
    }

    #[test]
    fn back_channel_logout_section_2_7_tokens_of_an_ended_session_are_no_good_and_others_are() {
        let mut memory = Memory::default();
        memory.remember(&session("s1"), 100, MOST);
        assert!(memory.holds(&token("s1", 50)));
        assert!(memory.holds(&token("s1", 150)), "a session does not come back");
        assert!(!memory.holds(&token("s2", 50)));
        memory.remember(&person("ada", 100), 101, MOST);
        assert!(memory.holds(&token("s2", 100)));
        assert!(!memory.holds(&token("s2", 101)), "who signed in again is in");
        memory.remember(&person("ada", 90), 102, MOST);
        assert!(memory.holds(&token("s2", 100)), "an old one that comes late takes nothing back");
    }

    #[test]
    fn what_is_remembered_is_bounded_in_time_and_number() {
        let mut memory = Memory::default();
        for (at, sid) in [(0, "s1"), (1, "s2"), (2, "s2"), (3, "s3")] {
            memory.remember(&session(sid), at, 2);
        }
        let held = |memory: &Memory| ["s1", "s2", "s3"].map(|sid| memory.holds(&token(sid, 0)));
        assert_eq!(held(&memory), [false, true, true]);
        memory.remember(&person("bob", 0), KEPT + 1, 2);
        assert_eq!(held(&memory), [false, false, true]);
        memory.remember(&person("eve", 0), KEPT * 3, 2);
        assert_eq!((memory.sessions.len(), memory.persons.len()), (0, 1));
    }
}
