//! What is registered over HTTP: RFC 7591 section 2, with section 5 on whom to believe.

use serde_json::{Map, Value};

use super::members::Members;
use crate::model::client::{GrantType, Metadata, MetadataError};

/// Members of our own that only an admin sets.
const OF_ADMINS: [&str; 6] =
    ["first_party", "groups", "link_on_get", "link_uris", "skip_consent", "unverified"];
/// Scopes that every client may have. Others open what an admin guards.
const SCOPES: [&str; 6] = ["openid", "profile", "email", "phone", "address", "offline_access"];
/// Standard members that promise protection, so that leaving them out unsaid would deceive the client.
const PROMISES: [&str; 14] = [
    "authorization_details_types",
    "authorization_encrypted_response_alg",
    "authorization_encrypted_response_enc",
    "authorization_signed_response_alg",
    "backchannel_authentication_request_signing_alg",
    "backchannel_token_delivery_mode",
    "dpop_bound_access_tokens",
    "software_statement",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_email",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_uri",
    "tls_client_auth_subject_dn",
    "tls_client_certificate_bound_access_tokens",
];

/// Who registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registrar {
    /// Anybody.
    Anyone,
    /// Somebody whom an admin gave an initial access token, or whose client was registered with one.
    Invited,
}

impl Metadata {
    /// Checks metadata that comes over HTTP. What the server does not understand is left out of the registration, as
    /// RFC 7591 section 2 demands; what it understands and does not do is refused. `scopes`: those that the
    /// configuration lets anybody ask for, besides the standard ones.
    pub fn from_outside(
        mut members: Map<String, Value>,
        registrar: Registrar,
        scopes: &[String],
    ) -> Result<Self, MetadataError> {
        for name in OF_ADMINS {
            if members.contains_key(name) {
                let reason = "is for an admin to set (RFC 7591 section 5): leave it out";
                return Err(MetadataError::member(name, reason));
            }
        }
        let mut rest = Members::of(members.clone());
        Self::read(&mut rest)?;
        members.retain(|name, _| !rest.0.contains_key(name) || PROMISES.contains(&name.as_str()));
        let metadata = Self::from_json(members)?;
        metadata.is_for(registrar, scopes).map(|()| metadata)
    }

    /// Leaves out of a replacement what only an admin sets, where it repeats what the client was shown (RFC 7592
    /// section 2.2).
    pub fn leave_out_marks(&self, members: &mut Map<String, Value>) {
        let shown = self.to_json();
        members.retain(|name, value| {
            !OF_ADMINS.contains(&name.as_str()) || shown.get(name) != Some(value)
        });
    }

    /// Takes over what only an admin sets.
    #[must_use]
    pub fn with_marks_of(self, before: &Self) -> Self {
        Self {
            first_party: before.first_party,
            groups: before.groups.clone(),
            link_uris: before.link_uris.clone(),
            link_on_get: before.link_on_get,
            skip_consent: before.skip_consent,
            unverified: before.unverified,
            ..self
        }
    }

    fn is_for(&self, registrar: Registrar, scopes: &[String]) -> Result<(), MetadataError> {
        let allowed: Vec<_> = SCOPES.into_iter().chain(scopes.iter().map(String::as_str)).collect();
        let beyond: Vec<_> = self.scope.iter().filter(|scope| !allowed.contains(scope)).collect();
        if !beyond.is_empty() {
            let reason = format!(
                "{} is for an admin to allow: ask for {} at most",
                beyond.join(" "),
                allowed.join(" ")
            );
            return Err(MetadataError::member("scope", reason));
        }
        // Nobody is behind such a client, so somebody has to vouch for it
        let vouched =
            [GrantType::ClientCredentials, GrantType::TokenExchange, GrantType::JwtBearer];
        let grant = vouched.into_iter().find(|grant| self.may_use(*grant));
        if let Some(grant) = grant.filter(|_| registrar == Registrar::Anyone) {
            let reason = format!("{grant} is for clients that an admin registers or invites");
            return Err(MetadataError::member("grant_types", reason));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn register(more: &Value, registrar: Registrar) -> Result<Metadata, MetadataError> {
        let mut members = json!({"redirect_uris": ["https://rp.example/cb"]});
        members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Metadata::from_outside(
            members.as_object().unwrap().clone(),
            registrar,
            &["mcp:use".to_owned()],
        )
    }

    #[test]
    fn reg_01_nobody_outside_sets_what_is_for_admins() {
        for (more, member) in [
            (json!({"skip_consent": true}), "skip_consent"),
            (json!({"skip_consent": false}), "skip_consent"),
            (json!({"unverified": false}), "unverified"),
            (json!({"link_uris": ["https://rp.example/a"]}), "link_uris"),
            (json!({"link_on_get": true}), "link_on_get"),
            (json!({"first_party": true}), "first_party"),
            (json!({"scope": "openid admin"}), "scope"),
            (json!({"software_statement": "x.y.z"}), "software_statement"),
            (json!({"dpop_bound_access_tokens": true}), "dpop_bound_access_tokens"),
            (json!({"redirect_uris": vec!["https://rp.example/cb"; 200]}), "redirect_uris"),
        ] {
            for registrar in [Registrar::Anyone, Registrar::Invited] {
                let error = register(&more, registrar).unwrap_err().to_string();
                assert!(error.starts_with(&format!("{member}: ")), "{more}: {error}");
            }
        }
    }

    #[test]
    fn scopes_that_the_configuration_names_are_for_everybody() {
        let of_an_api = register(&json!({"scope": "mcp:use"}), Registrar::Anyone);
        assert!(of_an_api.unwrap().scope.contains("mcp:use"));
    }

    #[test]
    fn rfc_7591_2_what_is_not_understood_is_left_out() {
        let metadata =
            register(&json!({"x_colour": "green", "client_name": "Notes"}), Registrar::Anyone);
        let json = metadata.unwrap().to_json();
        assert!(json.contains_key("client_name") && !json.contains_key("x_colour"));
    }
}
