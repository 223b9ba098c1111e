//! Members that say how a client takes part: grants, response types, scopes, classes, keys; and those with a default.

use std::sync::Arc;

use serde_json::Value;

use super::algorithms::Named;
use super::members::Members;
use crate::model::client::{ApplicationType, GrantType, MetadataError, SubjectType, TokenFormat};
use crate::model::{Acr, Algorithm, GroupPattern, ResponseType, Scopes};

const APPLICATION_TYPES: [(&str, ApplicationType); 2] =
    [("web", ApplicationType::Web), ("native", ApplicationType::Native)];

/// What a client may ask for when it registers no `scope`.
const DEFAULT_SCOPE: &str = "openid profile email phone address offline_access";

impl Members {
    pub(super) fn scope(&mut self) -> Result<Scopes, MetadataError> {
        let text = self.text("scope")?.unwrap_or_else(|| DEFAULT_SCOPE.to_owned());
        Scopes::parse(&text).map_err(|error| MetadataError::member("scope", error.to_string()))
    }

    /// `grant_types` and `response_types`; where one is left out, it follows from the other
    /// (RFC 7591 sections 2 and 2.1).
    pub(super) fn grants_and_responses(
        &mut self,
    ) -> Result<(Vec<GrantType>, Vec<ResponseType>), MetadataError> {
        let grants = self.several("grant_types", &GrantType::ALL, GrantType::parse)?;
        let responses = self.several("response_types", &ResponseType::ALL, ResponseType::parse)?;
        Ok(match (grants, responses) {
            (Some(grants), Some(responses)) => (grants, responses),
            (None, Some(responses)) => {
                let needed = |grant: &GrantType| {
                    responses.iter().any(|each| GrantType::needed_by(*each).any(|of| of == *grant))
                };
                (GrantType::ALL.into_iter().filter(needed).collect(), responses)
            }
            (grants, None) => {
                let grants = grants.unwrap_or_else(|| vec![GrantType::AuthorizationCode]);
                let code = grants.contains(&GrantType::AuthorizationCode);
                let responses = code.then_some(ResponseType::Code).into_iter().collect();
                (grants, responses)
            }
        })
    }

    /// A list of these, each once.
    fn several<T: Named + PartialEq>(
        &mut self,
        member: &str,
        all: &[T],
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<Vec<T>>, MetadataError> {
        let Some(texts) = self.texts(member)? else { return Ok(None) };
        let mut values = Vec::new();
        for text in texts {
            let value = parse(&text).ok_or_else(|| {
                let offered: Vec<_> = all.iter().map(|each| each.name()).collect();
                let choices = offered.join(", ");
                MetadataError::member(
                    member,
                    format!("{text} is not offered; choose from {choices}"),
                )
            })?;
            if !values.contains(&value) {
                values.push(value);
            }
        }
        Ok(Some(values))
    }

    pub(super) fn application_type(&mut self) -> Result<ApplicationType, MetadataError> {
        let found = self.one_of("application_type", &APPLICATION_TYPES)?;
        Ok(found.unwrap_or(ApplicationType::Web))
    }

    pub(super) fn subject_type(&mut self) -> Result<SubjectType, MetadataError> {
        Ok(self.named("subject_type", &SubjectType::ALL)?.unwrap_or(SubjectType::Public))
    }

    pub(super) fn id_token_algorithm(&mut self) -> Result<Algorithm, MetadataError> {
        let found = self.named("id_token_signed_response_alg", &Algorithm::ALL)?;
        Ok(found.unwrap_or(Algorithm::RS256))
    }

    pub(super) fn access_token_format(&mut self) -> Result<TokenFormat, MetadataError> {
        Ok(self.named("access_token_format", &TokenFormat::ALL)?.unwrap_or_default())
    }

    pub(super) fn acrs(&mut self) -> Result<Vec<Acr>, MetadataError> {
        let acrs = self.several("default_acr_values", &Acr::ALL, Acr::parse)?;
        Ok(acrs.unwrap_or_default())
    }

    pub(super) fn groups(&mut self) -> Result<Option<Vec<GroupPattern>>, MetadataError> {
        let read = |text: &String| {
            GroupPattern::parse(text).map_err(|error| {
                let reason = format!("{text:?} names no group, nor the beginning of some: {error}");
                MetadataError::member("groups", reason)
            })
        };
        let texts = self.texts("groups")?;
        texts.map(|all| all.iter().map(read).collect()).transpose()
    }

    pub(super) fn jwks(&mut self) -> Result<Option<Arc<Value>>, MetadataError> {
        let Some(value) = self.take("jwks") else { return Ok(None) };
        let keys = value
            .get("keys")
            .and_then(Value::as_array)
            .filter(|keys| (1..=20).contains(&keys.len()));
        if keys.is_some_and(|keys| {
            keys.iter().all(|key| key.get("d").is_none() && key.get("k").is_none())
        }) {
            return Ok(Some(Arc::new(value)));
        }
        Err(MetadataError::member(
            "jwks",
            "has to be a set of 1 to 20 public keys: {\"keys\": [...]}, without private parts",
        ))
    }
}
