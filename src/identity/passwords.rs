//! Passwords: NFKC, 8 to 1,024 bytes, Argon2id on a few threads of their own.

use crate::config::Passwords;
use crate::model::Secret;

/// A password in NFKC, of a length that is worth hashing.
#[derive(Clone, Debug)]
pub struct Password(Secret<String>);

/// Why a password can't be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than 8 bytes.
    #[error("a password has at least 8 characters")]
    TooShort,
    /// More than 1,024 bytes.
    #[error("a password has at most 1,024 bytes")]
    TooLong,
    /// Among the first that somebody would try.
    #[error(
        "this password is among the first that somebody would try: choose a longer or rarer one"
    )]
    Common,
}

/// Why a hash was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashingError {
    /// The queue is full: answer 503 with `Retry-After`.
    #[error("too many sign-ins at once")]
    Busy,
    /// The stored hash can't be read, or the library refused.
    #[error("the password hash is unreadable")]
    Unreadable,
}

impl Password {
    /// What somebody typed to sign in; `None` when no password is like this, so nothing is hashed.
    pub fn typed(_text: &str) -> Option<Self> {
        todo!()
    }

    /// Checks a password to be set; `about`: their name and address, which it must not be.
    pub fn chosen(_text: &str, _about: &[&str]) -> Result<Self, PasswordError> {
        todo!()
    }
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is not the password.
    Wrong,
    /// It is. `rehashed`: the same password under today's parameters, when these have changed.
    Right {
        /// The new hash to store.
        rehashed: Option<String>,
    },
}

/// The threads that hash. At most `workers` at once, `queue` waiting, the rest refused.
#[derive(Clone)]
pub struct Hasher;

impl Hasher {
    /// Starts no thread yet: the first job does.
    pub fn new(_settings: Passwords) -> Self {
        todo!()
    }

    /// Hashes a new password: a PHC string.
    pub async fn hash(&self, _password: Password, _salt: [u8; 16]) -> Result<String, HashingError> {
        todo!()
    }

    /// Compares with a stored hash, or, for a person who does not exist (`None`), takes just as long and says `Wrong`.
    pub async fn verify(
        &self,
        _password: Password,
        _hash: Option<String>,
        _salt: [u8; 16],
    ) -> Result<Verdict, HashingError> {
        todo!()
    }

    /// [`Hasher::hash`] on this thread, for commands.
    pub fn hash_blocking(
        &self,
        _password: &Password,
        _salt: [u8; 16],
    ) -> Result<String, HashingError> {
        todo!()
    }
}
