//! `[keys]`: the keys folder, and how signing keys roll.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::reading::{Raw, Reader, Value, told};
use crate::model::{days, hours};

/// `[keys]`
#[derive(Clone, Debug)]
pub struct Keys {
    /// `keys.dir`: holds the master key and `tls/`.
    pub dir: PathBuf,
    /// `keys.publish_ahead`: how long a key is published before it signs; 48 hours.
    pub publish_ahead: Duration,
    /// `keys.rotate_every`: 90 days; `None` with `"never"`.
    pub rotate_every: Option<Duration>,
}

impl Keys {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let dir = reader.folder().join("keys");
        let keys = Self {
            dir: reader.take(
                "keys.dir",
                told("keys", dir),
                "The folder of the master key, and of `tls/`.",
            ),
            publish_ahead: reader.take_within(
                "keys.publish_ahead",
                told("48h", hours(48)),
                Duration::ZERO..=days(90),
                "How long a signing key is published before it signs: apps keep the key set for a day or longer.",
            ),
            rotate_every: reader
                .take_if(
                    "keys.rotate_every",
                    Every(Some(days(90))),
                    Every::is_a_day,
                    "How often signing keys change by themselves; `\"never\"`: only by `hatcheck key rotate`.",
                )
                .0,
        };
        if keys.rotate_every.is_some_and(|every| every <= keys.publish_ahead) {
            reader.refuse(
                "keys.rotate_every",
                "is not longer than keys.publish_ahead: each key would be replaced before it signs; write a longer time",
            );
        }
        keys
    }
}

/// A length of time, or `never`.
struct Every(Option<Duration>);

impl Every {
    fn is_a_day(&self) -> Result<(), String> {
        if self.0.is_some_and(|every| every < days(1)) {
            return Err(
                "is less than a day: write something from \"1 day\", or \"never\"".to_owned()
            );
        }
        Ok(())
    }
}

impl Value for Every {
    fn read(raw: &Raw, folder: &Path) -> Result<Self, String> {
        match raw.text("90 days")? {
            "never" => Ok(Self(None)),
            _ => Duration::read(raw, folder).map(|every| Self(Some(every))),
        }
    }

    fn show(&self) -> String {
        self.0.map_or_else(|| "never".to_owned(), |every| every.show())
    }
}
