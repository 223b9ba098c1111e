//! Metadata to and from JSON: what comes in is checked member by member.

use serde_json::{Map, Value, json};
use url::Url;

use super::metadata::{LONGEST_NAME, MOST_URIS};
use super::{ApplicationType, AuthMethod, GrantType, Localized, Metadata, MetadataError};
use crate::model::{Acr, Algorithm, RegisteredUri, Scopes};

/// What a client may ask for when it registers no `scope`.
const DEFAULT_SCOPE: &str = "openid profile email phone address offline_access";

impl Metadata {
    /// Checks registration metadata (RFC 7591 section 2). `client_id` and secrets are not part of it.
    pub fn from_json(members: Map<String, Value>) -> Result<Self, MetadataError> {
        let mut input = Members(members);
        let application_type = input.one_of(
            "application_type",
            &[("web", ApplicationType::Web), ("native", ApplicationType::Native)],
        )?;
        let application_type = application_type.unwrap_or(ApplicationType::Web);
        let native = application_type == ApplicationType::Native;
        let methods = AuthMethod::ALL.map(|method| (method.as_str(), method));
        let algorithms = Algorithm::ALL.map(|algorithm| (algorithm.as_str(), algorithm));
        let method = input.one_of("token_endpoint_auth_method", &methods)?;
        // A library that must be excused from PKCE is older than RFC 9700, and of these many read the ID token alone
        let require_pkce = input.flag("require_pkce")?;
        let old = require_pkce == Some(false);
        let metadata = Self {
            redirect_uris: input.uris("redirect_uris", native)?,
            post_logout_redirect_uris: input.uris("post_logout_redirect_uris", native)?,
            application_type,
            grant_types: input.grant_types()?,
            token_endpoint_auth_method: method,
            scope: input.scope()?,
            client_name: input.names("client_name")?,
            client_uri: input.pages("client_uri")?,
            logo_uri: input.pages("logo_uri")?,
            policy_uri: input.pages("policy_uri")?,
            tos_uri: input.pages("tos_uri")?,
            contacts: input.texts("contacts")?.unwrap_or_default(),
            jwks: input.jwks()?,
            id_token_signed_response_alg: input
                .one_of("id_token_signed_response_alg", &algorithms)?
                .unwrap_or(Algorithm::RS256),
            initiate_login_uri: input.page("initiate_login_uri")?,
            backchannel_logout_uri: input.delivery("backchannel_logout_uri")?,
            backchannel_logout_session_required: input
                .flag("backchannel_logout_session_required")?
                .unwrap_or(false),
            default_max_age: input.seconds("default_max_age")?,
            default_acr: input.acr()?,
            require_pkce: require_pkce.unwrap_or(method == Some(AuthMethod::None)),
            claims_in_id_token: input.flag("claims_in_id_token")?.unwrap_or(old),
            skip_consent: input.flag("skip_consent")?.unwrap_or(false),
        };
        input.informational()?;
        input.nothing_left()?;
        metadata.agrees_with_itself()?;
        Ok(metadata)
    }

