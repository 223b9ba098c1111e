//! Whether a connector is in order, as far as that can be told without a person: what its provider says of itself, and whether it
//! knows us.

use openidconnect::core::{CoreClientAuthMethod, CoreErrorResponseType};
use openidconnect::{AuthorizationCode, PkceCodeVerifier, RequestTokenError};

use super::connector::{Connector, Known};
use super::failure::Failure;
use super::person::is_asymmetric;
use super::types::client;
use super::wire;
use crate::model::Timestamp;
use crate::outgoing::Outgoing;

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
    pub async fn examine(&self, outgoing: &Outgoing, now: Timestamp) -> Vec<Finding> {
        let known = match self.known(outgoing, now).await {
            Ok(known) => known,
            Err(failure) => return vec![of(&failure)],
        };
        let mut findings =
            vec![good(format!("{} answers with its own discovery document", self.settings.issuer))];
        findings.extend(self.offers(&known));
        findings.push(self.is_known(&known, outgoing).await);
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
        let methods = metadata.token_endpoint_auth_methods_supported();
        let basic =
            methods.is_none_or(|all| all.contains(&CoreClientAuthMethod::ClientSecretBasic));
        findings.push(Finding {
            good: basic || self.settings.client_secret_file.is_none(),
            text: "it takes our secret as client_secret_basic".to_owned(),
            mend: "let the provider take client_secret_basic from this client",
        });
        findings
    }

    /// A code that is none tells whether the provider takes our credentials (RFC 6749 section 5.2).
    async fn is_known(&self, known: &Known, outgoing: &Outgoing) -> Finding {
        let client = self.secret().and_then(|secret| client(self, known, secret));
        let client = match client {
            Ok(client) => client,
            Err(failure) => return of(&failure),
        };
        let fetch = |request| wire::send(outgoing, request);
        let Ok(request) = client.exchange_code(AuthorizationCode::new(NO_CODE.to_owned())) else {
            return of(&Failure::Metadata("it names no token_endpoint".to_owned()));
        };
        let verifier = PkceCodeVerifier::new(NO_CODE.repeat(2));
        let answered = request.set_pkce_verifier(verifier).request_async(&fetch).await;
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

const fn good(text: String) -> Finding {
    Finding { good: true, text, mend: "" }
}

fn of(failure: &Failure) -> Finding {
    Finding { good: false, text: failure.to_string(), mend: failure.mend() }
}
