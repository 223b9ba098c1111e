//! Every refusal can be explained: a reference for the caller, and what it stands for in a capped file.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

/// A short code that a person can read out, such as `K7QM-3XWT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference(String);

/// What was refused and why: what `hatcheck explain` prints. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The `error` that the caller saw.
    pub error: String,
    /// What came in, with secrets removed.
    pub received: String,
    /// The rule that it broke, with its section.
    pub rule: String,
    /// The exact change that mends it.
    pub mend: String,
}

impl Reference {
    /// Makes a reference from random bytes: eight letters and digits that can't be mistaken for one another.
    pub fn from_random(random: [u8; 8]) -> Self {
        const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
        let letter = |byte: &u8| {
            ALPHABET.get(usize::from(byte & 31)).map_or('2', |letter| char::from(*letter))
        };
        let letters: String = random.iter().map(letter).collect();
        let (front, back) = letters.split_at_checked(4).unwrap_or((&letters, ""));
        Self(format!("{front}-{back}"))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The last refusals, in a file of at most two times 512 KiB.
pub struct RefusalLog;

impl RefusalLog {
    /// Opens nothing yet: the first refusal does.
    pub fn new(_file: PathBuf) -> Self {
        todo!()
    }

    /// Notes a refusal, from a thread of its own: a flood of them slows nobody down and is cut off.
    pub fn note(&self, _reference: &Reference, _refusal: Refusal, _now: Timestamp) {
        todo!()
    }
}

/// Looks a reference up in the file, for `hatcheck explain`; blanks, dashes and case do not matter.
pub fn look_up(
    _file: &std::path::Path,
    _reference: &str,
) -> std::io::Result<Option<(Timestamp, Refusal)>> {
    todo!()
}
