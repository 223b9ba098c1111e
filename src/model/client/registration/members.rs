//! Reading members of JSON, each once and each of its type.

use serde_json::{Map, Value};

use crate::model::ClientId;
use crate::model::client::MetadataError;
use crate::model::client::metadata::MOST_URIS;

/// The members that have not been read yet.
pub(super) struct Members(pub(super) Map<String, Value>);

impl Members {
    pub(super) fn of(members: Map<String, Value>) -> Self {
        Self(members)
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    pub(super) fn one_of<T: Copy>(
        &mut self,
        name: &str,
        choices: &[(&str, T)],
    ) -> Result<Option<T>, MetadataError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let found = choices
            .iter()
            .find(|(spelling, _)| value.as_str() == Some(spelling))
            .map(|(_, choice)| *choice);
        found.map(Some).ok_or_else(|| {
            let offered: Vec<_> = choices.iter().map(|(spelling, _)| *spelling).collect();
            MetadataError::member(
                name,
                format!("{value} is not offered; choose one of {}", offered.join(", ")),
            )
        })
    }

    pub(super) fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, MetadataError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let texts = value.as_array().and_then(|all| {
            all.iter()
                .map(|each| each.as_str().filter(|t| t.len() <= 2_000).map(str::to_owned))
                .collect::<Option<Vec<_>>>()
        });
        let texts = texts.filter(|all| all.len() <= MOST_URIS);
        texts.map(Some).ok_or_else(|| {
            MetadataError::member(name, format!("has to be a list of at most {MOST_URIS} texts"))
        })
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, MetadataError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= 2_000 => Ok(Some(text)),
            Some(_) => Err(MetadataError::member(name, "has to be a text of at most 2,000 bytes")),
        }
    }

    pub(super) fn client(&mut self, name: &str) -> Result<Option<ClientId>, MetadataError> {
        let parse = |text: String| {
            ClientId::parse(&text)
                .ok_or_else(|| MetadataError::member(name, "has to be a client_id"))
        };
        self.text(name)?.map(parse).transpose()
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, MetadataError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(MetadataError::member(name, "has to be true or false")),
        }
    }

    /// A flag whose absence means false.
    pub(super) fn is_set(&mut self, name: &str) -> Result<bool, MetadataError> {
        Ok(self.flag(name)?.unwrap_or(false))
    }

    pub(super) fn seconds(&mut self, name: &str) -> Result<Option<u64>, MetadataError> {
        match self.take(name) {
            None => Ok(None),
            Some(value) => value
                .as_u64()
                .map(Some)
                .ok_or_else(|| MetadataError::member(name, "has to be a whole number of seconds")),
        }
    }

    pub(super) fn nothing_left(&self) -> Result<(), MetadataError> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => {
                Err(MetadataError::member(name, "is not offered by this server: leave it out"))
            }
        }
    }
}
