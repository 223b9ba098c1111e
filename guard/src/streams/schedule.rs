//! When something is to be done about a connection, and what.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

/// What is to be done about a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing before this second.
    Wait(i64),
    /// Tell it that its token will expire.
    Warn,
    /// Send it something, to see whether it is still there.
    Beat,
    /// Its token expired.
    Expire,
    /// It has answered nothing for too long.
    Leave,
}

/// What decides that.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// From when on its token is refused.
    pub until: i64,
    /// When it is told.
    pub warning_at: i64,
    /// Whether it was told.
    pub warned: bool,
    /// When something was last sent to see whether it is there.
    pub beat_at: i64,
    /// When it was last heard; none when it never says anything.
    pub heard_at: Option<i64>,
}

/// The first thing that is to be done. `heartbeat`: seconds from one to the next.
pub fn step(facts: Facts, heartbeat: i64, now: i64) -> Step {
    let next_beat = facts.beat_at.saturating_add(heartbeat);
    let silent_since = facts.heard_at.map(|at| at.saturating_add(heartbeat.saturating_mul(2)));
    if facts.until <= now {
        Step::Expire
    } else if !facts.warned && facts.warning_at <= now {
        Step::Warn
    } else if silent_since.is_some_and(|at| at <= now) {
        Step::Leave
    } else if next_beat <= now {
        Step::Beat
    } else {
        let warning = (!facts.warned).then_some(facts.warning_at);
        let next = [Some(facts.until), warning, Some(next_beat), silent_since];
        Step::Wait(next.into_iter().flatten().min().unwrap_or(facts.until))
    }
}

/// One entry for each connection, the next one first. An entry may be early, and is then put back; never late.
#[derive(Debug, Default)]
pub struct Schedule(BinaryHeap<Reverse<(i64, Arc<str>)>>);

impl Schedule {
    /// Puts a connection in.
    pub fn put(&mut self, at: i64, id: Arc<str>) {
        self.0.push(Reverse((at, id)));
    }

    /// Takes the next one out whose time has come.
    pub fn due(&mut self, now: i64) -> Option<Arc<str>> {
        self.0.peek().filter(|Reverse((at, _))| *at <= now)?;
        self.0.pop().map(|Reverse((_, id))| id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: Facts =
        Facts { until: 960, warning_at: 840, warned: false, beat_at: 0, heard_at: Some(0) };

    fn at(now: i64) -> Facts {
        Facts { beat_at: now, heard_at: Some(now), ..FACTS }
    }

    #[test]
    fn what_expires_is_warned_and_then_ended() {
        for (facts, now, expected) in [
            (at(0), 0, Step::Wait(30)),
            (at(820), 820, Step::Wait(840)),
            (at(840), 840, Step::Warn),
            (Facts { warned: true, ..at(940) }, 940, Step::Wait(960)),
            (Facts { warned: true, ..at(950) }, 960, Step::Expire),
            // What opens with little left is told at once, and what is over is not warned any more
            (Facts { warning_at: -100, ..at(0) }, 0, Step::Warn),
            (FACTS, 960, Step::Expire),
        ] {
            assert_eq!(step(facts, 30, now), expected, "{facts:?} at {now}");
        }
    }

    #[test]
    fn who_says_nothing_has_left_unless_it_never_says_anything() {
        assert_eq!(step(FACTS, 30, 29), Step::Wait(30));
        assert_eq!(step(FACTS, 30, 30), Step::Beat);
        assert_eq!(step(Facts { beat_at: 30, ..FACTS }, 30, 59), Step::Wait(60));
        assert_eq!(step(Facts { beat_at: 30, ..FACTS }, 30, 60), Step::Leave);
        let reader = Facts { beat_at: 30, heard_at: None, ..FACTS };
        assert_eq!(step(reader, 30, 60), Step::Beat);
        let heard = Facts { beat_at: 60, heard_at: Some(31), ..FACTS };
        assert_eq!(step(heard, 30, 61), Step::Wait(90));
    }

    #[test]
    fn the_schedule_gives_what_is_due_in_order() {
        let mut schedule = Schedule::default();
        for (at, id) in [(30, "c"), (10, "a"), (20, "b")] {
            schedule.put(at, id.into());
        }
        assert_eq!(schedule.due(9), None);
        assert_eq!(schedule.due(25).as_deref(), Some("a"));
        assert_eq!(schedule.due(25).as_deref(), Some("b"));
        assert_eq!(schedule.due(25), None);
    }
}
