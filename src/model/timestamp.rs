//! Moments as they are stored: UTC seconds since 1970 in 64 bits.

use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment in UTC seconds since 1970-01-01.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `seconds` after 1970-01-01T00:00:00Z.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970-01-01T00:00:00Z, as claims and columns hold them.
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, length: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(length.as_secs()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, length: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(length.as_secs()).unwrap_or(i64::MAX)))
    }
}

/// A length of `n` seconds.
pub const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A length of `n` minutes.
pub const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

/// A length of `n` hours.
pub const fn hours(n: u64) -> Duration {
    Duration::from_secs(n * 3_600)
}

/// A length of `n` days of 24 hours.
pub const fn days(n: u64) -> Duration {
    Duration::from_secs(n * 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_never_overflows() {
        let last = Timestamp::from_seconds(i64::MAX);
        assert_eq!(last + days(1), last);
        assert_eq!(Timestamp::from_seconds(5).since(Timestamp::from_seconds(9)), Duration::ZERO);
        assert_eq!(Timestamp::from_seconds(9) - seconds(4), Timestamp::from_seconds(5));
    }
}
