//! Metadata from JSON: what comes in is checked member by member, then as a whole.

mod agreement;
mod algorithms;
mod members;
mod output;
mod outside;
mod protocol;
#[cfg(test)]
mod tests;
mod uris;

use serde_json::{Map, Value};

use self::members::Members;
pub use self::outside::Registrar;
use super::metadata::{Protection, Requests};
use super::{ApplicationType, AuthMethod, Metadata, MetadataError};
use crate::model::{Algorithm, AssertionAlgorithm, KeyEncryption, Profile};

impl Metadata {
    /// Checks registration metadata (RFC 7591 section 2). `client_id` and secrets are not part of it.
    pub fn from_json(members: Map<String, Value>) -> Result<Self, MetadataError> {
        let mut input = Members::of(members);
        let metadata = Self::read(&mut input)?;
        input.nothing_left()?;
        metadata.agrees_with_itself()?;
        Ok(metadata)
    }

    fn read(input: &mut Members) -> Result<Self, MetadataError> {
        let application_type = input.application_type()?;
        let native = application_type == ApplicationType::Native;
        let method = input.named("token_endpoint_auth_method", &AuthMethod::ALL)?;
        let (grant_types, response_types) = input.grants_and_responses()?;
        // A library that must be excused from PKCE is older than RFC 9700, and of these many read the ID token alone
        let require_pkce = input.flag("require_pkce")?;
        let old = require_pkce == Some(false);
        Ok(Self {
            redirect_uris: input.uris("redirect_uris", native)?,
            post_logout_redirect_uris: input.uris("post_logout_redirect_uris", native)?,
            application_type,
            grant_types,
            response_types,
            profile: input.named("profile", &Profile::ALL)?,
            token_endpoint_auth_method: method,
            token_endpoint_auth_signing_alg: input
                .named("token_endpoint_auth_signing_alg", &AssertionAlgorithm::all())?,
            subject_type: input.subject_type()?,
            sector_identifier_uri: input.fetched("sector_identifier_uri")?,
            scope: input.scope()?,
            client_name: input.names("client_name")?,
            client_uri: input.pages("client_uri")?,
            logo_uri: input.pages("logo_uri")?,
            policy_uri: input.pages("policy_uri")?,
            tos_uri: input.pages("tos_uri")?,
            contacts: input.texts("contacts")?.unwrap_or_default(),
            jwks: input.jwks()?,
            jwks_uri: input.fetched("jwks_uri")?,
            id_token_signed_response_alg: input.id_token_algorithm()?,
            id_token_encryption: input
                .encryption("id_token_encrypted_response", &KeyEncryption::ALL)?,
            userinfo: input.protection("userinfo")?,
            introspection: input.protection("introspection")?,
            requests: Requests::read(input)?,
            initiate_login_uri: input.https("initiate_login_uri")?,
            frontchannel_logout_uri: input.page("frontchannel_logout_uri")?,
            frontchannel_logout_session_required: input
                .is_set("frontchannel_logout_session_required")?,
            backchannel_logout_uri: input.delivery("backchannel_logout_uri")?,
            backchannel_logout_session_required: input
                .is_set("backchannel_logout_session_required")?,
            default_max_age: input.seconds("default_max_age")?,
            require_auth_time: input.is_set("require_auth_time")?,
            default_acr_values: input.acrs()?,
            software_id: input.text("software_id")?,
            software_version: input.text("software_version")?,
            require_pkce: require_pkce.unwrap_or(method == Some(AuthMethod::None)),
            claims_in_id_token: input.flag("claims_in_id_token")?.unwrap_or(old),
            access_token_format: input.access_token_format()?,
            skip_consent: input.is_set("skip_consent")?,
            first_party: input.is_set("first_party")?,
            may_act: input.client("may_act")?,
            groups: input.groups()?,
            link_uris: input.uris("link_uris", native)?,
            link_on_get: input.is_set("link_on_get")?,
            unverified: input.is_set("unverified")?,
        })
    }
}

impl Requests {
    fn read(input: &mut Members) -> Result<Self, MetadataError> {
        Ok(Self {
            signing_alg: input.named("request_object_signing_alg", &Algorithm::ALL)?,
            encryption: input.encryption("request_object_encryption", &KeyEncryption::TO_US)?,
            uris: input.request_uris()?,
            require_signed: input.is_set("require_signed_request_object")?,
            require_pushed: input.is_set("require_pushed_authorization_requests")?,
        })
    }
}

impl Members {
    fn protection(&mut self, answer: &str) -> Result<Protection, MetadataError> {
        Ok(Protection {
            signed: self.named(&format!("{answer}_signed_response_alg"), &Algorithm::ALL)?,
            encrypted: self
                .encryption(&format!("{answer}_encrypted_response"), &KeyEncryption::ALL)?,
        })
    }
}
