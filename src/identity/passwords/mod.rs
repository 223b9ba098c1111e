//! Passwords: NFKC, 8 to 1,024 bytes, Argon2id (RFC 9106) on a few threads of their own.

mod argon;
mod hasher;
mod password;

pub use argon::Verdict;
pub use hasher::{Hasher, HashingError};
pub use password::{Password, PasswordError};
