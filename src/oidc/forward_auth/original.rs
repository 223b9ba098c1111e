//! The request that a proxy asks about: nginx `auth_request`, Traefik `ForwardAuth` and Caddy `forward_auth`. What is not
//! plain is refused: a path that the app reads otherwise than we do would pass the wrong rule.

use actix_web::http::header::HeaderMap;

/// What a browser wants from an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// The host, as the app's own `Host` header has it.
    pub host: String,
    /// The path.
    pub path: String,
    /// The path with its query, to come back to.
    pub target: String,
    /// Whether a person would see a page in answer.
    pub navigation: bool,
    /// Whether the proxy passes on nothing but 401 and 403.
    pub only_401: bool,
}

/// The longest path with its query that is come back to.
const LONGEST: usize = 4_096;

impl Original {
    /// Reads it; `None` when it is not there, twice, or not plain.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let nginx = one(headers, "x-original-url")?;
        let forwarded = (one(headers, "x-forwarded-host")?, one(headers, "x-forwarded-uri")?);
        let (host, target, method, only_401) = match (nginx, forwarded) {
            (Some(url), _) => {
                let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
                let at = rest.find('/')?;
                let (host, target) = rest.split_at_checked(at)?;
                (host, target, one(headers, "x-original-method")?, true)
            }
            (None, (Some(host), Some(uri))) => {
                (host, uri, one(headers, "x-forwarded-method")?, false)
            }
            (None, _) => return None,
        };
        let path = target.split(['?', '#']).next()?;
        let host = host.to_ascii_lowercase();
        (is_plain(path) && target.len() <= LONGEST && !host.contains(['@', '/', '\\'])).then(|| {
            Self {
                host,
                path: path.to_owned(),
                target: target.to_owned(),
                navigation: is_navigation(headers, method),
                only_401,
            }
        })
    }
}

/// `Some(None)`: it is not there. `None`: it is there twice, or is no text.
#[expect(clippy::option_option, reason = "the outer one says whether it can be told")]
fn one<'h>(headers: &'h HeaderMap, name: &str) -> Option<Option<&'h str>> {
    let mut values = headers.get_all(name);
    let first = values.next();
    if values.next().is_some() {
        return None;
    }
    match first {
        None => Some(None),
        Some(value) => {
            let text = value.to_str().ok()?;
            (!text.contains(',') || name == "x-original-url" || name == "x-forwarded-uri")
                .then_some(Some(text))
        }
    }
}

/// A path that every server reads alike: no dots that lead up, no doubled or encoded slashes, nothing that is decoded to
/// a control character.
pub fn is_plain(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let encoded = ["%2f", "%5c", "%2e", "%00", "%25"];
    path.starts_with('/')
        && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
        && !path.contains("//")
        && !path.split('/').any(|part| matches!(part.split(';').next(), Some("." | "..")))
        && !encoded.iter().any(|each| lower.contains(each))
}

/// Pages are come back to after signing in; what scripts and programs ask for is answered with 401.
fn is_navigation(headers: &HeaderMap, method: Option<&str>) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let get = method.is_none_or(|method| matches!(method, "GET" | "HEAD"));
    let wants_page = match text("sec-fetch-mode") {
        Some(mode) => mode == "navigate",
        None => text("accept").is_some_and(|accept| accept.contains("text/html")),
    };
    get && wants_page
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn read(pairs: &[(&'static str, &str)]) -> Option<Original> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        Original::of(&headers)
    }

    #[test]
    fn each_proxy_says_it_in_its_own_way() {
        let nginx = read(&[
            ("x-original-url", "https://App.example.org/a?b=c"),
            ("x-original-method", "GET"),
            ("accept", "text/html"),
        ])
        .unwrap();
        assert_eq!((nginx.host.as_str(), nginx.path.as_str()), ("app.example.org", "/a"));
        assert_eq!(
            (nginx.target.as_str(), nginx.navigation, nginx.only_401),
            ("/a?b=c", true, true)
        );
        let traefik = read(&[
            ("x-forwarded-host", "app.example.org"),
            ("x-forwarded-uri", "/a"),
            ("x-forwarded-method", "POST"),
            ("accept", "text/html"),
        ])
        .unwrap();
        assert_eq!((traefik.navigation, traefik.only_401), (false, false));
        for bad in [
            &[][..],
            &[("x-forwarded-host", "a")],
            &[("x-forwarded-uri", "/a")],
            &[("x-original-url", "/a")],
            &[("x-original-url", "https://a")],
            &[("x-original-url", "https://a/"), ("x-original-url", "https://b/")],
            &[("x-forwarded-host", "a, b"), ("x-forwarded-uri", "/a")],
            &[("x-forwarded-host", "a@b"), ("x-forwarded-uri", "/a")],
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_path_that_could_be_read_otherwise_is_none() {
        for good in ["/", "/a/b.css", "/a%20b", "/...", "/a..b", "/a;x=1"] {
            assert!(is_plain(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "//a",
            "/a//b",
            "/a/../b",
            "/..",
            "/a/.",
            "/./a",
            "/%2e%2e/a",
            "/a%2Fb",
            "/a%5cb",
            "/a\\b",
            "/a%00",
            "/%252e",
            "/a b",
            "/..;/a",
            "/\u{e9}",
        ] {
            assert!(!is_plain(bad), "{bad}");
        }
    }
}
