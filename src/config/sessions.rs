//! `[sessions]`: how long sign-ins last.

use std::time::Duration;

use super::reading::{Reader, Value};
use crate::model::{days, hours, minutes};

/// `[sessions]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sessions {
    /// `sessions.idle`: 8 hours.
    pub idle: Duration,
    /// `sessions.absolute`: 12 hours.
    pub absolute: Duration,
    /// `sessions.persistent`: both limits with "keep me signed in"; 30 days.
    pub persistent: Duration,
    /// `sessions.fresh`: how old a sign-in may be for changes of password and factors; 10 minutes.
    pub fresh: Duration,
}

impl Sessions {
    pub(super) fn read(reader: &mut Reader) -> Self {
        // Browsers keep no cookie for longer than 400 days
        let any = minutes(1)..=days(400);
        let sessions = Self {
            idle: reader.take_within(
                "sessions.idle",
                hours(8),
                any.clone(),
                "A sign-in ends when it was not used for so long.",
            ),
            absolute: reader.take_within(
                "sessions.absolute",
                hours(12),
                any.clone(),
                "A sign-in ends after so long in any case.",
            ),
            persistent: reader.take_within(
                "sessions.persistent",
                days(30),
                any,
                "Both limits for people who chose to stay signed in.",
            ),
            fresh: reader.take_within(
                "sessions.fresh",
                minutes(10),
                minutes(1)..=days(1),
                "How old a sign-in may be for a change of password or second factor.",
            ),
        };
        if sessions.idle > sessions.absolute {
            let absolute = sessions.absolute.show();
            reader.refuse(
                "sessions.idle",
                format!("is longer than sessions.absolute ({absolute}): write at most {absolute:?}, or raise sessions.absolute"),
            );
        }
        if sessions.persistent < sessions.absolute {
            let absolute = sessions.absolute.show();
            reader.refuse(
                "sessions.persistent",
                format!("is shorter than sessions.absolute ({absolute}), so staying signed in would end earlier: write at least {absolute:?}"),
            );
        }
        sessions
    }
}
