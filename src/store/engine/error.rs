//! The one place where errors of the driver become [`StoreError`]s.

use diesel::result::{ConnectionError, DatabaseErrorKind, Error};

/// Why the database could not do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// It is locked, full, read-only, overloaded or gone: try again later.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// What it holds can't be read.
    #[error("the database holds something unreadable: {0}")]
    Corrupt(String),
    /// It was written by a newer version of this program.
    #[error("{0}")]
    Schema(String),
    /// A query failed for another reason.
    #[error("the database refused: {0}")]
    Other(String),
}

/// The text of an error after which PostgreSQL wants the transaction to be run again.
const CONFLICT: &str = "transactions that run at once got in each other's way";
/// The text of an error after which a connection is of no use any more.
const LOST: &str = "the connection was lost";

impl StoreError {
    /// Not available, because of this.
    pub(in crate::store) fn unavailable(why: impl Into<String>) -> Self {
        Self::Unavailable(why.into())
    }

    /// Whether the transaction may succeed when it is run again.
    pub(super) fn is_conflict(&self) -> bool {
        matches!(self, Self::Unavailable(why) if why == CONFLICT)
    }

    /// Whether the connection has to be thrown away.
    pub(super) fn is_lost(&self) -> bool {
        matches!(self, Self::Unavailable(why) if why == LOST)
    }
}

impl From<Error> for StoreError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the driver may add errors")]
    fn from(error: Error) -> Self {
        match error {
            Error::DatabaseError(kind, about) => of_database(kind, about.message()),
            Error::DeserializationError(why) => Self::Corrupt(why.to_string()),
            Error::BrokenTransactionManager | Error::RollbackErrorOnCommit { .. } => {
                Self::unavailable(LOST)
            }
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<ConnectionError> for StoreError {
    fn from(error: ConnectionError) -> Self {
        Self::unavailable(error.to_string())
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the driver may add kinds")]
fn of_database(kind: DatabaseErrorKind, text: &str) -> StoreError {
    match kind {
        DatabaseErrorKind::ClosedConnection => StoreError::unavailable(LOST),
        DatabaseErrorKind::SerializationFailure => StoreError::unavailable(CONFLICT),
        DatabaseErrorKind::ReadOnlyTransaction | DatabaseErrorKind::UnableToSendCommand => {
            StoreError::unavailable(text)
        }
        _ => of_text(text),
    }
}

/// The driver hides the codes of both databases, so their texts have to do: SQLite's never change, and a
/// PostgreSQL that speaks another language than English is met by the retries of `postgres.rs`.
pub(super) fn of_text(text: &str) -> StoreError {
    const GONE: [&str; 3] =
        ["terminating connection", "server closed the connection", "no connection to the server"];
    const UNREADABLE: [&str; 2] = ["malformed", "not a database"];
    const UNAVAILABLE: [&str; 14] = [
        "locked",
        "locking protocol",
        "readonly",
        "read-only",
        "disk i/o",
        "is full",
        "no space left",
        "could not extend file",
        "unable to open",
        "out of memory",
        "canceling statement",
        "too many clients",
        "connection slots",
        "starting up",
    ];
    let folded = text.to_lowercase();
    let holds = |parts: &[&str]| parts.iter().any(|part| folded.contains(part));
    if folded.contains("deadlock detected") {
        StoreError::unavailable(CONFLICT)
    } else if holds(&GONE) {
        StoreError::unavailable(LOST)
    } else if holds(&UNREADABLE) {
        StoreError::Corrupt(text.to_owned())
    } else if holds(&UNAVAILABLE) {
        StoreError::unavailable(text)
    } else {
        StoreError::Other(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_by_itself_is_unavailable() {
        for text in [
            "database is locked",
            "attempt to write a readonly database",
            "disk I/O error",
            "database or disk is full",
            "unable to open database file",
            "canceling statement due to statement timeout",
        ] {
            assert!(matches!(of_text(text), StoreError::Unavailable(_)), "{text}");
        }
        assert!(of_text("deadlock detected").is_conflict());
        let ended = "terminating connection due to administrator command";
        assert!(of_text(ended).is_lost());
        assert!(matches!(of_text("file is not a database"), StoreError::Corrupt(_)));
        assert!(matches!(of_text("no such table: grants"), StoreError::Other(_)));
    }
}
