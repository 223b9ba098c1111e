//! Identifiers of stored things: UUIDs of version 7 (RFC 9562 section 5.7), one type for each kind.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use super::Timestamp;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new identifier of this moment; uniqueness comes from the random bytes.
            pub fn new(now: Timestamp, random: &[u8; 10]) -> Self {
                let millis = u64::try_from(now.seconds()).unwrap_or(0).saturating_mul(1_000);
                Self(Builder::from_unix_timestamp_millis(millis, random).into_uuid())
            }

            /// The identifier with these bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// Its bytes.
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::from_str(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// A person who can sign in; also their public `sub`.
    UserId
    /// A browser's sign-in; also the `sid` of ID tokens.
    SessionId
    /// What one authorization gave to one client: all its tokens hang from it.
    GrantId
    /// A link that signs a person in.
    LinkId
    /// A token that a person made.
    ApiTokenId
    /// An entry of the audit log.
    EventId
}