    /// The metadata as it is stored and shown: every member that has a value.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut out = Map::new();
        let mut put = |key: &str, value: Value| {
            let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            if !empty {
                out.insert(key.to_owned(), value);
            }
        };
        put("redirect_uris", json!(self.redirect_uris));
        put("post_logout_redirect_uris", json!(self.post_logout_redirect_uris));
        put("application_type", json!(self.application_type));
        put("grant_types", json!(self.grant_types));
        if self.grant_types.contains(&GrantType::AuthorizationCode) {
            put("response_types", json!(["code"]));
        }
        put("token_endpoint_auth_method", json!(self.token_endpoint_auth_method));
        put("scope", json!(self.scope));
        put("contacts", json!(self.contacts));
        put("jwks", json!(self.jwks));
        put("id_token_signed_response_alg", json!(self.id_token_signed_response_alg));
        put("initiate_login_uri", json!(self.initiate_login_uri));
        put("backchannel_logout_uri", json!(self.backchannel_logout_uri));
        if self.backchannel_logout_uri.is_some() {
            put(
                "backchannel_logout_session_required",
                json!(self.backchannel_logout_session_required),
            );
        }
        put("default_max_age", json!(self.default_max_age));
        put("default_acr_values", self.default_acr.map_or(Value::Null, |acr| json!([acr])));
        // What follows from the method is not written down, so that another method brings its own
        let chosen = self.require_pkce && self.token_endpoint_auth_method != Some(AuthMethod::None);
        put("require_pkce", if chosen { json!(true) } else { Value::Null });
        put("claims_in_id_token", json!(self.claims_in_id_token));
        put("skip_consent", json!(self.skip_consent));
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
                put(&key, json!(text));
            }
        }
        out
    }

    /// The rules that join several members.
    fn agrees_with_itself(&self) -> Result<(), MetadataError> {
        let code = self.grant_types.contains(&GrantType::AuthorizationCode);
        if code && self.redirect_uris.is_empty() {
            return Err(MetadataError::member(
                "redirect_uris",
                "name at least one: the authorization code goes there",
            ));
        }
        if !code {
            return Err(MetadataError::member(
                "grant_types",
                "has to name authorization_code: no other way to a token is offered",
            ));
        }
        if self.token_endpoint_auth_method == Some(AuthMethod::PrivateKeyJwt) && self.jwks.is_none()
        {
            return Err(MetadataError::member(
                "jwks",
                "private_key_jwt needs the client's public keys here",
            ));
        }
        if self.backchannel_logout_session_required && self.backchannel_logout_uri.is_none() {
            return Err(MetadataError::member(
                "backchannel_logout_session_required",
                "needs a backchannel_logout_uri: name one, or leave this out",
            ));
        }
        if self.token_endpoint_auth_method == Some(AuthMethod::None) && !self.require_pkce {
            return Err(MetadataError::member(
                "require_pkce",
                "a public client always uses PKCE (RFC 9700 section 2.1.1): leave it out",
            ));
        }
        Ok(())
    }
}

/// The members that have not been read yet.
struct Members(Map<String, Value>);

impl Members {
    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    fn one_of<T: Copy>(
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

    fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, MetadataError> {
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

    fn text(&mut self, name: &str) -> Result<Option<String>, MetadataError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= 2_000 => Ok(Some(text)),
            Some(_) => Err(MetadataError::member(name, "has to be a text of at most 2,000 bytes")),
        }
    }

