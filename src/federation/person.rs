//! Who came back: OpenID Connect Core sections 3.1.3 and 5.3, RFC 9207.

use openidconnect::core::{CoreErrorResponseType, CoreJwsSigningAlgorithm};
use openidconnect::{
    AccessToken, AccessTokenHash, AuthorizationCode, ClaimsVerificationError, Nonce,
    OAuth2TokenResponse, PkceCodeVerifier, RequestTokenError, SignatureVerificationError,
    StandardErrorResponse, SubjectIdentifier, TokenResponse, UserInfoError,
};

use super::connector::{Connector, Known};
use super::failure::Failure;
use super::request::Attempt;
use super::types::{self, Claims, Client, Info, Token};
use super::wire;
use crate::keys::gate::{self, Expect};
use crate::model::{Secret, Timestamp, days, minutes};
use crate::outgoing::{Outgoing, OutgoingError};

/// The longest `sub` (OpenID Connect Core section 2).
const LONGEST_SUBJECT: usize = 255;

/// An authorization response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// `code`
    pub code: Option<String>,
    /// `error`
    pub error: Option<String>,
    /// `error_description`
    pub error_description: Option<String>,
    /// `iss`
    pub iss: Option<String>,
}

/// Somebody who signed in at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// What the provider calls them (`sub`).
    pub subject: String,
    /// Their session there (`sid`).
    pub session_id: Option<String>,
    /// When they signed in there (`auth_time`), if it says.
    pub auth_time: Option<Timestamp>,
    /// Whether they showed a second factor.
    pub second_factor: bool,
    /// Their address.
    pub email: Option<String>,
    /// Whether the provider has made sure of that.
    pub email_verified: bool,
    /// What they are called.
    pub name: Option<String>,
    /// The ID token itself.
    pub id_token: Secret<String>,
}

impl Connector {
    /// Who it is that came back with this answer. Nothing is sent anywhere before the answer is known to be this provider's.
    pub async fn person(
        &self,
        attempt: &Attempt,
        answer: Answer,
        outgoing: &Outgoing,
        now: Timestamp,
    ) -> Result<Person, Failure> {
        let known = self.known(outgoing, now).await?;
        let code = self.code(answer, &known)?;
        let client = types::client(self, &known, self.secret()?)?;
        let fetch = |request| wire::send(outgoing, request);
        let verifier = PkceCodeVerifier::new(attempt.code_verifier.clone());
        let request = client.exchange_code(AuthorizationCode::new(code));
        let request = request.map_err(|error| Failure::Metadata(error.to_string()))?;
        let tokens = request.set_pkce_verifier(verifier).request_async(&fetch).await;
        let tokens = tokens.map_err(|error| refused(&error))?;
        let token = tokens.id_token().ok_or_else(|| Failure::Tokens("no ID token".to_owned()))?;
        let mut verifying = client.clone();
        let mut claims = verified(token, &verifying, &known, (attempt, now));
        // It may have changed its keys
        if matches!(claims, Err(Unverified::UnknownKey)) {
            let known = self.renewed(outgoing, now, &known).await?;
            verifying = types::client(self, &known, None)?;
            claims = verified(token, &verifying, &known, (attempt, now));
        }
        let claims = claims.map_err(Failure::from)?;
        self.judge(&claims, token, tokens.access_token(), &verifying)?;
        let info = self.info(&client, &claims, tokens.access_token(), outgoing).await?;
        Ok(self.told((token, &claims), info.as_ref()))
    }

    /// RFC 9207 section 2.4 first, so that a code of somebody else's goes nowhere.
    fn code(&self, answer: Answer, known: &Known) -> Result<String, Failure> {
        let must =
            known.metadata.additional_metadata().authorization_response_iss_parameter_supported;
        match answer.iss {
            Some(iss) if iss != self.settings.issuer => {
                return Err(Failure::Issuer(shown(&iss)));
            }
            None if must => return Err(Failure::Issuer(String::new())),
            Some(_) | None => {}
        }
        if let Some(error) = answer.error {
            let description = shown(&answer.error_description.unwrap_or_default());
            return Err(Failure::Refused { error: shown(&error), description });
        }
        answer.code.filter(|code| !code.is_empty()).ok_or_else(|| Failure::Refused {
            error: "nothing".to_owned(),
            description: "neither a code nor an error".to_owned(),
        })
    }

