//! The types of the `openidconnect` crate, as they are used here: its own with `sid`.

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, ClientId, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IdToken, IdTokenClaims, IdTokenFields, RedirectUrl, StandardErrorResponse,
    StandardTokenResponse, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::connector::Connector;
use super::failure::Failure;
use super::metadata::Metadata;

/// What the crate does not read of an ID token.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct More {
    /// The session (OpenID Connect Back-Channel Logout section 2.1).
    pub sid: Option<String>,
    /// Everything else.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

impl AdditionalClaims for More {}

/// An ID token.
pub type Token =
    IdToken<More, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
/// Its claims.
pub type Claims = IdTokenClaims<More, CoreGenderClaim>;
/// What the token endpoint gives.
pub type Tokens = StandardTokenResponse<
    IdTokenFields<
        More,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;
/// A client that knows where to go.
pub type Client = openidconnect::Client<
    More,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;
/// What userinfo tells.
pub type Info = UserInfoClaims<More, CoreGenderClaim>;

/// The crate's client for what a provider says of itself.
pub fn client(connector: &Connector, metadata: &Metadata) -> Result<Client, Failure> {
    let redirect_uri = RedirectUrl::new(connector.redirect_uri.clone());
    let redirect_uri = redirect_uri.map_err(|error| Failure::Metadata(error.to_string()))?;
    let id = ClientId::new(connector.settings.client_id.clone());
    let client = Client::from_provider_metadata(metadata.clone(), id, None);
    Ok(client.set_redirect_uri(redirect_uri))
}
