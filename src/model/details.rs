//! What a request asks for beyond its scopes, and a grant gives.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::ClaimsRequest;

/// Single claims and their languages (OpenID Connect Core sections 5.2 and 5.5), and resources (RFC 8707).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// The claims that are asked for one by one.
    #[serde(default, skip_serializing_if = "ClaimsRequest::is_empty")]
    pub claims: ClaimsRequest,
    /// Those of them that no scope of the request gives: the person is asked about each.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub singles: BTreeSet<String>,
    /// The resources that tokens are for (RFC 8707); none: the issuer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// The languages of `claims_locales`, the best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locales: Vec<String>,
}

impl Details {
    /// Whether there is nothing beyond scopes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
