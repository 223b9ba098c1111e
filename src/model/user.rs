//! A person who can sign in.

use super::{Claims, Timestamp, TotpRecord, UserId, Username};

/// A person's record, without the password hash.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// Their lasting name; the public `sub`.
    pub id: UserId,
    /// What they sign in with, canonical.
    pub username: Username,
    /// The e-mail address as it was given, for people to read.
    pub email: String,
    /// Whether the address was proved; an admin's word counts.
    pub email_verified: bool,
    /// The display name.
    pub name: String,
    /// All other standard claims (OpenID Connect Core section 5.1).
    pub claims: Claims,
    /// May administer the server.
    pub admin: bool,
    /// When an admin shut them out.
    pub disabled_at: Option<Timestamp>,
    /// The authenticator app, once confirmed.
    pub totp: Option<TotpRecord>,
    /// When the record was made.
    pub created_at: Timestamp,
    /// When it last changed: the `updated_at` claim.
    pub updated_at: Timestamp,
}

impl User {
    /// Whether this person has a second factor to ask for.
    pub const fn has_second_factor(&self) -> bool {
        self.totp.is_some()
    }
}
