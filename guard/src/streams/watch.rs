//! The one task that looks after all connections: each second it does what is due.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::schedule::{Step, step};
use super::{Connection, Ending, Shared, recheck};

/// Begins to look after them, unless somebody does.
pub fn begin(shared: &Arc<Shared>) {
    let mut registry = shared.registry();
    if !std::mem::replace(&mut registry.watched, true) {
        let watch = Watch(Arc::downgrade(shared));
        tokio::spawn(watch.run(shared.settings.recheck));
    }
}

/// The task. It ends with the last connection, and with the runtime that it was begun in; the next connection begins it
/// anew.
struct Watch(Weak<Shared>);

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(shared) = self.0.upgrade() {
            shared.registry().watched = false;
        }
    }
}

impl Watch {
    async fn run(self, recheck_every: Option<Duration>) {
        let mut second = every(Duration::from_secs(1));
        let mut recheck = every(recheck_every.unwrap_or(Duration::from_hours(1)));
        let mut rounds = JoinSet::new();
        loop {
            tokio::select! {
                _ = second.tick() => {
                    let Some(shared) = self.0.upgrade() else { return };
                    if shared.registry().is_empty() {
                        return;
                    }
                    look_after(&shared);
                }
                _ = recheck.tick(), if recheck_every.is_some() && rounds.is_empty() => {
                    let Some(shared) = self.0.upgrade() else { return };
                    rounds.spawn(recheck::all(shared));
                }
                Some(_) = rounds.join_next(), if !rounds.is_empty() => {}
            }
        }
    }
}

fn every(period: Duration) -> Interval {
    let mut interval = interval(period.max(Duration::from_millis(1)));
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// Does what is due.
fn look_after(shared: &Arc<Shared>) {
    let now = shared.now();
    for (connection, step) in due(shared, now) {
        match step {
            Step::Warn => connection.warn(),
            Step::Beat => connection.beat(now),
            Step::Expire => shared.end(&connection, Ending::Expired),
            Step::Leave => shared.end(&connection, Ending::Left),
            Step::Wait(_) => {}
        }
    }
}

/// What is due, and each connection's next time.
fn due(shared: &Shared, now: i64) -> Vec<(Connection, Step)> {
    let warning = seconds(shared.settings.warning);
    let heartbeat = seconds(shared.settings.heartbeat).max(1);
    let mut registry = shared.registry();
    let mut steps = Vec::new();
    while let Some(id) = registry.schedule.due(now) {
        // One that has ended needs nothing any more
        let Some(connection) = registry.find(&id) else { continue };
        let step = step(connection.facts(warning), heartbeat, now);
        let next = if let Step::Wait(until) = step { until } else { now };
        registry.schedule.put(next.max(now + 1), id);
        steps.push((connection, step));
    }
    steps
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
