//! The facts of an authorization code, which travel sealed inside it: RFC 6749 section 4.1.2.

use serde::{Deserialize, Serialize};

use super::{
    Authentication, ClientId, Details, Grant, GrantId, RedirectUri, Scopes, SessionId, Timestamp,
    UserId,
};

/// What a code stands for. Nothing is stored until it is redeemed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// The grant that redeeming it makes.
    pub grant_id: GrantId,
    /// Tokens came through the browser with it, so the grant is there already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub granted: bool,
    /// For whom it was made.
    pub client_id: ClientId,
    /// Who allowed it.
    pub user_id: UserId,
    /// In which session.
    pub session_id: SessionId,
    /// Where it was sent; the token request must name the same.
    pub redirect_uri: RedirectUri,
    /// It went to the client itself, by no redirect (OAuth 2.0 for First-Party Applications): the token request names none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub direct: bool,
    /// What was allowed.
    pub scopes: Scopes,
    /// What was allowed beyond that.
    #[serde(default, skip_serializing_if = "Details::is_empty")]
    pub details: Details,
    /// The request's `nonce`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The request's S256 challenge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<String>,
    /// How the person had signed in.
    pub authentication: Authentication,
    /// When the session ends at the latest; so long do tokens without offline access live.
    pub session_expires_at: Timestamp,
    /// When the code was made.
    pub issued_at: Timestamp,
}

impl Code {
    /// The grant of tokens that come through the browser: no refresh token hangs from it, and it ends with the session.
    pub fn grant(&self, now: Timestamp) -> Grant {
        Grant {
            id: self.grant_id,
            code: Grant::unredeemed(self.grant_id),
            user_id: self.user_id,
            client_id: self.client_id.clone(),
            session_id: self.session_id,
            scopes: self.scopes.clone(),
            details: self.details.clone(),
            authentication: self.authentication.clone(),
            offline: false,
            refresh: None,
            created_at: now,
            expires_at: self.session_expires_at,
            ended_at: None,
        }
    }
}
