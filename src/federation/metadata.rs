//! What providers say of themselves: OpenID Connect Discovery section 3.

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{AdditionalProviderMetadata, ProviderMetadata};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use crate::config::Plain;

/// A discovery document, with the keys that it leads to.
pub type Metadata = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// What the crate does not read of a discovery document.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct More {
    /// RFC 9207 section 3: whether its answers name it.
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
    /// RP-Initiated Logout section 2.1: where people are sent to sign out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_session_endpoint: Option<Url>,
    /// RFC 9449 section 5.1: how proofs of possession may be signed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dpop_signing_alg_values_supported: Vec<String>,
    /// RFC 9126 section 5: where authorization requests are pushed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_authorization_request_endpoint: Option<String>,
}

impl AdditionalProviderMetadata for More {}

/// What a provider that is no OpenID provider would say of itself.
pub(super) fn of_plain(issuer: &str, plain: &Plain) -> Result<Metadata, serde_json::Error> {
    serde_json::from_value(json!({
        "issuer": issuer,
        "authorization_endpoint": plain.authorization_endpoint,
        "token_endpoint": plain.token_endpoint,
        // There are no keys: no ID token is ever believed
        "jwks_uri": issuer,
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    }))
}