    fn flag(&mut self, name: &str) -> Result<Option<bool>, MetadataError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(MetadataError::member(name, "has to be true or false")),
        }
    }

    fn seconds(&mut self, name: &str) -> Result<Option<u64>, MetadataError> {
        match self.take(name) {
            None => Ok(None),
            Some(value) => value
                .as_u64()
                .map(Some)
                .ok_or_else(|| MetadataError::member(name, "has to be a whole number of seconds")),
        }
    }

    fn uris(
        &mut self,
        name: &'static str,
        native: bool,
    ) -> Result<Vec<RegisteredUri>, MetadataError> {
        let texts = self.texts(name)?.unwrap_or_default();
        let check = |uri: String| {
            RegisteredUri::parse(&uri, native).map_err(|reason| MetadataError::Uri {
                member: name,
                uri,
                reason,
            })
        };
        texts.into_iter().map(check).collect()
    }

    fn scope(&mut self) -> Result<Scopes, MetadataError> {
        let text = self.text("scope")?.unwrap_or_else(|| DEFAULT_SCOPE.to_owned());
        Scopes::parse(&text).map_err(|error| MetadataError::member("scope", error.to_string()))
    }

    /// `grant_types`, and `response_types`, which must fit it (RFC 7591 section 2.1).
    fn grant_types(&mut self) -> Result<Vec<GrantType>, MetadataError> {
        let names =
            self.texts("grant_types")?.unwrap_or_else(|| vec!["authorization_code".to_owned()]);
        let find = |name: &String| {
            GrantType::ALL.into_iter().find(|each| each.as_str() == name).ok_or_else(|| {
                let offered = GrantType::ALL.map(GrantType::as_str).join(", ");
                MetadataError::member(
                    "grant_types",
                    format!("{name} is not offered; choose from {offered}"),
                )
            })
        };
        let grants = names.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        for response_type in self.texts("response_types")?.unwrap_or_default() {
            if response_type != "code" {
                return Err(MetadataError::member(
                    "response_types",
                    format!("{response_type} is not offered; choose code"),
                ));
            }
        }
        Ok(grants)
    }

    fn acr(&mut self) -> Result<Option<Acr>, MetadataError> {
        let names = self.texts("default_acr_values")?.unwrap_or_default();
        let known: Option<Vec<_>> = names.iter().map(|name| Acr::parse(name)).collect();
        let known = known.ok_or_else(|| {
            let offered = Acr::ALL.map(Acr::as_str).join(", ");
            MetadataError::member("default_acr_values", format!("choose from {offered}"))
        })?;
        Ok(known.into_iter().min())
    }

    fn jwks(&mut self) -> Result<Option<Value>, MetadataError> {
        let Some(value) = self.take("jwks") else { return Ok(None) };
        let keys = value
            .get("keys")
            .and_then(Value::as_array)
            .filter(|keys| (1..=20).contains(&keys.len()));
        if keys.is_some_and(|keys| {
            keys.iter().all(|key| key.get("d").is_none() && key.get("k").is_none())
        }) {
            return Ok(Some(value));
        }
        Err(MetadataError::member(
            "jwks",
            "has to be a set of 1 to 20 public keys: {\"keys\": [...]}, without private parts",
        ))
    }

    /// Every language of one member: `client_name`, `client_name#de` …
    fn localized(&mut self, name: &str) -> Result<Vec<(String, String)>, MetadataError> {
        let keys: Vec<_> =
            self.0.keys().filter(|key| key.split('#').next() == Some(name)).cloned().collect();
        let mut texts = Vec::new();
        for key in keys {
            let tag = key.split_once('#').map_or("", |(_, tag)| tag);
            if !tag.is_empty() && tag.parse::<unic_langid::LanguageIdentifier>().is_err() {
                return Err(MetadataError::member(
                    &key,
                    "carries something after '#' that is no language tag (BCP 47)",
                ));
            }
            if let Some(text) = self.text(&key)? {
                texts.push((tag.to_owned(), text));
            }
        }
        Ok(texts)
    }

    fn names(&mut self, name: &str) -> Result<Localized, MetadataError> {
        let texts = self.localized(name)?;
        let fits = |text: &str| {
            !text.trim().is_empty()
                && text.len() <= LONGEST_NAME
                && !text.chars().any(char::is_control)
        };
        match texts.iter().find(|(_, text)| !fits(text)) {
            Some(_) => Err(MetadataError::member(
                name,
                format!("has to be a text of 1 to {LONGEST_NAME} bytes"),
            )),
            None => Ok(texts.into_iter().collect()),
        }
    }

    /// Pages and pictures that the browser opens: https only, so that no script can hide there.
    fn pages(&mut self, name: &str) -> Result<Localized, MetadataError> {
        let texts = self.localized(name)?;
        for (_, text) in &texts {
            check_page(name, text)?;
        }
        Ok(texts.into_iter().collect())
    }

    fn page(&mut self, name: &str) -> Result<Option<String>, MetadataError> {
        let text = self.text(name)?;
        text.as_deref().map_or(Ok(()), |text| check_page(name, text))?;
        Ok(text)
    }

    /// Where the server itself sends something: no fragment (Back-Channel Logout section 2.2).
    fn delivery(&mut self, name: &str) -> Result<Option<String>, MetadataError> {
        let page = self.page(name)?;
        if page.as_deref().is_some_and(|uri| uri.contains('#')) {
            return Err(MetadataError::member(
                name,
                "has no fragment: leave out the part from '#' on",
            ));
        }
        Ok(page)
    }

    /// Members that describe the software and decide nothing: read, checked for their type, not kept.
    fn informational(&mut self) -> Result<(), MetadataError> {
        for name in ["software_id", "software_version"] {
            self.text(name)?;
        }
        // Every ID token carries auth_time, and assertions may use every algorithm offered
        self.flag("require_auth_time")?;
        Ok(())
    }

    fn nothing_left(&self) -> Result<(), MetadataError> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => {
                Err(MetadataError::member(name, "is not offered by this server: leave it out"))
            }
        }
    }
}

