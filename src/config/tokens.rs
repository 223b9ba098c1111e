//! `[tokens]`: how long codes and tokens last.

use std::time::Duration;

use super::reading::{Reader, told};
use crate::model::{days, hours, minutes, seconds};

/// `[tokens]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// `tokens.code`: 60 seconds.
    pub code: Duration,
    /// `tokens.id_token`: 1 hour.
    pub id_token: Duration,
    /// `tokens.access_token`: 15 minutes.
    pub access_token: Duration,
    /// `tokens.device_code`: how long a device waits to be allowed; 10 minutes.
    pub device_code: Duration,
    /// `tokens.refresh_token`: the absolute life of a grant with offline access; 30 days.
    pub refresh_token: Duration,
    /// `tokens.link`: the longest life of a link that signs somebody in; 7 days.
    pub link: Duration,
    /// `tokens.late_tab`: how long after its successor's first use a refresh token is refused without
    /// harm; 60 seconds.
    pub late_tab: Duration,
}

impl Tokens {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            code: reader.take_within(
                "tokens.code",
                told("60s", seconds(60)),
                seconds(1)..=minutes(10),
                "Life of an authorization code (RFC 6749 section 4.1.2: at most ten minutes).",
            ),
            id_token: reader.take_within(
                "tokens.id_token",
                hours(1),
                seconds(1)..=days(1),
                "Life of an ID token.",
            ),
            access_token: reader.take_within(
                "tokens.access_token",
                minutes(15),
                seconds(1)..=days(1),
                "Life of an access token.",
            ),
            device_code: reader.take_within(
                "tokens.device_code",
                minutes(10),
                minutes(2)..=minutes(10),
                "How long a device without a browser waits for somebody to allow it.",
            ),
            refresh_token: reader.take_within(
                "tokens.refresh_token",
                days(30),
                minutes(1)..=days(3_650),
                "How long an app with offline access may go on without the person.",
            ),
            link: reader.take_within(
                "tokens.link",
                days(7),
                minutes(1)..=days(90),
                "The longest life of a link with which an app signs somebody in.",
            ),
            late_tab: reader.take_within(
                "tokens.late_tab",
                told("60s", seconds(60)),
                Duration::ZERO..=minutes(10),
                "How long a used refresh token is refused without harm (a late tab); later its use ends the grant.",
            ),
        }
    }
}
