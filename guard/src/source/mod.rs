//! Where a token comes from: RFC 6750 section 2, and a cookie.

mod manner;

use form_urlencoded::parse;

pub(crate) use self::manner::is_own;
use self::manner::{is_navigation, is_stream};
use crate::Refusal;

/// The parameter that a token in a URL has.
const TOKEN: &str = "token";
/// The parameter that a connection ticket has.
const TICKET: &str = "ticket";

/// What a route takes besides the `Authorization` header.
#[derive(Clone, Copy, Debug, Default)]
pub struct Places<'a> {
    /// The cookie that may hold a token.
    pub cookie: Option<&'a str>,
    /// The cookie that may hold a session of the app's own.
    pub session: Option<&'a str>,
    /// Whether a token may come in the URL.
    pub token_in_url: bool,
    /// Whether a ticket may.
    pub ticket_in_url: bool,
}

/// What a caller shows.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A token.
    Token(String),
    /// A connection ticket, which stands for one.
    Ticket(String),
    /// A session of the app's own, which has one.
    Session(String),
}

/// Neither is printed.
impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Token",
            Self::Ticket(_) => "Ticket",
            Self::Session(_) => "Session",
        })
    }
}

/// The headers of a request, in whatever framework.
pub trait Headers {
    /// All values of a header, whose name is given in lower case.
    fn all(&self, name: &'static str) -> Vec<&[u8]>;
}

/// A request, as far as a guard reads it.
pub struct Request<'r, H> {
    /// The method.
    pub method: &'r str,
    /// The path of the URL.
    pub path: &'r str,
    /// The query of the URL.
    pub query: Option<&'r str>,
    /// The headers.
    pub headers: &'r H,
}

/// What was read of a request.
pub struct Reading {
    /// The one token, or the ticket for one.
    pub credential: Result<Credential, Refusal>,
    /// The query without it, when there was one that the route takes.
    pub clean_query: Option<CleanQuery>,
    /// Whether the caller speaks a streaming protocol.
    pub stream: bool,
    /// The path and query to come back to, when a person's browser goes to a page.
    pub navigation: Option<String>,
}

/// A query from which the token was taken.
#[derive(Debug, PartialEq, Eq)]
pub struct CleanQuery(pub Option<String>);

impl CleanQuery {
    /// Path and query for a URI.
    pub fn with_path(&self, path: &str) -> String {
        self.0.as_ref().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
    }
}

/// Reads a request.
pub fn read<H: Headers>(request: &Request<'_, H>, places: Places<'_>) -> Reading {
    let query = request.query.unwrap_or_default();
    Reading {
        credential: or_session(request, places, one_credential(request, places, query)),
        clean_query: clean(query, places),
        stream: is_stream(request.headers),
        navigation: is_navigation(request).then(|| match request.query {
            Some(query) => format!("{}?{query}", request.path),
            None => request.path.to_owned(),
        }),
    }
}

fn one_credential<H: Headers>(
    request: &Request<'_, H>,
    places: Places<'_>,
    query: &str,
) -> Result<Credential, Refusal> {
    let bearer = bearer(&request.headers.all("authorization"))?;
    let cookie = match places.cookie {
        Some(name) => in_cookie(&request.headers.all("cookie"), name)?,
        None => None,
    };
    let in_url = |name, allowed| if allowed { in_query(query, name) } else { Ok(None) };
    let token = in_url(TOKEN, places.token_in_url)?;
    let ticket = in_url(TICKET, places.ticket_in_url)?;
    match (bearer, cookie, token, ticket) {
        (None, None, None, None) => Err(Refusal::Missing),
        (Some(token), None, None, None) | (None, None, Some(token), None) => {
            Ok(Credential::Token(token))
        }
        (None, None, None, Some(ticket)) => Ok(Credential::Ticket(ticket)),
        (None, Some(token), None, None) if is_own(request) => Ok(Credential::Token(token)),
        (None, Some(_), None, None) => Err(Refusal::CrossSite),
        _ => Err(Refusal::Several),
    }
}

/// Browsers bring the session's cookie along whatever else they are told to send, so it counts when there is nothing else.
fn or_session<H: Headers>(
    request: &Request<'_, H>,
    places: Places<'_>,
    found: Result<Credential, Refusal>,
) -> Result<Credential, Refusal> {
    let (Err(Refusal::Missing), Some(name)) = (&found, places.session) else { return found };
    match in_cookie(&request.headers.all("cookie"), name)? {
        Some(id) if is_own(request) => Ok(Credential::Session(id)),
        Some(_) => Err(Refusal::CrossSite),
        None => found,
    }
}