fn check_page(name: &str, text: &str) -> Result<(), MetadataError> {
    let url =
        Url::parse(text).ok().filter(|url| url.username().is_empty() && url.password().is_none());
    let loopback = |url: &Url| matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url {
        Some(url) if url.scheme() == "https" || (url.scheme() == "http" && loopback(&url)) => {
            Ok(())
        }
        _ => Err(MetadataError::member(name, "has to be an https URL")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn register(value: Value) -> Result<Metadata, MetadataError> {
        let Value::Object(members) = value else { panic!("{value} is no object") };
        Metadata::from_json(members)
    }

    #[test]
    fn rfc_7591_2_defaults_and_round_trip() {
        let metadata = register(json!({"redirect_uris": ["https://rp.example/cb"], "client_name": "Notes", "client_name#de": "Notizen"})).unwrap();
        assert_eq!(metadata.grant_types, [GrantType::AuthorizationCode]);
        assert_eq!(metadata.token_endpoint_auth_method, None);
        assert!(!metadata.require_pkce);
        assert_eq!(metadata.client_name.best(["de-AT"]), Some("Notizen"));
        assert_eq!(metadata.client_name.best(["fr"]), Some("Notes"));
        assert_eq!(Metadata::from_json(metadata.to_json()), Ok(metadata));
    }

    #[test]
    fn what_is_not_honoured_is_refused() {
        let with = |name: &str, value: Value| {
            let mut metadata = json!({"redirect_uris": ["https://rp.example/cb"]});
            metadata[name] = value;
            register(metadata)
        };
        for (name, value) in [
            ("redirect_uris", json!([])),
            ("redirect_uris", json!(["javascript:alert(1)"])),
            (
                "redirect_uris",
                json!((0..21).map(|n| format!("https://rp.example/{n}")).collect::<Vec<_>>()),
            ),
            ("response_types", json!(["token"])),
            ("grant_types", json!(["password"])),
            ("grant_types", json!("authorization_code")),
            ("token_endpoint_auth_method", json!("tls_client_auth")),
            ("token_endpoint_auth_method", json!("private_key_jwt")),
            ("id_token_signed_response_alg", json!("none")),
            ("logo_uri", json!("javascript:alert(1)")),
            ("policy_uri", json!("data:text/html,x")),
            ("jwks", json!({"keys": [{"kty": "oct", "k": "AA"}]})),
            ("scope", json!("a\"b")),
            ("dpop_bound_access_tokens", json!(true)),
            ("client_name", json!(7)),
            ("backchannel_logout_uri", json!("http://rp.example/logout")),
            ("backchannel_logout_uri", json!("https://rp.example/logout#x")),
            ("backchannel_logout_session_required", json!(true)),
            ("default_max_age", json!(-1)),
        ] {
            assert!(with(name, value.clone()).is_err(), "{name}: {value}");
        }
    }

    #[test]
    fn back_channel_logout_2_2_is_kept() {
        for uri in ["https://rp.example/logout", "http://localhost:3000/logout"] {
            let metadata = register(json!({
                "redirect_uris": ["https://rp.example/cb"],
                "backchannel_logout_uri": uri,
                "backchannel_logout_session_required": true
            }))
            .unwrap();
            assert_eq!(metadata.backchannel_logout_uri.as_deref(), Some(uri));
            assert!(metadata.backchannel_logout_session_required);
            assert_eq!(Metadata::from_json(metadata.to_json()), Ok(metadata));
        }
    }

    #[test]
    fn rfc_9700_2_1_1_a_public_client_cannot_do_without_pkce() {
        let public = json!({"redirect_uris": ["https://rp.example/cb"], "token_endpoint_auth_method": "none", "require_pkce": false});
        assert!(register(public).is_err());
        let public = json!({"redirect_uris": ["https://rp.example/cb"], "token_endpoint_auth_method": "none"});
        let metadata = register(public).unwrap();
        assert!(metadata.require_pkce);
        assert_eq!(Metadata::from_json(metadata.to_json()), Ok(metadata));
        let strict = json!({"redirect_uris": ["https://rp.example/cb"], "require_pkce": true});
        assert!(register(strict).unwrap().require_pkce);
    }
}
