//! Between columns and checked values.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::de::value::{Error, StrDeserializer};
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::model::{Acr, Authentication, ClientId, Scopes, Timestamp};

/// An identifier.
pub(super) fn id<T: FromStr>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt(format!("{text:?} is no identifier")))
}

/// A client's identifier.
pub(super) fn client_id(text: &str) -> Result<ClientId, StoreError> {
    ClientId::parse(text).ok_or_else(|| StoreError::Corrupt(format!("{text:?} is no client_id")))
}

/// One of a fixed set of words, or a text that was checked before it was stored.
pub(super) fn word<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, StoreError> {
    T::deserialize(StrDeserializer::<Error>::new(text))
        .map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// JSON.
pub(super) fn json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// The JSON of a value.
pub(super) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Other(error.to_string()))
}

/// Scopes.
pub(super) fn scopes(text: &str) -> Result<Scopes, StoreError> {
    Scopes::parse(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// A moment that may not have come.
pub(super) fn moment(seconds: Option<i64>) -> Option<Timestamp> {
    seconds.map(Timestamp::from_seconds)
}

/// How somebody signed in.
pub(super) fn authentication(
    time: i64,
    acr: &str,
    amr: &str,
) -> Result<Authentication, StoreError> {
    Ok(Authentication {
        time: Timestamp::from_seconds(time),
        acr: Acr::parse(acr).ok_or_else(|| StoreError::Corrupt(format!("{acr:?} is no acr")))?,
        amr: json(amr)?,
    })
}
