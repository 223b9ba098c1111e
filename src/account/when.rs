//! Moments as people say them. A page without script does not know the time zone, so recent moments are told by how
//! long ago they were, and older ones by their date.

use crate::http::Texts;
use crate::model::{Timestamp, days, hours, minutes};

/// Like "just now", "3 hours ago", "on 4 May 2026".
pub fn ago(texts: &Texts, then: Timestamp, now: Timestamp) -> String {
    let age = now.since(then);
    let seconds = age.as_secs();
    if age < minutes(2) {
        texts.get("account-just-now")
    } else if age < hours(2) {
        texts.counted("account-minutes-ago", seconds / 60)
    } else if age < days(2) {
        texts.counted("account-hours-ago", seconds / 3_600)
    } else if age < days(31) {
        texts.counted("account-days-ago", seconds / 86_400)
    } else {
        texts.with("account-on-date", &[("date", &date(texts, then))])
    }
}

/// Like "4 May 2026".
pub fn date(texts: &Texts, then: Timestamp) -> String {
    let text = then.rfc_3339();
    let mut parts = text.split(['-', 'T']);
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let month = texts.get(&format!("account-month-{}", month.unwrap_or_default()));
    let day = day.unwrap_or_default().trim_start_matches('0');
    texts.with(
        "account-date",
        &[("day", day), ("month", &month), ("year", year.unwrap_or_default())],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_as_people_tell_them() {
        let english = Texts::choose(Some("en"), "");
        let german = Texts::choose(Some("de"), "");
        let now = Timestamp::from_seconds(1_777_900_000);
        for (age, en, de) in [
            (0, "just now", "gerade eben"),
            (119, "just now", "gerade eben"),
            (180, "3 minutes ago", "vor 3 Minuten"),
            (3 * 3_600, "3 hours ago", "vor 3 Stunden"),
            (47 * 3_600, "47 hours ago", "vor 47 Stunden"),
            (5 * 86_400, "5 days ago", "vor 5 Tagen"),
            (100 * 86_400, "on 24 January 2026", "am 24. Januar 2026"),
            (-50, "just now", "gerade eben"),
        ] {
            let then = Timestamp::from_seconds(now.seconds() - age);
            assert_eq!((ago(&english, then, now), ago(&german, then, now)), (en.into(), de.into()));
        }
    }

    #[test]
    fn every_month_has_a_name() {
        let english = Texts::choose(Some("en"), "");
        for month in 1..=12 {
            assert!(english.has(&format!("account-month-{month:02}")));
        }
    }
}
