//! The throttle: the one place that decides who has to wait. Failures count, successes never do.

use std::time::Duration;

use crate::config::Throttle;
use crate::model::Timestamp;
use crate::model::throttle::{BucketKind, Failures};

/// How long to wait before the next try in this bucket; `None`: go ahead.
pub fn wait(
    _kind: BucketKind,
    _failures: Failures,
    _settings: &Throttle,
    _now: Timestamp,
) -> Option<Duration> {
    todo!()
}

/// How long failures of this kind stay counted: the window for `store::throttle::count`.
pub fn window(_kind: BucketKind, _settings: &Throttle) -> Duration {
    todo!()
}
