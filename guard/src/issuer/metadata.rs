//! The issuer's metadata: OpenID Connect Discovery section 3, RFC 8414 section 2.

use serde::Deserialize;
use url::Url;

use super::http::FetchError;

/// What a guard needs to know of its issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Where its keys are.
    pub jwks_uri: Url,
    /// Where tokens are asked about.
    pub introspection_endpoint: Option<Url>,
    /// Where people sign in.
    pub authorization_endpoint: Option<Url>,
    /// Where codes become tokens.
    pub token_endpoint: Option<Url>,
    /// Where tokens are given back (RFC 7009).
    pub revocation_endpoint: Option<Url>,
    /// Where people sign out (RP-Initiated Logout section 2.1).
    pub end_session_endpoint: Option<Url>,
    /// Whether authorization responses name the issuer (RFC 9207 section 3).
    pub names_itself: bool,
}

/// OpenID Connect Discovery section 4: where the metadata of an issuer is.
pub fn location(issuer: &str) -> Option<Url> {
    Url::parse(&format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))).ok()
}

impl Metadata {
    /// Parses a document that has to be this issuer's (RFC 8414 section 3.3).
    pub fn parse(body: &[u8], issuer: &str) -> Result<Self, FetchError> {
        #[derive(Deserialize)]
        struct Wire {
            issuer: String,
            jwks_uri: String,
            introspection_endpoint: Option<String>,
            authorization_endpoint: Option<String>,
            token_endpoint: Option<String>,
            revocation_endpoint: Option<String>,
            end_session_endpoint: Option<String>,
            #[serde(default)]
            authorization_response_iss_parameter_supported: bool,
        }
        let wire: Wire = serde_json::from_slice(body)
            .map_err(|_| FetchError::Content("it is no metadata of an issuer"))?;
        if wire.issuer != issuer {
            return Err(FetchError::Content("it is the metadata of another issuer"));
        }
        // An issuer with TLS has its endpoints under TLS
        let plain = issuer.starts_with("http:");
        let fits = |url: &Url| url.scheme() == "https" || (plain && url.scheme() == "http");
        let endpoint = |text: &str| {
            let url = Url::parse(text).ok().filter(fits);
            url.ok_or(FetchError::Content("it names an endpoint that is no https URL"))
        };
        let optional = |text: Option<String>| text.as_deref().map(endpoint).transpose();
        Ok(Self {
            jwks_uri: endpoint(&wire.jwks_uri)?,
            introspection_endpoint: optional(wire.introspection_endpoint)?,
            authorization_endpoint: optional(wire.authorization_endpoint)?,
            token_endpoint: optional(wire.token_endpoint)?,
            revocation_endpoint: optional(wire.revocation_endpoint)?,
            end_session_endpoint: optional(wire.end_session_endpoint)?,
            names_itself: wire.authorization_response_iss_parameter_supported,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rfc_8414_section_3_3_the_metadata_is_that_of_the_issuer() {
        let issuer = "https://login.example/ada";
        for (named, jwks_uri, good) in [
            (issuer, "https://keys.example/jwks", true),
            ("https://login.example/ada/", "https://login.example/jwks", false),
            ("https://login.example", "https://login.example/jwks", false),
            (issuer, "http://login.example/jwks", false),
            (issuer, "file:///etc/passwd", false),
            (issuer, "/jwks", false),
        ] {
            let body = json!({"issuer": named, "jwks_uri": jwks_uri}).to_string();
            assert_eq!(Metadata::parse(body.as_bytes(), issuer).is_ok(), good, "{body}");
        }
        let plain = "http://localhost:8080";
        let body = json!({"issuer": plain, "jwks_uri": "http://localhost:8080/jwks"}).to_string();
        assert!(Metadata::parse(body.as_bytes(), plain).is_ok());
        assert!(Metadata::parse(b"<html>", plain).is_err());
    }

    #[test]
    fn discovery_section_4_the_place_follows_from_the_issuer() {
        for issuer in ["https://login.example/ada", "https://login.example/ada/"] {
            let url = location(issuer).unwrap();
            assert_eq!(url.as_str(), "https://login.example/ada/.well-known/openid-configuration");
        }
    }
}
