//! What is counted against guessing: one bucket for each account, address, device and second factor.

use super::{Digest, Timestamp, UserId, Username};

/// What failures are counted under. All spellings of a name fall into one bucket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Bucket {
    /// The kind, which has its own limits.
    pub kind: BucketKind,
    /// The stored key: the kind and a digest, never the name or the address itself.
    pub key: String,
}

/// The kinds of buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BucketKind {
    /// Passwords for one account from browsers that it was never used in.
    Account,
    /// Passwords for one account from one browser that its owner has used.
    Device,
    /// Passwords from one address, for whatever account.
    Address,
    /// One-time and recovery codes of one account.
    SecondFactor,
    /// Secrets of one client from one address.
    Client,
    /// Codes of devices typed by one person.
    DeviceCode,
    /// Apps that were registered from one address.
    Registration,
    /// Apps that were registered from anywhere.
    AllRegistrations,
}

/// The failures in a bucket so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// How many, since `since`.
    pub count: i64,
    /// When the first of them was.
    pub since: Timestamp,
    /// When the last of them was.
    pub last: Timestamp,
}

impl Bucket {
    /// Guesses at this account from unknown browsers.
    pub fn account(username: &Username) -> Self {
        Self::new(BucketKind::Account, username.as_str())
    }

    /// Guesses at this account from one known browser.
    pub fn device(username: &Username, device: &Digest) -> Self {
        Self::new(BucketKind::Device, &format!("{}\n{}", username.as_str(), device.as_str()))
    }

    /// Guesses from one address; `network` is its text, for IPv6 that of its /64.
    pub fn address(network: &str) -> Self {
        Self::new(BucketKind::Address, network)
    }

    /// Guesses at somebody's second factor.
    pub fn second_factor(user_id: UserId) -> Self {
        Self::new(BucketKind::SecondFactor, &user_id.to_string())
    }

    /// Guesses at a client's secret from one address.
    pub fn client(client_id: &str, network: &str) -> Self {
        Self::new(BucketKind::Client, &format!("{client_id}\n{network}"))
    }

    /// Guesses at codes of devices by somebody who is signed in.
    pub fn device_code(user_id: UserId) -> Self {
        Self::new(BucketKind::DeviceCode, &user_id.to_string())
    }

    /// Registrations from one address.
    pub fn registration(network: &str) -> Self {
        Self::new(BucketKind::Registration, network)
    }

    /// Registrations from everywhere.
    pub fn all_registrations() -> Self {
        Self::new(BucketKind::AllRegistrations, "")
    }

    fn new(kind: BucketKind, name: &str) -> Self {
        let prefix = match kind {
            BucketKind::Account => "account",
            BucketKind::Device => "device",
            BucketKind::Address => "address",
            BucketKind::SecondFactor => "second_factor",
            BucketKind::Client => "client",
            BucketKind::DeviceCode => "device_code",
            BucketKind::Registration => "registration",
            BucketKind::AllRegistrations => "all_registrations",
        };
        Self { kind, key: format!("{prefix}:{}", Digest::of(name).as_str()) }
    }
}
