//! The throttle: the one place that decides who has to wait. Failures count, successes never do.

use std::time::Duration;

use crate::config::Throttle;
use crate::model::throttle::{BucketKind, Failures};
use crate::model::{Timestamp, hours, minutes};

/// How long to wait before the next try in this bucket; `None`: go ahead.
pub fn wait(
    kind: BucketKind,
    failures: Failures,
    settings: &Throttle,
    now: Timestamp,
) -> Option<Duration> {
    let window = window(kind, settings);
    let (from, length) = match kind {
        BucketKind::Account | BucketKind::Device => {
            (failures.last, delay(failures.count, settings)?)
        }
        BucketKind::Address => (failures.since, over(failures, settings.address_failures, window)?),
        BucketKind::SecondFactor => {
            (failures.since, over(failures, settings.second_factor_failures, window)?)
        }
        BucketKind::Client => (failures.since, over(failures, settings.client_failures, window)?),
        BucketKind::DeviceCode => {
            (failures.since, over(failures, settings.device_code_failures, window)?)
        }
        BucketKind::Registration => {
            (failures.since, over(failures, settings.registrations, window)?)
        }
        BucketKind::AllRegistrations => {
            (failures.since, over(failures, settings.all_registrations, window)?)
        }
    };
    // A clock that was set back keeps nobody out for longer than the failure itself would have
    let left = (from + length).since(now).min(length);
    let counted = now < failures.since + window;
    (counted && !left.is_zero()).then_some(left)
}

/// How long failures of this kind stay counted: the window for `store::throttle::count`.
pub fn window(kind: BucketKind, settings: &Throttle) -> Duration {
    match kind {
        // Long against the longest delay, so that an attacker does not come back to the short ones
        BucketKind::Account | BucketKind::Device => hours(24).max(settings.longest_delay * 4),
        BucketKind::SecondFactor | BucketKind::DeviceCode => minutes(15),
        BucketKind::Address | BucketKind::Client => minutes(1),
        BucketKind::Registration | BucketKind::AllRegistrations => hours(1),
    }
}

/// 1 s after the last free failure, and twice as long after each further one.
fn delay(count: i64, settings: &Throttle) -> Option<Duration> {
    let doublings = u32::try_from(count - i64::from(settings.account_failures)).ok()?;
    let seconds = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
    Some(Duration::from_secs(seconds).min(settings.longest_delay))
}

fn over(failures: Failures, allowed: u32, window: Duration) -> Option<Duration> {
    (failures.count >= i64::from(allowed)).then_some(window)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Throttle = Throttle {
        account_failures: 5,
        longest_delay: minutes(15),
        address_failures: 20,
        second_factor_failures: 5,
        client_failures: 20,
        device_code_failures: 5,
        registrations: 10,
        all_registrations: 100,
    };

    /// The seconds to wait, `passed` seconds after the last of so many failures, one a second.
    fn seconds_after(kind: BucketKind, count: i64, passed: i64) -> u64 {
        let since = Timestamp::from_seconds(1_000_000);
        let last = Timestamp::from_seconds(1_000_000 + (count - 1).max(0));
        let now = Timestamp::from_seconds(last.seconds() + passed);
        wait(kind, Failures { count, since, last }, &SETTINGS, now).map_or(0, |d| d.as_secs())
    }

    #[test]
    fn log_02_delays_for_an_account_grow_and_end() {
        for kind in [BucketKind::Account, BucketKind::Device] {
            for (count, passed, expected) in [
                (0, 0, 0),
                (4, 0, 0),
                (5, 0, 1),
                (5, 1, 0),
                (6, 0, 2),
                (7, 0, 4),
                (7, 3, 1),
                (7, 4, 0),
                (8, 0, 8),
                (14, 0, 512),
                (15, 0, 900),
                (100, 0, 900),
                (100, 899, 1),
                (100, 900, 0),
            ] {
                assert_eq!(seconds_after(kind, count, passed), expected, "{count} +{passed}");
            }
        }
    }

    #[test]
    fn log_02_an_address_waits_until_the_minute_is_over() {
        for kind in [BucketKind::Address, BucketKind::Client] {
            for (count, passed, expected) in
                [(19, 0, 0), (20, 0, 41), (20, 40, 1), (20, 41, 0), (50, 0, 11), (61, 0, 0)]
            {
                assert_eq!(seconds_after(kind, count, passed), expected, "{count} +{passed}");
            }
        }
    }

    #[test]
    fn otp_03_and_dev_01_five_codes_in_fifteen_minutes() {
        for (count, passed, expected) in [(4, 0, 0), (5, 0, 896), (5, 895, 1), (5, 896, 0)] {
            for kind in [BucketKind::SecondFactor, BucketKind::DeviceCode] {
                assert_eq!(seconds_after(kind, count, passed), expected);
            }
        }
    }

    #[test]
    fn log_02_failures_of_the_day_before_are_forgotten_and_a_clock_set_back_locks_nobody_out() {
        let since = Timestamp::from_seconds(1_000_000);
        let failures = Failures { count: 100, since, last: since + hours(24) };
        let later = since + hours(24);
        assert_eq!(wait(BucketKind::Account, failures, &SETTINGS, later), None);
        let before = Timestamp::from_seconds(10);
        let failures = Failures { count: 100, since, last: since };
        for kind in [BucketKind::Account, BucketKind::Address, BucketKind::SecondFactor] {
            let left = wait(kind, failures, &SETTINGS, before).unwrap();
            assert!(left <= minutes(15), "{left:?}");
        }
    }
}
