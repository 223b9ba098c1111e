//! From a code to tokens: RFC 6749 section 4.1.3, RFC 7636 section 4.5.

use openidconnect::core::CoreErrorResponseType;
use openidconnect::{
    AuthType, AuthorizationCode, ClientSecret, PkceCodeVerifier, RequestTokenError,
    StandardErrorResponse,
};

use super::connector::{Connector, Known};
use super::credential::{Shown, Tools};
use super::dpop::Prover;
use super::failure::{Failure, shown};
use super::types::{self, Client, Tokens};
use super::wire;
use crate::outgoing::OutgoingError;

/// What a token endpoint answers instead.
pub(super) type NoTokens =
    RequestTokenError<OutgoingError, StandardErrorResponse<CoreErrorResponseType>>;

impl Connector {
    pub(super) async fn redeem(
        &self,
        known: &Known,
        (code, code_verifier): (&str, &str),
        (tools, prover): (&Tools<'_>, Option<&Prover>),
    ) -> Result<Result<Tokens, NoTokens>, Failure> {
        let mut refused = None;
        for shown in self.shown(known, tools)? {
            let answered =
                self.redeem_as(shown, known, (code, code_verifier), (tools, prover)).await?;
            match answered {
                Err(error) if is_about_us(&error) => refused = Some(error),
                other => return Ok(other),
            }
        }
        refused.map(Err).ok_or_else(|| Failure::Secret("there is none".to_owned()))
    }

    async fn redeem_as(
        &self,
        shown: Shown,
        known: &Known,
        (code, code_verifier): (&str, &str),
        (tools, prover): (&Tools<'_>, Option<&Prover>),
    ) -> Result<Result<Tokens, NoTokens>, Failure> {
        let (client, more) = authenticated(types::client(self, &known.metadata)?, shown);
        let fetch = async |request| match prover {
            Some(prover) => prover.send(tools.outgoing, request).await,
            None => wire::send(tools.outgoing, request).await,
        };
        let request = client.exchange_code(AuthorizationCode::new(code.to_owned()));
        let mut request = request.map_err(|error| Failure::Metadata(error.to_string()))?;
        for (name, value) in more {
            request = request.add_extra_param(name, value);
        }
        let verifier = PkceCodeVerifier::new(code_verifier.to_owned());
        Ok(request.set_pkce_verifier(verifier).request_async(&fetch).await)
    }
}

/// The client that shows this, and the parameters beside it.
pub(super) fn authenticated(client: Client, shown: Shown) -> (Client, Vec<(&'static str, String)>) {
    let client = client.set_auth_type(AuthType::RequestBody);
    let client = match shown.secret {
        Some((secret, auth)) => {
            client.set_client_secret(ClientSecret::new(secret.expose().clone())).set_auth_type(auth)
        }
        None => client,
    };
    (client, shown.more)
}

/// Whether it is our secret that was refused, so that another may be tried: nothing was spent by it.
pub(super) fn is_about_us(error: &NoTokens) -> bool {
    matches!(
        error,
        RequestTokenError::ServerResponse(response)
            if *response.error() == CoreErrorResponseType::InvalidClient
    )
}

/// What it means that there are no tokens.
pub(super) fn refused(error: &NoTokens) -> Failure {
    match error {
        RequestTokenError::Request(error) => Failure::from(error.clone()),
        RequestTokenError::ServerResponse(response) => {
            Failure::Tokens(shown(&response.to_string()))
        }
        RequestTokenError::Parse(error, _) => Failure::Tokens(error.to_string()),
        RequestTokenError::Other(text) => Failure::Tokens(shown(text)),
    }
}
