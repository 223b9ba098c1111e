//! Which connections are open.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Serialize;

use super::Connection;
use super::schedule::Schedule;

/// How many connections there are and were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Statistics {
    /// Open now.
    pub active: usize,
    /// Opened since the app started.
    pub total: u64,
    /// Refused since the app started, by the code that the caller was told.
    pub refused: BTreeMap<&'static str, u64>,
}

/// The open connections.
pub struct Registry {
    most: usize,
    most_of_one: usize,
    open: HashMap<Arc<str>, Connection>,
    of_person: HashMap<String, usize>,
    total: u64,
    refused: BTreeMap<&'static str, u64>,
    /// What is to be done when.
    pub schedule: Schedule,
    /// Whether somebody looks after the schedule.
    pub watched: bool,
}

impl Registry {
    /// None yet.
    pub fn new(most: usize, most_of_one: usize) -> Self {
        Self {
            most,
            most_of_one,
            open: HashMap::new(),
            of_person: HashMap::new(),
            total: 0,
            refused: BTreeMap::new(),
            schedule: Schedule::default(),
            watched: false,
        }
    }

    /// Takes a connection in, unless there are too many. It is looked at by the next second.
    pub fn insert(&mut self, connection: &Connection) -> bool {
        let subject = connection.identity().subject.clone();
        let of_one = self.of_person.get(&subject).copied().unwrap_or_default();
        if self.open.len() >= self.most || of_one >= self.most_of_one {
            return false;
        }
        self.of_person.insert(subject, of_one + 1);
        self.open.insert(connection.shared_id(), connection.clone());
        self.schedule.put(connection.connected_at(), connection.shared_id());
        self.total += 1;
        true
    }

    /// Takes a connection out; none when it is not in.
    pub fn remove(&mut self, id: &str) -> Option<Connection> {
        let connection = self.open.remove(id)?;
        let subject = connection.identity().subject.clone();
        match self.of_person.get_mut(&subject) {
            Some(of_one) if *of_one > 1 => *of_one -= 1,
            _ => drop(self.of_person.remove(&subject)),
        }
        Some(connection)
    }

    /// The connection with this id.
    pub fn find(&self, id: &str) -> Option<Connection> {
        self.open.get(id).cloned()
    }

    /// All, in no order.
    pub fn all(&self) -> Vec<Connection> {
        self.open.values().cloned().collect()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Counts a refusal.
    pub fn count_refusal(&mut self, code: &'static str) {
        *self.refused.entry(code).or_default() += 1;
    }

    /// How many there are and were.
    pub fn statistics(&self) -> Statistics {
        Statistics { active: self.open.len(), total: self.total, refused: self.refused.clone() }
    }
}
