//! Sending a person to a provider: OpenID Connect Core section 3.1.2.1, RFC 7636, RFC 9700 section 4.

use openidconnect::core::{CoreAuthPrompt, CoreResponseType};
use openidconnect::{
    AuthenticationContextClass, AuthenticationFlow, CsrfToken, LoginHint, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, Scope,
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::connector::Connector;
use super::failure::Failure;
use super::types::client;
use crate::model::Timestamp;
use crate::outgoing::Outgoing;

/// What has to be known when the person comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// By which connector.
    pub connector: String,
    /// What makes it good once.
    pub id: String,
    /// What the ID token has to repeat.
    pub nonce: String,
    /// RFC 7636 section 4.1.
    pub code_verifier: String,
    /// When it was begun.
    pub begun_at: Timestamp,
}

/// What is asked of the provider besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Whether the person has to show themselves again.
    pub again: bool,
    /// How many seconds old their sign-in there may be.
    pub max_age: Option<u64>,
    /// Whether a second factor is wanted.
    pub second_factor: bool,
    /// The name to fill in.
    pub login_hint: Option<String>,
}

impl Attempt {
    /// A new one, of three times 256 random bits in base64url.
    pub fn new(
        connector: &Connector,
        [id, nonce, code_verifier]: [String; 3],
        now: Timestamp,
    ) -> Self {
        Self { connector: connector.name.clone(), id, nonce, code_verifier, begun_at: now }
    }
}

impl Connector {
    /// The authorization request for an attempt, whose sealed form is the `state`.
    pub async fn begin(
        &self,
        attempt: &Attempt,
        state: String,
        wanted: &Wanted,
        outgoing: &Outgoing,
    ) -> Result<Url, Failure> {
        let known = self.known(outgoing, attempt.begun_at).await?;
        let client = client(self, &known, None)?;
        let nonce = attempt.nonce.clone();
        let verifier = PkceCodeVerifier::new(attempt.code_verifier.clone());
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                || CsrfToken::new(state),
                || Nonce::new(nonce),
            )
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        // The crate asks for openid by itself
        for scope in self.settings.scopes.iter().filter(|scope| *scope != "openid") {
            request = request.add_scope(Scope::new(scope.to_owned()));
        }
        if wanted.again {
            request = request.add_prompt(CoreAuthPrompt::Login);
        }
        if let Some(seconds) = wanted.max_age {
            request = request.set_max_age(std::time::Duration::from_secs(seconds));
        }
        if let Some(hint) = &wanted.login_hint {
            request = request.set_login_hint(LoginHint::new(hint.clone()));
        }
        if let Some(acr) = self.settings.second_factor.first().filter(|_| wanted.second_factor) {
            request = request.add_auth_context_value(AuthenticationContextClass::new(acr.clone()));
        }
        Ok(request.url().0)
    }
}
