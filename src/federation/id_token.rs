//! Whether an ID token is to be believed: OpenID Connect Core sections 3.1.3.7 and 3.1.3.8.

use openidconnect::core::CoreJwsSigningAlgorithm;
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, IssuerUrl, Nonce,
    SignatureVerificationError,
};
use serde_json::{Map, Value};

use super::connector::Connector;
use super::dialect;
use super::failure::Failure;
use super::metadata::Metadata;
use super::person::LONGEST_SUBJECT;
use super::request::Attempt;
use super::types::{self, Claims, Client, Token};
use crate::keys::gate::{self, Expect};
use crate::model::{Timestamp, days, minutes};

/// An ID token of the provider's, for us, in time, and for this attempt.
pub(super) struct Verified {
    /// Its claims.
    pub claims: Claims,
    /// The same as they came.
    pub all: Map<String, Value>,
    client: Client,
}

impl Verified {
    /// The rest of section 3.1.3.7, and 3.1.3.8.
    pub(super) fn judge(
        &self,
        client_id: &str,
        token: &Token,
        access_token: &AccessToken,
    ) -> Result<(), Failure> {
        let Self { claims, client, .. } = self;
        let refuse = |reason: &str| Err(Failure::IdToken(reason.to_owned()));
        if claims.authorized_party().is_some_and(|azp| **azp != client_id) {
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
}

/// Section 3.1.3.7 as far as the crate has it: issuer, audience, signature, algorithm, times and nonce.
pub(super) fn verified(
    connector: &Connector,
    metadata: &Metadata,
    token: &Token,
    (attempt, now): (&Attempt, Timestamp),
) -> Result<Verified, Unverified> {
    let text = token.to_string();
    let all = gate::pass(&text, Expect::IdToken)?.claims;
    let dialect = &connector.settings.dialect;
    if !dialect::is_truth(dialect, all.get("email_verified")) {
        return Err(Unverified::Claims(
            "its email_verified is a text (Core section 5.1)".to_owned(),
        ));
    }
    let issuer =
        dialect::issuer_of(dialect, metadata.issuer(), &all).map_err(Unverified::Claims)?;
    let mut client = types::client(connector, metadata);
    if let Some(issuer) = issuer {
        let issuer =
            IssuerUrl::new(issuer).map_err(|error| Unverified::Claims(error.to_string()))?;
        client = types::client(connector, &metadata.clone().set_issuer(issuer));
    }
    let client = client.map_err(|failure| Unverified::Claims(failure.to_string()))?;
    let algorithms = metadata.id_token_signing_alg_values_supported().iter();
    let algorithms = algorithms.filter(|algorithm| is_asymmetric(algorithm)).cloned();
    // Clocks may be a minute apart, in either direction
    let moment = |at: Timestamp| chrono::DateTime::from_timestamp(at.seconds(), 0);
    let (late, soon, old) =
        (moment(now - minutes(1)), moment(now + minutes(1)), moment(now - days(1)));
    let in_time = move |at| match (soon, old) {
        (Some(soon), Some(old)) if old <= at && at <= soon => Ok(()),
        _ => Err("its iat is ahead of this server's clock, or more than a day old".to_owned()),
    };
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs(algorithms)
        .set_time_fn(move || late.unwrap_or_default())
        .set_issue_time_verifier_fn(in_time)
        .set_other_audience_verifier_fn(|_| false);
    let claims = token.claims(&verifier, &Nonce::new(attempt.nonce.clone())).cloned();
    drop(verifier);
    match claims {
        Ok(claims) => Ok(Verified { claims, all, client }),
        Err(ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey,
        )) => Err(Unverified::UnknownKey),
        Err(error) => Err(Unverified::Claims(error.to_string())),
    }
}

/// Why an ID token is not believed.
pub(super) enum Unverified {
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
