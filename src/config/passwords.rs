//! `[passwords]`: whether there are any, and how they are hashed.

use super::reading::{Reader, told};

/// `[passwords]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passwords {
    /// `passwords.accepted`: whether people may sign in with one.
    pub accepted: bool,
    /// `passwords.memory_kib`: Argon2id's memory; 19,456.
    pub memory_kib: u32,
    /// `passwords.iterations`: Argon2id's passes; 2.
    pub iterations: u32,
    /// `passwords.workers`: hashes at once; by default one for each core, at most four.
    pub workers: usize,
    /// `passwords.queue`: logins that may wait for a worker; 32.
    pub queue: usize,
}

impl Passwords {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            accepted: reader.take(
                "passwords.accepted",
                true,
                "Whether people may sign in with passwords: without, they sign in by a provider of `[connectors]`, and where there is one they go straight there.",
            ),
            memory_kib: reader.take_within(
                "passwords.memory_kib",
                19_456,
                8..=4_194_304,
                "Memory of one Argon2id hash, in KiB; a changed value takes effect for each person at the next sign-in.",
            ),
            iterations: reader.take_within("passwords.iterations", 2, 1..=100, "Passes of one Argon2id hash."),
            workers: reader.take_within(
                "passwords.workers",
                told("one for each core, at most 4", super::cores_up_to_four()),
                1..=64,
                "How many hashes are made at once.",
            ),
            queue: reader.take_within(
                "passwords.queue",
                32,
                0..=10_000,
                "How many sign-ins may wait for a hash; further ones are asked to try again.",
            ),
        }
    }
}
