//! Sending a person to a provider: OpenID Connect Core section 3.1.2.1, RFC 7636, RFC 9700 section 4.

use openidconnect::core::CoreResponseType;
use openidconnect::{
    AuthType, AuthenticationContextClass, AuthenticationFlow, CsrfToken, LoginHint, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, Scope,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::connector::{Connector, Known};
use super::credential::{Shown, Tools};
use super::failure::{Failure, shown};
use super::types::client;
use super::{dialect, wire};
use crate::config::Dialect;
use crate::model::Timestamp;
use crate::outgoing::Answer;

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
        tools: &Tools<'_>,
    ) -> Result<Url, Failure> {
        let known = self.known(tools.outgoing, tools.now).await?;
        let url = self.authorization_request(&known, attempt, state, wanted)?;
        let more = known.metadata.additional_metadata();
        match &more.pushed_authorization_request_endpoint {
            Some(endpoint) => self.push(&known, url, endpoint, tools).await,
            None => Ok(url),
        }
    }

    fn authorization_request(
        &self,
        known: &Known,
        attempt: &Attempt,
        state: String,
        wanted: &Wanted,
    ) -> Result<Url, Failure> {
        let dialect = &self.settings.dialect;
        let mut client = client(self, &known.metadata)?;
        if matches!(dialect, Dialect::Plain(_)) {
            client = client.disable_openid_scope();
        }
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
        if let Some(prompt) = dialect::prompt_again(dialect).filter(|_| wanted.again) {
            request = request.add_prompt(prompt);
        }
        if let Some(mode) = dialect::response_mode(dialect) {
            request = request.add_extra_param("response_mode", mode);
        }
        let demands = dialect::knows_demands(dialect);
        if let Some(seconds) = wanted.max_age.filter(|_| demands) {
            request = request.set_max_age(std::time::Duration::from_secs(seconds));
        }
        if let Some(hint) = &wanted.login_hint {
            request = request.set_login_hint(LoginHint::new(hint.clone()));
        }
        let second_factor = wanted.second_factor && demands;
        if let Some(acr) = self.settings.second_factor.first().filter(|_| second_factor) {
            request = request.add_auth_context_value(AuthenticationContextClass::new(acr.clone()));
        }
        Ok(request.url().0)
    }

    /// RFC 9126: the parameters go to the provider directly, and the browser carries a reference.
    async fn push(
        &self,
        known: &Known,
        request: Url,
        endpoint: &str,
        tools: &Tools<'_>,
    ) -> Result<Url, Failure> {
        let mut answer = None;
        for shown in self.shown(known, tools)? {
            let given = self.push_as(&shown, &request, endpoint, tools).await?;
            let refused = given.status == 401;
            answer = Some(given);
            if !refused {
                break;
            }
        }
        let answer = answer.ok_or_else(|| Failure::Secret("there is none".to_owned()))?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let pushed = text("request_uri");
        if answer.status != 201 || pushed.is_empty() {
            return Err(Failure::Pushed(
                answer.status,
                shown(&format!("{} {}", text("error"), text("error_description"))),
            ));
        }
        let mut url = request;
        url.query_pairs_mut()
            .clear()
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("request_uri", pushed);
        Ok(url)
    }
}

impl Connector {
    async fn push_as(
        &self,
        shown: &Shown,
        request: &Url,
        endpoint: &str,
        tools: &Tools<'_>,
    ) -> Result<Answer, Failure> {
        let mut fields: Vec<_> = request.query_pairs().into_owned().collect();
        fields.extend(shown.more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let id = self.settings.client_id.as_str();
        let basic = match &shown.secret {
            Some((secret, AuthType::BasicAuth)) => Some((id, secret.expose().as_str())),
            Some((secret, _)) => {
                fields.push(("client_secret".to_owned(), secret.expose().clone()));
                None
            }
            None => None,
        };
        Ok(wire::post(tools.outgoing, endpoint, &fields, basic).await?)
    }
}
