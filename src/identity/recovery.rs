//! One-time recovery codes: ten of 50 random bits, shown once.

use crate::model::{Digest, Secret, UserId};

/// How many codes a person gets.
pub const COUNT: usize = 10;

/// Ten codes like `7k3qm-x9wtd` from random bytes.
pub fn codes(_random: &[u8; 80]) -> Vec<Secret<String>> {
    todo!()
}

/// What is stored of a code as somebody typed it: case, blanks and dashes do not matter. Bound to the person.
pub fn digest(_user_id: UserId, _typed: &str) -> Digest {
    todo!()
}
