//! The redirect gate: the one function that decides whether a redirect or logout URI is a registered
//! one (RFC 9700 section 2.1, RFC 8252 section 7.3).

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// A URI that a client registered, checked when it was registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RegisteredUri(String);

/// Where a browser may be sent: equal to a registered URI, or that URI on another loopback port.
///
/// It is made by [`RedirectUri::of`] alone. (It is read back only from what this server sealed.)
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedirectUri(String);

/// Why a URI can't be registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// Longer than 2,000 bytes, or empty.
    #[error("a URI has between 1 and 2,000 characters")]
    Length,
    /// Not an absolute URI of visible ASCII characters.
    #[error(
        "this is no absolute URI: write it whole, with scheme and host, without blanks or wildcards"
    )]
    Unreadable,
    /// It has a fragment (RFC 6749 section 3.1.2).
    #[error(
        "a redirect URI has no fragment: leave out the part from '#' on (RFC 6749 section 3.1.2)"
    )]
    Fragment,
    /// It holds a user name or password.
    #[error("a redirect URI holds no user name or password")]
    UserInfo,
    /// A scheme that runs in the browser, or that this type of application can't have.
    #[error(
        "the scheme is not allowed here: web apps use https (http for loopback hosts), \
         native apps also a scheme of their own with a dot in it (RFC 8252 section 7.1)"
    )]
    Scheme,
}

impl RegisteredUri {
    /// Checks a redirect or logout URI at registration. `native` apps may use schemes of their own.
    pub fn parse(text: &str, native: bool) -> Result<Self, UriError> {
        if text.is_empty() || text.len() > 2_000 {
            return Err(UriError::Length);
        }
        if text.contains('#') {
            return Err(UriError::Fragment);
        }
        if !text
            .bytes()
            .all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'*' | b'"' | b'<' | b'>'))
        {
            return Err(UriError::Unreadable);
        }
        let url = Url::parse(text).map_err(|_| UriError::Unreadable)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UriError::UserInfo);
        }
        match url.scheme() {
            // What the parser would change is not what anybody meant (http://127.1/, https:rp.example)
            "https" | "http" if !spelled_plainly(text, &url) => Err(UriError::Unreadable),
            "https" => Ok(Self(text.to_owned())),
            "http" if is_loopback(&url) => Ok(Self(text.to_owned())),
            scheme if native && scheme.contains('.') => Ok(Self(text.to_owned())),
            _ => Err(UriError::Scheme),
        }
    }

    /// The URI as it was registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port, for CORS and `form-action`; `None` for schemes of an app's own.
    pub fn origin(&self) -> Option<String> {
        let origin = Url::parse(&self.0).ok()?.origin();
        origin.is_tuple().then(|| origin.ascii_serialization())
    }

    /// The host; `None` for schemes of an app's own.
    pub fn host(&self) -> Option<String> {
        Url::parse(&self.0).ok()?.host_str().map(str::to_owned)
    }

    /// Equal, or equal but for the port when both are loopback literals (RFC 8252 section 7.3).
    fn admits(&self, received: &str) -> bool {
        self.0 == received
            || matches!((loopback_parts(&self.0), loopback_parts(received)), (Some(a), Some(b)) if a == b)
    }
}

impl RedirectUri {
    /// The gate: `received` when one of `registered` admits it.
    pub fn of(received: &str, registered: &[RegisteredUri]) -> Option<Self> {
        registered.iter().any(|uri| uri.admits(received)).then(|| Self(received.to_owned()))
    }

    /// The URI as the request gave it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a website is there, not an app that is opened by a scheme of its own.
    pub fn is_web(&self) -> bool {
        self.0.starts_with("https://") || self.0.starts_with("http://")
    }

    /// Scheme, host and port; for schemes of an app's own, the scheme alone: a CSP source either way.
    pub fn csp_source(&self) -> String {
        let origin = Url::parse(&self.0).map(|url| (url.origin(), url.scheme().to_owned()));
        match origin {
            Ok((origin, _)) if origin.is_tuple() => origin.ascii_serialization(),
            Ok((_, scheme)) => format!("{scheme}:"),
            Err(_) => "'none'".to_owned(),
        }
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The registered URI that looks most like what was received, to be named to the admin.
pub fn nearest<'a>(received: &str, registered: &'a [RegisteredUri]) -> Option<&'a RegisteredUri> {
    let common = |uri: &RegisteredUri| {
        let ahead = received.bytes().zip(uri.0.bytes()).take_while(|(a, b)| a == b).count();
        let behind =
            received.bytes().rev().zip(uri.0.bytes().rev()).take_while(|(a, b)| a == b).count();
        ahead + behind
    };
    registered.iter().max_by_key(|uri| common(uri))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether the parser read the host as it is spelled: no numbers for addresses, no missing slashes.
fn spelled_plainly(text: &str, url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let prefix = format!("{}://{host}", url.scheme());
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(&prefix))
        && text
            .get(prefix.len()..)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/', '?']))
}

