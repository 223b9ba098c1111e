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

    /// Like `2026-01-31T12:00:00Z` (RFC 3339), for people.
    pub fn rfc_3339(self) -> String {
        let (days, second) = (self.0.div_euclid(86_400), self.0.rem_euclid(86_400));
        let (year, month, day) = date(days);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    /// A moment as RFC 3339 writes it, with `Z` or an offset, without fractions of a second.
    pub fn from_rfc_3339(text: &str) -> Option<Self> {
        let (date, time) = text.split_once(['T', 't', ' '])?;
        let (time, zone) = time.split_at_checked(8)?;
        let [year, month, day] = numbers(date, '-')?;
        let [hour, minute, second] = numbers(time, ':')?;
        let offset = match zone.split_at_checked(1)? {
            ("Z" | "z", "") => 0,
            (sign @ ("+" | "-"), zone) => {
                let [hours, minutes] = numbers(zone, ':')?;
                (hours * 3_600 + minutes * 60) * if sign == "-" { -1 } else { 1 }
            }
            _ => return None,
        };
        let moment =
            Self(days_until(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second);
        // Whatever is no day or hour of the calendar comes out as another one
        let same = moment.rfc_3339().get(..19)? == format!("{date}T{time}");
        same.then_some(Self(moment.0 - offset))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// Numbers of two to four digits with a sign between them.
fn numbers<const N: usize>(text: &str, between: char) -> Option<[i64; N]> {
    let fits = |part: &str| {
        (2..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let parts: Option<Vec<_>> =
        text.split(between).map(|part| fits(part).then(|| part.parse().ok())?).collect();
    parts?.try_into().ok()
}

/// The days from 1970-01-01 to a day of the Gregorian calendar: [`date`], the other way.
const fn days_until(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of the Gregorian calendar, so many days after 1970-01-01.
///
/// Years are counted from March, so that the leap day is the last one: the months' lengths then follow one line.
const fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let january_or_february = if month <= 2 { 1 } else { 0 };
    (era * 400 + year_of_era + january_or_february, month, day)
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
    fn rfc_3339_5_6_moments_are_written_for_people() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_767_225_599, "2025-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(Timestamp::from_seconds(seconds).rfc_3339(), text);
        }
    }

    #[test]
    fn arithmetic_never_overflows() {
        let last = Timestamp::from_seconds(i64::MAX);
        assert_eq!(last + days(1), last);
        assert_eq!(Timestamp::from_seconds(5).since(Timestamp::from_seconds(9)), Duration::ZERO);
        assert_eq!(Timestamp::from_seconds(9) - seconds(4), Timestamp::from_seconds(5));
    }

    #[test]
    fn moments_are_read_as_they_are_written() {
        for seconds in [0, 951_782_400, 1_700_000_000, 4_107_542_400, -1] {
            let moment = Timestamp::from_seconds(seconds);
            assert_eq!(Timestamp::from_rfc_3339(&moment.rfc_3339()), Some(moment));
        }
        for (text, seconds) in [
            ("1970-01-01T01:00:00+01:00", Some(0)),
            ("1969-12-31 19:00:00-05:00", Some(0)),
            ("2026-02-29T00:00:00Z", None),
            ("2026-13-01T00:00:00Z", None),
            ("2026-01-01T24:00:00Z", None),
            ("2026-01-01T00:00:00", None),
            ("2026-01-01", None),
            ("tomorrow", None),
            ("", None),
        ] {
            let read = Timestamp::from_rfc_3339(text).map(Timestamp::seconds);
            assert_eq!(read, seconds, "{text}");
        }
    }
}
