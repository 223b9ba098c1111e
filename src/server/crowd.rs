//! Connections beyond what is usual are closed after their answer.
//!
//! actix gives ten seconds to the head of a connection's first request; a connection that was answered once may then
//! send a byte now and then for as long as it likes. So that nobody can hold all connections like that, those of a
//! crowd are not kept: each has only its first request. A proxy in front keeps its own, and sees to slow clients itself.

use std::cell::Cell;

use actix_web::dev::Extensions;

/// Connections of one event loop from which on they are a crowd.
const CROWD: usize = 512;

thread_local! {
    static OPEN: Cell<usize> = const { Cell::new(0) };
}

/// A connection, for as long as it is open.
struct Open;

impl Open {
    fn new() -> Self {
        OPEN.set(OPEN.get() + 1);
        Self
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        OPEN.set(OPEN.get().saturating_sub(1));
    }
}

/// Counts a connection of this thread until it is closed.
pub(super) fn count(connection: &mut Extensions) {
    connection.insert(Open::new());
}

/// Whether this thread has so many connections that none is kept.
pub(super) fn is_large() -> bool {
    OPEN.get() > CROWD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dos_02_a_crowd_is_counted_and_forgotten() {
        let mut crowd: Vec<Extensions> = Vec::new();
        for _ in 0..=CROWD {
            assert!(!is_large());
            let mut connection = Extensions::new();
            count(&mut connection);
            crowd.push(connection);
        }
        assert!(is_large());
        drop(crowd);
        assert_eq!(OPEN.get(), 0);
    }
}