/// Host and everything after the port, when it is `http` to 127.0.0.1 or `[::1]`; never for names.
fn loopback_parts(text: &str) -> Option<(&'static str, &str)> {
    let (host, rest) =
        [("127.0.0.1", "http://127.0.0.1"), ("[::1]", "http://[::1]")]
            .into_iter()
            .find_map(|(host, prefix)| text.strip_prefix(prefix).map(|rest| (host, rest)))?;
    let rest = match rest.strip_prefix(':') {
        Some(after) => {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            let (port, rest) = after.split_at_checked(digits)?;
            port.parse::<u16>().ok().filter(|port| *port > 0)?;
            rest
        }
        None => rest,
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn web(text: &str) -> Result<RegisteredUri, UriError> {
        RegisteredUri::parse(text, false)
    }

    fn admitted(registered: &[&str], received: &str) -> bool {
        let registered: Vec<_> =
            registered.iter().map(|uri| RegisteredUri(uri.to_string())).collect();
        RedirectUri::of(received, &registered).is_some()
    }

    #[test]
    fn red_01_to_15_only_the_exact_uri_is_admitted() {
        let registered = ["https://rp.example/cb"];
        assert!(admitted(&registered, "https://rp.example/cb"));
        for other in [
            "https://evil.example/cb",
            "https://rp.example/cb/extra",
            "https://rp.example@evil.example/cb",
            "https://a@rp.example:443@evil.example/cb",
            "https://rp.example\\@evil.example/cb",
            "https://rp.example/cb#x",
            "https://rp.example/cb%00.evil.example",
            "https://rp.example/cb/../other",
            "https://rp.example/cb/%2e%2e/other",
            "https://rp.example/cb?next=https://evil.example",
            "http://rp.example/cb",
            "https://RP.example/cb",
            "https://rp.example:443/cb",
            "https://rp.example/cb/",
            "https://xn--p-exa.example/cb",
            "",
        ] {
            assert!(!admitted(&registered, other), "{other}");
        }
    }

    #[test]
    fn red_16_the_port_varies_for_loopback_literals_only() {
        let registered = ["http://127.0.0.1/cb", "http://localhost/cb", "http://[::1]:9/cb"];
        assert!(admitted(&registered, "http://127.0.0.1:50123/cb"));
        assert!(admitted(&registered, "http://[::1]/cb"));
        for other in [
            "http://127.0.0.1:50123/other",
            "http://localhost:50123/cb",
            "http://127.0.0.2:50123/cb",
            "https://127.0.0.1:50123/cb",
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1:80@evil.example/cb",
        ] {
            assert!(!admitted(&registered, other), "{other}");
        }
    }

    #[test]
    fn red_18_and_21_dangerous_uris_are_refused_at_registration() {
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "https://rp.example/cb#f",
            "http://rp.example/cb",
            "//rp.example/cb",
            "https://*.rp.example/cb",
            "/cb",
            "",
            "vbscript:x",
            "https://user:pw@rp.example/cb",
            "http://localhost.evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://localhostevil/cb",
            "http://127.1/cb",
            "http://[::1].evil.example/cb",
            "https:rp.example/cb",
            "https://rp.example/ b",
            "com.example.app:/cb",
        ] {
            assert!(web(bad).is_err(), "{bad}");
            assert!(bad.starts_with("com.") || RegisteredUri::parse(bad, true).is_err(), "{bad}");
        }
        assert!(RegisteredUri::parse("com.example.app:/cb", true).is_ok());
        assert!(RegisteredUri::parse("myapp:/cb", true).is_err());
        for good in [
            "https://rp.example/cb?x=1",
            "http://localhost:3000/cb",
            "http://127.0.0.1/cb",
            "https://RP.example",
        ] {
            assert!(web(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn the_nearest_registered_uri_is_named() {
        let uris =
            [web("https://rp.example/a").unwrap(), web("https://rp.example/callback").unwrap()];
        assert_eq!(nearest("https://rp.example/callbck", &uris), Some(&uris[1]));
    }
}
