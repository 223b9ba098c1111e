//! Which apps were of use lately: gathered in memory and written now and then, so that no request turns into a write.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use crate::model::{ClientId, Timestamp, days};

/// The most apps that are remembered; beyond it, all that is written is forgotten.
const MOST: usize = 10_000;

/// When each app was noted, and whether that is written.
#[derive(Default)]
pub struct Used(RwLock<HashMap<ClientId, (Timestamp, bool)>>);

impl Used {
    /// Notes an app, once a day: what was noted lately costs a look.
    pub fn note(&self, client: &ClientId, now: Timestamp) {
        let recent = |at: Timestamp| now < at + days(1);
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if known.get(client).is_some_and(|(at, _)| recent(*at)) {
            return;
        }
        drop(known);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, (_, written)| !*written);
        }
        known.insert(client.clone(), (now, false));
    }

    /// Those that are to be written.
    pub fn unwritten(&self) -> Vec<ClientId> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let waiting = known.iter().filter(|(_, (_, written))| !written);
        waiting.map(|(client, _)| client.clone()).collect()
    }

    /// They are written.
    pub fn written(&self, clients: &[ClientId]) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for client in clients {
            if let Some((_, written)) = known.get_mut(client) {
                *written = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_written_once_a_day() {
        let at = Timestamp::from_seconds;
        let notes = ClientId::parse("notes").unwrap();
        let used = Used::default();
        used.note(&notes, at(1_000));
        used.note(&notes, at(2_000));
        assert_eq!(used.unwritten(), std::slice::from_ref(&notes));
        used.written(&used.unwritten());
        used.note(&notes, at(80_000));
        assert!(used.unwritten().is_empty());
        used.note(&notes, at(1_000 + 86_400));
        assert_eq!(used.unwritten(), [notes]);
    }
}
