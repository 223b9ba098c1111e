//! The issuer identifier: OpenID Connect Discovery section 3, RFC 9207 section 2.

use std::fmt;

use url::{Host, Url};

/// The issuer, exactly as configured, and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    text: String,
    url: Url,
}

/// Why a text can't be an issuer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// Not an absolute http(s) URL.
    #[error("is no http or https URL: write it like https://login.example.org")]
    Unreadable,
    /// It has a query, a fragment, or a user name.
    #[error(
        "has a query, a fragment or a user name: an issuer has none (OpenID Connect Discovery section 3)"
    )]
    Extras,
    /// It ends with a slash or is not in its normal form.
    #[error("is not in its plain form: write {0}")]
    NotPlain(String),
}

impl Issuer {
    /// Checks an issuer. It has no slash at its end, so that every URL is it plus a path.
    pub fn parse(text: &str) -> Result<Self, IssuerError> {
        let url = Url::parse(text).map_err(|_| IssuerError::Unreadable)?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(IssuerError::Unreadable);
        }
        if url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some()
        {
            return Err(IssuerError::Extras);
        }
        let plain = url.as_str().trim_end_matches('/');
        if plain != text {
            return Err(IssuerError::NotPlain(plain.to_owned()));
        }
        Ok(Self { text: text.to_owned(), url })
    }

    /// The issuer as `iss` and metadata carry it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The absolute URL of a path of ours, such as `/token`.
    pub fn url_of(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// The issuer's own path, without a slash at its end: empty for most.
    pub fn path(&self) -> &str {
        self.url.path().trim_end_matches('/')
    }

    /// Scheme, host and port: the `Origin` that our own pages send.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Whether browsers reach it by https: cookies are `Secure` and `__Host-` then.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether it names this very machine.
    pub fn is_loopback(&self) -> bool {
        match self.url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        }
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discovery_section_3() {
        let issuer = Issuer::parse("https://id.example.org/hat").unwrap();
        assert_eq!(issuer.url_of("/token"), "https://id.example.org/hat/token");
        assert_eq!((issuer.path(), issuer.origin().as_str()), ("/hat", "https://id.example.org"));
        assert!(Issuer::parse("http://127.0.0.1:8080").unwrap().is_loopback());
        assert_eq!(
            Issuer::parse("https://id.example.org/"),
            Err(IssuerError::NotPlain("https://id.example.org".into()))
        );
        assert_eq!(
            Issuer::parse("https://ID.example.org"),
            Err(IssuerError::NotPlain("https://id.example.org".into()))
        );
        assert_eq!(Issuer::parse("https://id.example.org?x"), Err(IssuerError::Extras));
        assert_eq!(Issuer::parse("id.example.org"), Err(IssuerError::Unreadable));
    }
}