    /// Our secret there, read anew each time.
    pub(super) fn secret(&self) -> Result<Option<String>, Failure> {
        let Some(path) = &self.settings.client_secret_file else { return Ok(None) };
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|error| Failure::Secret(error.to_string()))?;
        Ok(Some(text.trim().to_owned()))
    }

    /// The rest of section 3.1.3.7, and 3.1.3.8.
    fn judge(
        &self,
        claims: &Claims,
        token: &Token,
        access_token: &AccessToken,
        client: &Client,
    ) -> Result<(), Failure> {
        let refuse = |reason: &str| Err(Failure::IdToken(reason.to_owned()));
        if claims.authorized_party().is_some_and(|azp| **azp != self.settings.client_id) {
            return refuse("its azp names another client");
        }
        let length = claims.subject().len();
        if length == 0 || length > LONGEST_SUBJECT {
            return refuse("its sub is empty or longer than 255 letters");
        }
        let Some(expected) = claims.access_token_hash() else { return Ok(()) };
        let verifier = client.id_token_verifier();
        let hash = token.signing_alg().ok().zip(token.signing_key(&verifier).ok());
        let hash = hash.and_then(|(algorithm, key)| {
            AccessTokenHash::from_token(access_token, algorithm, key).ok()
        });
        if hash.as_ref() == Some(expected) {
            Ok(())
        } else {
            refuse("its at_hash is not that of the access token")
        }
    }

    /// Section 5.3.2: of the same person, and of the same address.
    async fn info(
        &self,
        client: &Client,
        claims: &Claims,
        access_token: &AccessToken,
        outgoing: &Outgoing,
    ) -> Result<Option<Info>, Failure> {
        let subject = SubjectIdentifier::new(claims.subject().to_string());
        let Ok(request) = client.user_info(access_token.clone(), Some(subject)) else {
            return Ok(None);
        };
        let fetch = |request| wire::send(outgoing, request);
        let info: Result<Info, _> = request.request_async(&fetch).await;
        let info = info.map_err(|error| uninformed(&error))?;
        let (here, there) = (claims.email(), info.email());
        if here.is_some() && there.is_some() && here != there {
            return Err(Failure::UserInfo("its email is not that of the ID token".to_owned()));
        }
        Ok(Some(info))
    }

    /// An address counts as verified when the same document says so.
    fn told(&self, (token, claims): (&Token, &Claims), info: Option<&Info>) -> Person {
        let text = |claim: Option<&openidconnect::LocalizedClaim<openidconnect::EndUserName>>| {
            claim.and_then(|claim| claim.get(None)).map(|name| name.to_string())
        };
        let in_token = claims.email().map(|email| (email, claims.email_verified()));
        let in_info = info.and_then(|info| Some((info.email()?, info.email_verified())));
        let email =
            in_token.filter(|(_, verified)| *verified == Some(true)).or(in_info).or(in_token);
        let acr = claims
            .auth_context_ref()
            .is_some_and(|acr| self.settings.second_factor.iter().any(|known| *known == **acr));
        let mfa = claims.auth_method_refs().is_some_and(|all| all.iter().any(|one| **one == "mfa"));
        Person {
            subject: claims.subject().to_string(),
            session_id: claims.additional_claims().sid.clone(),
            auth_time: claims.auth_time().map(|at| Timestamp::from_seconds(at.timestamp())),
            second_factor: acr || mfa,
            email: email.map(|(email, _)| email.to_string()),
            email_verified: email.is_some_and(|(_, verified)| verified == Some(true)),
            name: text(claims.name()).or_else(|| text(info.and_then(|info| info.name()))),
            id_token: Secret::new(token.to_string()),
        }
    }
}

/// Section 3.1.3.7 as far as the crate has it: issuer, audience, signature, algorithm, times and nonce.
fn verified(
    token: &Token,
    client: &Client,
    known: &Known,
    (attempt, now): (&Attempt, Timestamp),
) -> Result<Claims, Unverified> {
    gate::pass(&token.to_string(), Expect::IdToken)?;
    let algorithms = known.metadata.id_token_signing_alg_values_supported().iter();
    let algorithms = algorithms.filter(|algorithm| is_asymmetric(algorithm)).cloned();
    // Clocks may be a minute apart, in either direction
    let moment = |at: Timestamp| chrono::DateTime::from_timestamp(at.seconds(), 0);
    let (late, soon, old) =
        (moment(now - minutes(1)), moment(now + minutes(1)), moment(now - days(1)));
    let issued = move |at| match (soon, old) {
        (Some(soon), Some(old)) if old <= at && at <= soon => Ok(()),
        _ => Err("its iat is ahead of this server's clock, or more than a day old".to_owned()),
    };
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs(algorithms)
        .set_time_fn(move || late.unwrap_or_default())
        .set_issue_time_verifier_fn(issued)
        .set_other_audience_verifier_fn(|_| false);
    match token.claims(&verifier, &Nonce::new(attempt.nonce.clone())) {
        Ok(claims) => Ok(claims.clone()),
        Err(ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey,
        )) => Err(Unverified::UnknownKey),
        Err(error) => Err(Unverified::Claims(error.to_string())),
    }
}

/// Why an ID token is not believed.
enum Unverified {
    UnknownKey,
    Gate(gate::Refused),
    Claims(String),
}

impl From<gate::Refused> for Unverified {
    fn from(refused: gate::Refused) -> Self {
        Self::Gate(refused)
    }
}

impl From<Unverified> for Failure {
    fn from(unverified: Unverified) -> Self {
        match unverified {
            Unverified::UnknownKey => Self::IdToken(
                "it is signed with a key that the provider does not publish".to_owned(),
            ),
            Unverified::Gate(refused) => Self::Gate(refused),
            Unverified::Claims(reason) => Self::IdToken(reason),
        }
    }
}

/// A key that we share would let whoever knows our secret make tokens.
pub const fn is_asymmetric(algorithm: &CoreJwsSigningAlgorithm) -> bool {
    !matches!(
        algorithm,
        CoreJwsSigningAlgorithm::HmacSha256
            | CoreJwsSigningAlgorithm::HmacSha384
            | CoreJwsSigningAlgorithm::HmacSha512
            | CoreJwsSigningAlgorithm::None
    )
}

fn refused(
    error: &RequestTokenError<OutgoingError, StandardErrorResponse<CoreErrorResponseType>>,
) -> Failure {
    match error {
        RequestTokenError::Request(error) => Failure::from(error.clone()),
        RequestTokenError::ServerResponse(response) => {
            Failure::Tokens(shown(&response.to_string()))
        }
        RequestTokenError::Parse(error, _) => Failure::Tokens(error.to_string()),
        RequestTokenError::Other(text) => Failure::Tokens(shown(text)),
    }
}

fn uninformed(error: &UserInfoError<OutgoingError>) -> Failure {
    if let UserInfoError::Request(error) = error {
        return error.clone().into();
    }
    Failure::UserInfo(error.to_string())
}

/// A text of somebody else's, as it may stand in a log.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
