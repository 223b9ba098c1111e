//! Room 3: people. Passwords, one-time codes, recovery codes, and the gates before guessing and issuing.
//! The rules, without HTTP.

pub mod may_issue;
pub mod passwords;
pub mod recovery;
pub mod throttle;
pub mod totp;
