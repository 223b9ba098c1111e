//! What one authorization gave to one client.

use super::{
    Authentication, ClientId, Details, Digest, GrantId, Scopes, SessionId, Timestamp, UserId,
};

/// A redeemed authorization: access and refresh tokens hang from it, and end with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its name, which the access tokens carry.
    pub id: GrantId,
    /// The digest of the code that made it: unique, so that a code makes one grant. [`Grant::unredeemed`] as long as
    /// there is none.
    pub code: Digest,
    /// Who allowed it.
    pub user_id: UserId,
    /// Who got it.
    pub client_id: ClientId,
    /// The session in which it was allowed.
    pub session_id: SessionId,
    /// What was allowed.
    pub scopes: Scopes,
    /// What was allowed beyond that.
    pub details: Details,
    /// How the person had signed in.
    pub authentication: Authentication,
    /// True with `offline_access`: it outlives the session.
    pub offline: bool,
    /// The state of its refresh tokens; `None` when the client gets none.
    pub refresh: Option<RefreshState>,
    /// When the code was redeemed.
    pub created_at: Timestamp,
    /// When no token of it can be good any more.
    pub expires_at: Timestamp,
    /// When it ended before that.
    pub ended_at: Option<Timestamp>,
}

impl Grant {
    /// What stands in place of a code's digest when tokens came through the browser and no code has been redeemed.
    pub fn unredeemed(id: GrantId) -> Digest {
        Digest::of(id.to_string())
    }
}

/// Where a family of refresh tokens stands. Generation n+1 is derived from n, so one digest tells all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshState {
    /// The newest generation that was issued. It has not been used yet.
    pub generation: i64,
    /// The digest of the newest generation's token.
    pub digest: Digest,
    /// When the last generations were first used, oldest first; as many as the late-tab time needs.
    pub advances: Vec<Timestamp>,
}

/// Why a grant or a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The person signed out.
    SignedOut,
    /// The client revoked its token (RFC 7009).
    Revoked,
    /// The code was redeemed again, or with a wrong verifier.
    CodeReplayed,
    /// A refresh token was used long after its successor.
    RefreshReused,
    /// The person withdrew what they had allowed.
    Withdrawn,
    /// The password or the second factor changed.
    CredentialsChanged,
    /// An admin ended it, or disabled or deleted the person or the client.
    Admin,
    /// Another person signed in in the same browser.
    Replaced,
    /// It ran out.
    Expired,
}

impl EndReason {
    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Revoked => "revoked",
            Self::CodeReplayed => "code_replayed",
            Self::RefreshReused => "refresh_reused",
            Self::Withdrawn => "withdrawn",
            Self::CredentialsChanged => "credentials_changed",
            Self::Admin => "admin",
            Self::Replaced => "replaced",
            Self::Expired => "expired",
        }
    }
}
