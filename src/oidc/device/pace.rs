//! How fast a device may poll: RFC 8628 section 3.5.
//!
//! It is kept in memory, so that no poll of a stranger writes a row; each node minds its own. Only requests that are
//! stored and undecided are here, and those are bounded.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::model::{Digest, Timestamp};

/// How many seconds a device waits between two polls, unless it is told to slow down.
pub const INTERVAL: i64 = 5;
/// What is added each time.
const SLOWER: i64 = 5;
/// The network may hold one poll up and not the next, and times are whole seconds.
const LENIENCE: i64 = 1;
/// From so many on, those that are over are forgotten.
const MANY: usize = 4_096;

static PACES: LazyLock<Mutex<HashMap<Digest, Pace>>> = LazyLock::new(Mutex::default);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pace {
    polled_at: Timestamp,
    interval: i64,
    over_at: Timestamp,
}

/// Notes a poll of an undecided request; whether it came too fast.
pub fn is_too_fast(device_code: &Digest, over_at: Timestamp, now: Timestamp) -> bool {
    let mut paces = PACES.lock().unwrap_or_else(PoisonError::into_inner);
    if paces.len() >= MANY {
        paces.retain(|_, pace| pace.over_at > now);
    }
    let before = paces.get(device_code).copied();
    let (pace, too_fast) = polled(before, over_at, now);
    paces.insert(device_code.clone(), pace);
    too_fast
}

fn polled(before: Option<Pace>, over_at: Timestamp, now: Timestamp) -> (Pace, bool) {
    let Some(before) = before else {
        return (Pace { polled_at: now, interval: INTERVAL, over_at }, false);
    };
    let waited = now.seconds() - before.polled_at.seconds();
    let too_fast = waited + LENIENCE < before.interval;
    let interval = if too_fast { before.interval + SLOWER } else { before.interval };
    (Pace { polled_at: now, interval, over_at }, too_fast)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dev_03_each_poll_that_is_too_fast_adds_five_seconds_to_the_interval() {
        let at = Timestamp::from_seconds;
        let mut pace = None;
        for (now, expected) in [
            (100, false),
            (105, false),
            (109, false),
            (112, true),
            (121, false),
            (126, true),
            (135, true),
            (155, false),
            (173, true),
        ] {
            let (next, too_fast) = polled(pace, at(700), at(now));
            assert_eq!(too_fast, expected, "{now}");
            pace = Some(next);
        }
        assert_eq!(pace.unwrap().interval, 25);
    }
}
