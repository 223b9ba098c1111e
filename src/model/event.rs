//! What the audit log tells: who did what, when, from where.

use serde::{Deserialize, Serialize};

use super::{ClientId, EventId, Timestamp, UserId};

/// An entry of the audit log, written in the same transaction as the change it tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// About which person.
    pub user_id: Option<UserId>,
    /// About which app.
    pub client_id: Option<ClientId>,
    /// What else there is to say: never a secret.
    pub detail: String,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Somebody signed in.
    SignedIn,
    /// Somebody signed out, or a session was ended.
    SignedOut,
    /// An account's second factor was locked after too many wrong codes.
    SecondFactorLocked,
    /// A one-time recovery code was used.
    RecoveryCodeUsed,
    /// An app was allowed something.
    ConsentGiven,
    /// What an app was allowed was withdrawn.
    ConsentWithdrawn,
    /// A code came twice, or with a wrong verifier.
    CodeReplay,
    /// A refresh token came long after its successor had been used.
    RefreshReuse,
    /// A token was revoked by its client.
    TokenRevoked,
    /// A person was added.
    UserAdded,
    /// A person was changed, disabled or enabled.
    UserChanged,
    /// A person was deleted.
    UserDeleted,
    /// A password was set.
    PasswordChanged,
    /// A second factor was set up.
    SecondFactorAdded,
    /// A second factor was removed.
    SecondFactorRemoved,
    /// A person made a token for an app or API.
    ApiTokenAdded,
    /// Such a token was deleted.
    ApiTokenDeleted,
    /// An app was registered.
    ClientAdded,
    /// A connector was added, changed or deleted.
    ConnectorChanged,
    /// An app was changed.
    ClientChanged,
    /// An app was deleted.
    ClientDeleted,
    /// A signing key was made.
    KeyAdded,
    /// A signing key was retired.
    KeyRetired,
    /// The private keys were encrypted under a new master key.
    KeysRewrapped,
}

impl EventKind {
    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::SignedOut => "signed_out",
            Self::SecondFactorLocked => "second_factor_locked",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::ConsentGiven => "consent_given",
            Self::ConsentWithdrawn => "consent_withdrawn",
            Self::CodeReplay => "code_replay",
            Self::RefreshReuse => "refresh_reuse",
            Self::TokenRevoked => "token_revoked",
            Self::UserAdded => "user_added",
            Self::UserChanged => "user_changed",
            Self::UserDeleted => "user_deleted",
            Self::PasswordChanged => "password_changed",
            Self::SecondFactorAdded => "second_factor_added",
            Self::SecondFactorRemoved => "second_factor_removed",
            Self::ApiTokenAdded => "api_token_added",
            Self::ApiTokenDeleted => "api_token_deleted",
            Self::ClientAdded => "client_added",
            Self::ConnectorChanged => "connector_changed",
            Self::ClientChanged => "client_changed",
            Self::ClientDeleted => "client_deleted",
            Self::KeyAdded => "key_added",
            Self::KeyRetired => "key_retired",
            Self::KeysRewrapped => "keys_rewrapped",
        }
    }
}
