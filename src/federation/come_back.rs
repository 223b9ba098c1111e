//! Who came back: OpenID Connect Core sections 3.1.3 and 5.3, RFC 9207.

use std::sync::{Mutex, PoisonError};

use openidconnect::{
    AccessToken, OAuth2TokenResponse, SubjectIdentifier, TokenResponse, UserInfoError,
};
use serde_json::{Map, Value};

use super::connector::{Connector, Known};
use super::credential::Tools;
use super::dpop::Prover;
use super::failure::{Failure, shown};
use super::id_token::{self, Unverified, Verified};
use super::person::{Answer, Kept, Person};
use super::redeem::refused;
use super::request::Attempt;
use super::types::{self, Claims, Info, Token};
use super::{dialect, plain, wire};
use crate::config::Dialect;
use crate::model::{Secret, Timestamp};
use crate::outgoing::{Outgoing, OutgoingError};

impl Connector {
    /// Who it is that came back with this answer. Nothing is sent anywhere before the answer is known to be this provider's.
    pub async fn person(
        &self,
        attempt: &Attempt,
        answer: Answer,
        tools: &Tools<'_>,
    ) -> Result<Person, Failure> {
        let known = self.known(tools.outgoing, tools.now).await?;
        let name = answer.name.clone();
        let code = self.code(answer, &known)?;
        let prover = self.prover(&known, tools)?;
        let proof = (code.as_str(), attempt.code_verifier.as_str());
        let tokens = self.redeem(&known, proof, (tools, prover.as_ref())).await?;
        let tokens = tokens.map_err(|error| refused(&error))?;
        let wanted = !self.settings.tokens_for.is_empty();
        let kept = wanted.then(|| Box::new(Kept::of(&tokens, None, tools.now)));
        if let Dialect::Plain(plain) = &self.settings.dialect {
            let token = tokens.access_token().secret();
            let person = plain::person(plain, token, tools.outgoing).await?;
            return Ok(Person { kept, ..person });
        }
        let token = tokens.id_token().ok_or_else(|| Failure::Tokens("no ID token".to_owned()))?;
        let mut found = id_token::verified(self, &known.metadata, token, (attempt, tools.now));
        // It may have changed its keys
        if matches!(found, Err(Unverified::UnknownKey)) {
            let known = self.renewed(tools.outgoing, tools.now, &known).await?;
            found = id_token::verified(self, &known.metadata, token, (attempt, tools.now));
        }
        let verified = found.map_err(Failure::from)?;
        verified.judge(&self.settings.client_id, token, tokens.access_token())?;
        // A provider may offer more than it does for this client
        let bound = tokens.token_type().as_ref().eq_ignore_ascii_case("dpop");
        let way = (tools.outgoing, prover.as_ref().filter(|_| bound));
        let info = self.info(&known, &verified.claims, tokens.access_token(), way).await?;
        let person = self.told((token, verified), info.as_ref());
        // What only the form of a first answer tells, and nobody has signed
        let name = name.filter(|_| self.settings.dialect == Dialect::Apple);
        Ok(Person { name: person.name.or(name), kept, ..person })
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

    /// Section 5.3.2: of the same person, and of the same address.
    async fn info(
        &self,
        known: &Known,
        claims: &Claims,
        access_token: &AccessToken,
        (outgoing, prover): (&Outgoing, Option<&Prover>),
    ) -> Result<Option<Info>, Failure> {
        let subject = SubjectIdentifier::new(claims.subject().to_string());
        let client = types::client(self, &known.metadata)?;
        let Ok(request) = client.user_info(access_token.clone(), Some(subject)) else {
            return Ok(None);
        };
        let said = Mutex::new(Value::Null);
        let fetch = async |request| {
            let answer = match prover {
                Some(prover) => prover.send(outgoing, request).await?,
                None => wire::send(outgoing, request).await?,
            };
            let body = serde_json::from_slice(answer.body()).unwrap_or_default();
            *said.lock().unwrap_or_else(PoisonError::into_inner) = body;
            Ok(answer)
        };
        let info: Result<Info, _> = request.request_async(&fetch).await;
        let info = info.map_err(|error| uninformed(&error))?;
        let said = said.into_inner().unwrap_or_else(PoisonError::into_inner);
        if !dialect::is_truth(&self.settings.dialect, said.get("email_verified")) {
            return Err(Failure::UserInfo("its email_verified is a text".to_owned()));
        }
        let (here, there) = (claims.email(), info.email());
        if here.is_some() && there.is_some() && here != there {
            return Err(Failure::UserInfo("its email is not that of the ID token".to_owned()));
        }
        Ok(Some(info))
    }

    /// An address counts as verified when the same document says so.
    fn told(&self, (token, verified): (&Token, Verified), info: Option<&Info>) -> Person {
        let Verified { claims, all, .. } = verified;
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
        let dialect = &self.settings.dialect;
        Person {
            subject: dialect::subject(dialect, claims.subject(), &all),
            session_id: claims.additional_claims().sid.clone(),
            auth_time: claims.auth_time().map(|at| Timestamp::from_seconds(at.timestamp())),
            second_factor: acr || mfa,
            email: email.map(|(email, _)| email.to_string()),
            email_verified: email
                .is_some_and(|(email, said)| dialect::is_verified(dialect, email, said, &all)),
            name: text(claims.name()).or_else(|| text(info.and_then(|info| info.name()))),
            claims: merged(all, info),
            id_token: Secret::new(token.to_string()),
            kept: None,
        }
    }
}

/// What the ID token says goes before what userinfo says.
fn merged(claims: Map<String, Value>, info: Option<&Info>) -> Map<String, Value> {
    let mut all = match info.map(serde_json::to_value) {
        Some(Ok(Value::Object(info))) => info,
        Some(Ok(_) | Err(_)) | None => Map::new(),
    };
    all.extend(claims);
    all
}

fn uninformed(error: &UserInfoError<OutgoingError>) -> Failure {
    if let UserInfoError::Request(error) = error {
        return error.clone().into();
    }
    Failure::UserInfo(error.to_string())
}