/// Section 2.1; other schemes bring no token.
fn bearer(values: &[&[u8]]) -> Result<Option<String>, Refusal> {
    let value = match values {
        [] => return Ok(None),
        [value] => str::from_utf8(value).map_err(|_| Refusal::Header)?.trim(),
        _ => return Err(Refusal::Several),
    };
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Ok(None);
    }
    let token = token.trim_start();
    if is_token(token) { Ok(Some(token.to_owned())) } else { Err(Refusal::Header) }
}

/// `b64token` of section 2.1.
pub fn is_token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    !body.is_empty() && body.bytes().all(allowed)
}

/// RFC 6265 section 5.4. Two of one name mean that another host of the domain has set one.
pub(crate) fn in_cookie(values: &[&[u8]], name: &str) -> Result<Option<String>, Refusal> {
    let texts = values.iter().filter_map(|value| str::from_utf8(value).ok());
    let mut found = texts
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(known, _)| *known == name);
    let first = found.next().map(|(_, value)| value.trim_matches('"'));
    match found.next() {
        None => Ok(first.filter(|value| !value.is_empty()).map(str::to_owned)),
        Some(_) => Err(Refusal::Several),
    }
}

fn in_query(query: &str, wanted: &str) -> Result<Option<String>, Refusal> {
    let mut found = parse(query.as_bytes()).filter(|(name, _)| name == wanted);
    let first = found.next().map(|(_, value)| value.into_owned());
    match found.next() {
        None => Ok(first.filter(|value| !value.is_empty())),
        Some(_) => Err(Refusal::Several),
    }
}

