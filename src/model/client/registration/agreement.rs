//! The rules that join several members.

use std::collections::BTreeSet;

use url::Url;

use crate::model::client::{AuthMethod, GrantType, Metadata, MetadataError, SubjectType};
use crate::model::{AssertionAlgorithm, RegisteredUri, ResponseType};

impl Metadata {
    pub(super) fn agrees_with_itself(&self) -> Result<(), MetadataError> {
        self.grants_agree()?;
        self.keys_agree()?;
        self.logouts_agree()?;
        self.sector_agrees()?;
        self.assertions_agree()?;
        if self.token_endpoint_auth_method == Some(AuthMethod::None) && !self.require_pkce {
            return refuse(
                "require_pkce",
                "a public client always uses PKCE (RFC 9700 section 2.1.1): leave it out",
            );
        }
        Ok(())
    }

    /// RFC 7591 section 2.1.
    fn grants_agree(&self) -> Result<(), MetadataError> {
        for response_type in &self.response_types {
            if let Some(missing) =
                GrantType::needed_by(*response_type).find(|grant| !self.may_use(*grant))
            {
                return refuse(
                    "grant_types",
                    format!(
                        "has to name {missing}: the response type \"{response_type}\" needs it \
                         (RFC 7591 section 2.1)"
                    ),
                );
            }
        }
        let answered =
            |asked: fn(ResponseType) -> bool| self.response_types.iter().any(|each| asked(*each));
        if self.may_use(GrantType::AuthorizationCode) && !answered(ResponseType::has_code) {
            return refuse(
                "response_types",
                "has to name one with code: the grant authorization_code needs it (RFC 7591 section 2.1)",
            );
        }
        if self.response_types.is_empty() && self.may_use(GrantType::Implicit) {
            return refuse(
                "response_types",
                "name those that the client uses: the grant implicit has no default",
            );
        }
        let refreshes_only = self.grant_types.iter().all(|each| *each == GrantType::RefreshToken);
        if self.response_types.is_empty() && refreshes_only {
            return refuse(
                "grant_types",
                "name at least one by which the client gets its first token, such as authorization_code",
            );
        }
        if !self.response_types.is_empty() && self.redirect_uris.is_empty() {
            return refuse(
                "redirect_uris",
                "name at least one: the authorization response goes there",
            );
        }
        if self.may_use(GrantType::ClientCredentials)
            && self.token_endpoint_auth_method == Some(AuthMethod::None)
        {
            return refuse(
                "grant_types",
                "client_credentials is for clients that can prove who they are (RFC 6749 section 4.4)",
            );
        }
        Ok(())
    }

    fn keys_agree(&self) -> Result<(), MetadataError> {
        let keys = self.jwks.is_some() || self.jwks_uri.is_some();
        if self.jwks.is_some() && self.jwks_uri.is_some() {
            return refuse(
                "jwks_uri",
                "never comes together with jwks (RFC 7591 section 2): leave one of the two out",
            );
        }
        if self.token_endpoint_auth_method == Some(AuthMethod::PrivateKeyJwt) && !keys {
            return refuse(
                "jwks",
                "private_key_jwt needs the client's public keys: here, or at a jwks_uri",
            );
        }
        let encrypted = [
            ("id_token_encrypted_response_alg", self.id_token_encryption),
            ("userinfo_encrypted_response_alg", self.userinfo.encrypted),
            ("introspection_encrypted_response_alg", self.introspection.encrypted),
        ];
        match encrypted.iter().find(|(_, encryption)| encryption.is_some() && !keys) {
            Some((member, _)) => refuse(
                member,
                "needs a public key to encrypt with: register it in jwks, or at a jwks_uri",
            ),
            None => Ok(()),
        }
    }

    /// Core section 9: a key signs for `private_key_jwt`, a secret for `client_secret_jwt`.
    fn assertions_agree(&self) -> Result<(), MetadataError> {
        match (self.token_endpoint_auth_signing_alg, self.token_endpoint_auth_method) {
            (Some(AssertionAlgorithm::Secret(_)), Some(AuthMethod::PrivateKeyJwt))
            | (Some(AssertionAlgorithm::Key(_)), Some(AuthMethod::ClientSecretJwt)) => refuse(
                "token_endpoint_auth_signing_alg",
                "is not one that the token_endpoint_auth_method signs with (OpenID Connect Core section 9)",
            ),
            _ => Ok(()),
        }
    }

    fn logouts_agree(&self) -> Result<(), MetadataError> {
        if self.backchannel_logout_session_required && self.backchannel_logout_uri.is_none() {
            return refuse(
                "backchannel_logout_session_required",
                "needs a backchannel_logout_uri: name one, or leave this out",
            );
        }
        if self.frontchannel_logout_session_required && self.frontchannel_logout_uri.is_none() {
            return refuse(
                "frontchannel_logout_session_required",
                "needs a frontchannel_logout_uri: name one, or leave this out",
            );
        }
        // Front-Channel Logout section 2: the page is one of the app's own
        let Some(page) = &self.frontchannel_logout_uri else { return Ok(()) };
        let origin = Url::parse(page).ok().map(|url| url.origin().ascii_serialization());
        if self.redirect_uris.iter().any(|uri| uri.origin() == origin) {
            return Ok(());
        }
        refuse(
            "frontchannel_logout_uri",
            "has to have the scheme, host and port of a redirect URI (Front-Channel Logout section 2)",
        )
    }

    /// Core section 8.1: without a `sector_identifier_uri` the one host of the redirect URIs is the sector.
    fn sector_agrees(&self) -> Result<(), MetadataError> {
        if self.subject_type != SubjectType::Pairwise || self.sector_identifier_uri.is_some() {
            return Ok(());
        }
        let hosts: BTreeSet<_> = self.redirect_uris.iter().map(RegisteredUri::host).collect();
        if hosts.len() == 1 && !hosts.contains(&None) {
            return Ok(());
        }
        refuse(
            "sector_identifier_uri",
            "is needed for pairwise subjects unless all redirect URIs have the same host \
             (OpenID Connect Core section 8.1)",
        )
    }
}

fn refuse(member: &str, reason: impl Into<String>) -> Result<(), MetadataError> {
    Err(MetadataError::member(member, reason))
}
