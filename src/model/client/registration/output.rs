//! Metadata to JSON, as it is stored and shown.

use serde_json::{Map, Value, json};

use crate::model::Encryption;
use crate::model::client::{AuthMethod, Metadata, Requests, TokenFormat};

/// Members that have a value.
struct Output(Map<String, Value>);

impl Output {
    fn put(&mut self, key: &str, value: Value) {
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !empty {
            self.0.insert(key.to_owned(), value);
        }
    }

    /// A list whose absence would not mean that it is empty (RFC 7591 section 2).
    fn list(&mut self, key: &str, value: Value) {
        self.0.insert(key.to_owned(), value);
    }

    /// A flag whose absence means false.
    fn flag(&mut self, key: &str, flag: bool) {
        if flag {
            self.put(key, json!(true));
        }
    }

    fn encryption(&mut self, stem: &str, encryption: Option<Encryption>) {
        if let Some(Encryption { alg, enc }) = encryption {
            self.put(&format!("{stem}_alg"), json!(alg));
            self.put(&format!("{stem}_enc"), json!(enc));
        }
    }
}

impl Metadata {
    /// The metadata as it is stored and shown: every member that has a value.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut out = Output(Map::new());
        self.put_protocol(&mut out);
        self.put_protection(&mut out);
        self.requests.put(&mut out);
        self.put_sign_in(&mut out);
        self.put_logouts(&mut out);
        self.put_texts(&mut out);
        out.0
    }

    fn put_protocol(&self, out: &mut Output) {
        out.put("redirect_uris", json!(self.redirect_uris));
        out.put("application_type", json!(self.application_type));
        out.list("grant_types", json!(self.grant_types));
        out.list("response_types", json!(self.response_types));
        out.put("profile", json!(self.profile));
        out.put("token_endpoint_auth_method", json!(self.token_endpoint_auth_method));
        out.put("token_endpoint_auth_signing_alg", json!(self.token_endpoint_auth_signing_alg));
        out.put("subject_type", json!(self.subject_type));
        out.put("sector_identifier_uri", json!(self.sector_identifier_uri));
        out.put("scope", json!(self.scope));
        // What follows from the method is not written down, so that another method brings its own
        let chosen = self.require_pkce && self.token_endpoint_auth_method != Some(AuthMethod::None);
        out.flag("require_pkce", chosen);
    }

    fn put_protection(&self, out: &mut Output) {
        out.put("jwks", json!(self.jwks));
        out.put("jwks_uri", json!(self.jwks_uri));
        out.put("id_token_signed_response_alg", json!(self.id_token_signed_response_alg));
        out.encryption("id_token_encrypted_response", self.id_token_encryption);
        out.put("userinfo_signed_response_alg", json!(self.userinfo.signed));
        out.encryption("userinfo_encrypted_response", self.userinfo.encrypted);
        out.put("introspection_signed_response_alg", json!(self.introspection.signed));
        out.encryption("introspection_encrypted_response", self.introspection.encrypted);
    }

    fn put_sign_in(&self, out: &mut Output) {
        out.put("initiate_login_uri", json!(self.initiate_login_uri));
        out.put("default_max_age", json!(self.default_max_age));
        out.flag("require_auth_time", self.require_auth_time);
        out.put("default_acr_values", json!(self.default_acr_values));
        out.put("claims_in_id_token", json!(self.claims_in_id_token));
        if self.access_token_format != TokenFormat::default() {
            out.put("access_token_format", json!(self.access_token_format));
        }
        out.put("skip_consent", json!(self.skip_consent));
        out.flag("first_party", self.first_party);
        out.put("may_act", json!(self.may_act));
        out.put("groups", json!(self.groups));
        if !self.link_uris.is_empty() {
            out.put("link_uris", json!(self.link_uris));
        }
        out.flag("link_on_get", self.link_on_get);
        out.flag("unverified", self.unverified);
    }

    fn put_logouts(&self, out: &mut Output) {
        out.put("post_logout_redirect_uris", json!(self.post_logout_redirect_uris));
        out.put("frontchannel_logout_uri", json!(self.frontchannel_logout_uri));
        if self.frontchannel_logout_uri.is_some() {
            let wanted = self.frontchannel_logout_session_required;
            out.put("frontchannel_logout_session_required", json!(wanted));
        }
        out.put("backchannel_logout_uri", json!(self.backchannel_logout_uri));
        if self.backchannel_logout_uri.is_some() {
            let wanted = self.backchannel_logout_session_required;
            out.put("backchannel_logout_session_required", json!(wanted));
        }
    }

    fn put_texts(&self, out: &mut Output) {
        out.put("contacts", json!(self.contacts));
        out.put("software_id", json!(self.software_id));
        out.put("software_version", json!(self.software_version));
        let localized = [
            ("client_name", &self.client_name),
            ("client_uri", &self.client_uri),
            ("logo_uri", &self.logo_uri),
            ("policy_uri", &self.policy_uri),
            ("tos_uri", &self.tos_uri),
        ];
        for (name, texts) in localized {
            for (tag, text) in texts.iter() {
                let key = if tag.is_empty() { name.to_owned() } else { format!("{name}#{tag}") };
                out.put(&key, json!(text));
            }
        }
    }
}

impl Requests {
    fn put(&self, out: &mut Output) {
        out.put("request_object_signing_alg", json!(self.signing_alg));
        out.encryption("request_object_encryption", self.encryption);
        out.put("request_uris", json!(self.uris));
        out.flag("require_signed_request_object", self.require_signed);
        out.flag("require_pushed_authorization_requests", self.require_pushed);
    }
}