/// What is left of a query without what the route takes from it, byte for byte; `None` when there was nothing.
fn clean(query: &str, places: Places<'_>) -> Option<CleanQuery> {
    let is_taken = |name: &str| {
        (places.token_in_url && name == TOKEN) || (places.ticket_in_url && name == TICKET)
    };
    let is_kept = |pair: &&str| !parse(pair.as_bytes()).any(|(name, _)| is_taken(&name));
    let kept: Vec<&str> = query.split('&').filter(is_kept).collect();
    if kept.len() == query.split('&').count() {
        return None;
    }
    Some(CleanQuery((!kept.is_empty()).then(|| kept.join("&"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub struct Table<'a>(pub &'a [(&'static str, &'a str)]);

    impl Headers for Table<'_> {
        fn all(&self, name: &'static str) -> Vec<&[u8]> {
            let of = self.0.iter().filter(|(known, _)| *known == name);
            of.map(|(_, value)| value.as_bytes()).collect()
        }
    }

    fn token(query: &str, headers: &[(&'static str, &str)]) -> Result<String, Refusal> {
        sent("GET", query, headers)
    }

    fn sent(
        method: &str,
        query: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<String, Refusal> {
        let request = Request { method, path: "/", query: Some(query), headers: &Table(headers) };
        let places = Places {
            cookie: Some("__Host-token"),
            session: Some("__Host-session"),
            token_in_url: true,
            ticket_in_url: true,
        };
        read(&request, places).credential.map(|credential| match credential {
            Credential::Token(token) => token,
            Credential::Ticket(ticket) => format!("ticket {ticket}"),
            Credential::Session(id) => format!("session {id}"),
        })
    }

    #[test]
    fn rfc_6750_section_2_one_token_in_one_place() {
        let good = Ok("t0".to_owned());
        for (query, headers, expected) in [
            ("", &[][..], Err(Refusal::Missing)),
            ("", &[("authorization", "Bearer t0")], good.clone()),
            ("", &[("authorization", "bearer  t0")], good.clone()),
            ("", &[("authorization", "Basic dDA=")], Err(Refusal::Missing)),
            ("", &[("authorization", "Bearer")], Err(Refusal::Header)),
            ("", &[("authorization", "Bearer ")], Err(Refusal::Header)),
            ("", &[("authorization", "Bearer t0 t1")], Err(Refusal::Header)),
            ("", &[("authorization", "Bearer t0, Bearer t1")], Err(Refusal::Header)),
            ("", &[("authorization", "Bearer \"t0\"")], Err(Refusal::Header)),
            (
                "",
                &[("authorization", "Bearer t0"), ("authorization", "Bearer t0")],
                Err(Refusal::Several),
            ),
            (
                "",
                &[("authorization", "Bearer t0"), ("authorization", "Basic x")],
                Err(Refusal::Several),
            ),
            ("", &[("cookie", "a=b; __Host-token=t0; c=d")], good.clone()),
            ("", &[("cookie", "__Host-token=\"t0\"")], good.clone()),
            ("", &[("cookie", "__Host-token=")], Err(Refusal::Missing)),
            ("", &[("cookie", "token=t0; X__Host-token=t0")], Err(Refusal::Missing)),
            ("", &[("cookie", "__Host-token=t0; __Host-token=t1")], Err(Refusal::Several)),
            (
                "",
                &[("cookie", "__Host-token=t0"), ("cookie", "__Host-token=t0")],
                Err(Refusal::Several),
            ),
            (
                "",
                &[("cookie", "__Host-token=t0"), ("authorization", "Bearer t0")],
                Err(Refusal::Several),
            ),
            ("", &[("cookie", "__Host-token=t0"), ("authorization", "Basic x")], good.clone()),
            ("token=t0", &[], good.clone()),
            ("a=b&token=t0&c", &[], good.clone()),
            ("%74oken=%740", &[], good.clone()),
            ("token=", &[], Err(Refusal::Missing)),
            ("token=t0&token=t0", &[], Err(Refusal::Several)),
            ("token=t0", &[("authorization", "Bearer t0")], Err(Refusal::Several)),
            ("token=t0", &[("cookie", "__Host-token=t0")], Err(Refusal::Several)),
            ("a=b&ticket=t0", &[], Ok("ticket t0".to_owned())),
            ("ticket=", &[], Err(Refusal::Missing)),
            ("ticket=t0&ticket=t1", &[], Err(Refusal::Several)),
            ("ticket=t0&token=t0", &[], Err(Refusal::Several)),
            ("ticket=t0", &[("authorization", "Bearer t0")], Err(Refusal::Several)),
        ] {
            assert_eq!(token(query, headers), expected, "{query} {headers:?}");
        }
    }

    #[test]
    fn a_session_counts_when_there_is_nothing_else() {
        let good = Ok("t0".to_owned());
        for (query, headers, expected) in [
            ("", &[("cookie", "__Host-session=s0")][..], Ok("session s0".to_owned())),
            ("", &[("cookie", "__Host-session=s0; __Host-session=s1")], Err(Refusal::Several)),
            ("", &[("cookie", "__Host-session=s0"), ("authorization", "Bearer t0")], good.clone()),
            ("token=t0", &[("cookie", "__Host-session=s0")], good),
            (
                "",
                &[("cookie", "__Host-session=s0"), ("authorization", "Bearer ")],
                Err(Refusal::Header),
            ),
        ] {
            assert_eq!(token(query, headers), expected, "{query} {headers:?}");
        }
        let cookie = [("cookie", "__Host-session=s0"), ("sec-fetch-site", "cross-site")];
        assert_eq!(sent("POST", "", &cookie), Err(Refusal::CrossSite));
    }

    #[test]
    fn rfc_6750_section_2_3_only_routes_that_say_so_read_the_url() {
        for query in ["token=t0", "ticket=t0"] {
            let request =
                Request { method: "GET", path: "/", query: Some(query), headers: &Table(&[]) };
            let reading = read(&request, Places::default());
            assert_eq!(reading.credential, Err(Refusal::Missing));
            assert_eq!(reading.clean_query, None, "there the parameter is the app's");
        }
        let cookie = [("cookie", "__Host-token=t0")];
        let request = Request { method: "GET", path: "/", query: None, headers: &Table(&cookie) };
        let reading = read(&request, Places { token_in_url: true, ..Places::default() });
        assert_eq!(reading.credential, Err(Refusal::Missing), "no cookie was named");
    }

    #[test]
    fn the_token_is_taken_out_of_the_url_and_nothing_else() {
        let places = Places { token_in_url: true, ticket_in_url: true, ..Places::default() };
        let clean = |query| clean(query, places).map(|clean| clean.with_path("/live"));
        for (query, left) in [
            ("", None),
            ("a=b", None),
            ("tokens=x&a=token", None),
            ("token=t0", Some("/live")),
            ("token", Some("/live")),
            ("a=%20+b&token=t0&c", Some("/live?a=%20+b&c")),
            ("token=t0&a=b&token=t1", Some("/live?a=b")),
            ("%74%6Fken=t0&&a", Some("/live?&a")),
            ("ticket=t0&a=b", Some("/live?a=b")),
        ] {
            assert_eq!(clean(query).as_deref(), left, "{query}");
        }
    }
}
