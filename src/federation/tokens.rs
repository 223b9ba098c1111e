//! A provider's own tokens, for apps that call its APIs: RFC 6749 sections 5.1 and 6.

use openidconnect::{OAuth2TokenResponse, RefreshToken, RequestTokenError};

use super::connector::Connector;
use super::credential::Tools;
use super::failure::Failure;
use super::person::Kept;
use super::redeem::{authenticated, is_about_us, refused};
use super::types::{self, Tokens};
use super::wire;
use crate::model::{Timestamp, seconds};

impl Kept {
    /// Of an answer that came now. A refresh token that is not replaced stays good (section 6).
    pub(super) fn of(tokens: &Tokens, before: Option<&Self>, now: Timestamp) -> Self {
        let scope = tokens
            .scopes()
            .map(|scopes| scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" "));
        let fresh = tokens.refresh_token().map(|token| token.secret().clone());
        Self {
            access_token: tokens.access_token().secret().clone(),
            refresh_token: fresh.or_else(|| before?.refresh_token.clone()),
            scope: scope.or_else(|| before?.scope.clone()),
            expires_at: tokens.expires_in().map(|life| now + seconds(life.as_secs())),
        }
    }
}

impl Connector {
    /// Newer ones.
    pub async fn refreshed(&self, kept: &Kept, tools: &Tools<'_>) -> Result<Kept, Failure> {
        let none = || Failure::Tokens("it gave no refresh token".to_owned());
        let token = RefreshToken::new(kept.refresh_token.clone().ok_or_else(none)?);
        let known = self.known(tools.outgoing, tools.now).await?;
        let fetch = |request| wire::send(tools.outgoing, request);
        let mut last = none();
        for shown in self.shown(&known, tools)? {
            let (client, more) = authenticated(types::client(self, &known.metadata)?, shown);
            let request = client.exchange_refresh_token(&token);
            let mut request = request.map_err(|error| Failure::Metadata(error.to_string()))?;
            for (name, value) in more {
                request = request.add_extra_param(name, value);
            }
            let answered: Result<Tokens, RequestTokenError<_, _>> =
                request.request_async(&fetch).await;
            match answered {
                Ok(tokens) => return Ok(Kept::of(&tokens, Some(kept), tools.now)),
                Err(error) if is_about_us(&error) => last = refused(&error),
                Err(error) => return Err(refused(&error)),
            }
        }
        Err(last)
    }
}
