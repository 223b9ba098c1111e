//! Whether a connector is in order, as far as that can be told without a person: what its provider says of itself, and whether it
//! knows us.

use openidconnect::RequestTokenError;
use openidconnect::core::{CoreClientAuthMethod, CoreErrorResponseType};

use super::connector::{Connector, Known};
use super::credential::Tools;
use super::failure::Failure;
use super::id_token::is_asymmetric;
use crate::config::{Credential, Dialect, SecretMethod};

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is in order.
    pub good: bool,
    /// What was found.
    pub text: String,
    /// What to change, when it is not.
    pub mend: &'static str,
}

/// What a code can't be, so that whoever gets it only says whether they know us.
const NO_CODE: &str = "hatcheck-connector-test";

impl Connector {
    /// Looks at everything, and stops where nothing more can be told.
    pub async fn examine(&self, tools: &Tools<'_>) -> Vec<Finding> {
        let known = match self.known(tools.outgoing, tools.now).await {
            Ok(known) => known,
            Err(failure) => return vec![of(&failure)],
        };
        let mut findings = Vec::new();
        if !matches!(self.settings.dialect, Dialect::Plain(_)) {
            let issuer = &self.settings.issuer;
            findings.push(good(format!("{issuer} answers with its own discovery document")));
            findings.extend(self.offers(&known));
        }
        findings.push(self.is_known(&known, tools).await);
        findings
    }

    /// What the provider has to offer.
    fn offers(&self, known: &Known) -> Vec<Finding> {
        let metadata = &known.metadata;
        let keys = metadata.jwks().keys().len();
        let mut findings = Vec::new();
        findings.push(Finding {
            good: keys > 0,
            text: format!("it publishes {keys} keys"),
            mend: "ask the provider's people why its jwks_uri leads to no keys",
        });
        let signs = metadata.id_token_signing_alg_values_supported().iter().any(is_asymmetric);
        findings.push(Finding {
            good: signs,
            text: "it signs ID tokens with keys of its own".to_owned(),
            mend: "let the provider sign with RS256 or ES256: shared secrets are not believed",
        });
        for scope in self.settings.scopes.iter() {
            let offered = metadata.scopes_supported();
            let offers = offered.is_none_or(|all| all.iter().any(|one| one.as_str() == scope));
            findings.push(Finding {
                good: offers,
                text: format!("it offers the scope {scope}"),
                mend: "take the scope out of `scopes` of the connector",
            });
        }
        let wanted = match &self.settings.credential {
            Credential::Nothing | Credential::Secret { method: None, .. } => None,
            Credential::Secret { method: Some(SecretMethod::Basic), .. } => {
                Some(CoreClientAuthMethod::ClientSecretBasic)
            }
            Credential::Secret { method: Some(SecretMethod::Post), .. }
            | Credential::Apple { .. } => Some(CoreClientAuthMethod::ClientSecretPost),
            Credential::OwnKeys => Some(CoreClientAuthMethod::PrivateKeyJwt),
        };
        if let Some(wanted) = wanted {
            let methods = metadata.token_endpoint_auth_methods_supported();
            findings.push(Finding {
                good: methods.is_none_or(|all| all.contains(&wanted)),
                text: format!("it takes {}", wanted.as_ref()),
                mend: "write another `client_auth` for the connector, or let the provider take this one",
            });
        }
        findings
    }

    /// A code that is none tells whether the provider takes our credentials (RFC 6749 section 5.2).
    async fn is_known(&self, known: &Known, tools: &Tools<'_>) -> Finding {
        let prover = match self.prover(known, tools) {
            Ok(prover) => prover,
            Err(failure) => return of(&failure),
        };
        let (code, verifier) = (NO_CODE, NO_CODE.repeat(2));
        let answered = self.redeem(known, (code, &verifier), (tools, prover.as_ref())).await;
        let answered = match answered {
            Ok(answered) => answered,
            Err(failure) => return of(&failure),
        };
        let bad = |text: String, mend| Finding { good: false, text, mend };
        match answered {
            Err(RequestTokenError::ServerResponse(response)) => match response.error() {
                CoreErrorResponseType::InvalidGrant | CoreErrorResponseType::InvalidRequest => {
                    good("it takes our client_id and secret".to_owned())
                }
                CoreErrorResponseType::InvalidClient
                | CoreErrorResponseType::UnauthorizedClient => bad(
                    format!("it refuses our client_id or secret: {response}"),
                    "compare client_id and the secret's file with what the provider has registered",
                ),
                CoreErrorResponseType::InvalidScope
                | CoreErrorResponseType::UnsupportedGrantType
                | CoreErrorResponseType::Extension(_) => bad(
                    format!("its token endpoint answers {response}"),
                    "let the provider register this client for the code flow",
                ),
            },
            Err(RequestTokenError::Request(error)) => of(&error.into()),
            // GitHub answers errors with 200
            Err(RequestTokenError::Parse(_, body)) if is_told(&body, "bad_verification_code") => {
                good("it takes our client_id and secret".to_owned())
            }
            Err(RequestTokenError::Parse(_, body))
                if is_told(&body, "incorrect_client_credentials") =>
            {
                bad(
                    "it refuses our client_id or secret".to_owned(),
                    "compare client_id and the secret's file with what the provider has registered",
                )
            }
            Err(error) => bad(
                format!("its token endpoint answers something else: {error}"),
                "ask the provider's people what its token endpoint answers",
            ),
            Ok(_) => bad(
                "it gives tokens for a code that is none".to_owned(),
                "do not trust this provider",
            ),
        }
    }
}

fn is_told(body: &[u8], error: &str) -> bool {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    body.get("error").and_then(serde_json::Value::as_str) == Some(error)
}

const fn good(text: String) -> Finding {
    Finding { good: true, text, mend: "" }
}

fn of(failure: &Failure) -> Finding {
    Finding { good: false, text: failure.to_string(), mend: failure.mend() }
}
