//! In which manner a request was made, as its headers tell.

use super::{Headers, Request};

/// Whether somebody's browser goes to a page, who can be sent to sign in (Fetch Metadata; older browsers name the type).
pub fn is_navigation<H: Headers>(request: &Request<'_, H>) -> bool {
    let all = |name| request.headers.all(name);
    let page = match all("sec-fetch-mode").as_slice() {
        [] => {
            let html = |value: &&[u8]| str::from_utf8(value).is_ok_and(|v| v.contains("text/html"));
            all("accept").iter().any(html)
        }
        modes => *modes == [b"navigate"],
    };
    page && request.method == "GET" && all("upgrade").is_empty()
}

/// Whether a request that carries a cookie comes from a page of this app, where it matters: browsers send cookies with
/// whatever another site makes them send, and open a `WebSocket` with them (RFC 6455 section 10.2).
pub fn is_own<H: Headers>(request: &Request<'_, H>) -> bool {
    let harmless = matches!(request.method, "GET" | "HEAD" | "OPTIONS");
    if harmless && request.headers.all("upgrade").is_empty() {
        return true;
    }
    let all = |name| request.headers.all(name);
    match (all("sec-fetch-site").as_slice(), all("origin").as_slice(), all("host").as_slice()) {
        ([site], _, _) => [&b"same-origin"[..], b"none"].contains(site),
        ([], [], _) => true,
        ([], [origin], [host]) => {
            let authority = str::from_utf8(origin).ok().and_then(|origin| origin.split_once("://"));
            authority.is_some_and(|(_, own)| own.as_bytes().eq_ignore_ascii_case(host))
        }
        _ => false,
    }
}

/// Whether the caller speaks a streaming protocol.
pub fn is_stream<H: Headers>(headers: &H) -> bool {
    let sse = |value: &&[u8]| str::from_utf8(value).is_ok_and(|v| v.contains("text/event-stream"));
    !headers.all("upgrade").is_empty() || headers.all("accept").iter().any(sse)
}

#[cfg(test)]
mod tests {
    use super::super::tests::Table;
    use super::*;

    fn request<'r>(method: &'r str, headers: &'r Table<'r>) -> Request<'r, Table<'r>> {
        Request { method, path: "/", query: None, headers }
    }

    #[test]
    fn a_cookie_works_for_pages_of_the_app_alone_where_it_matters() {
        const HOST: (&str, &str) = ("host", "notes.example");
        for (method, headers, good) in [
            ("GET", &[("sec-fetch-site", "cross-site")][..], true),
            ("POST", &[], true),
            ("POST", &[("sec-fetch-site", "same-origin")], true),
            ("POST", &[("sec-fetch-site", "none")], true),
            ("POST", &[("sec-fetch-site", "same-site")], false),
            ("DELETE", &[("sec-fetch-site", "cross-site")], false),
            ("POST", &[HOST, ("origin", "https://notes.example")], true),
            ("POST", &[HOST, ("origin", "https://eve.example")], false),
            ("POST", &[HOST, ("origin", "null")], false),
            ("GET", &[HOST, ("upgrade", "websocket"), ("origin", "https://eve.example")], false),
            ("GET", &[HOST, ("upgrade", "websocket"), ("origin", "https://notes.example")], true),
        ] {
            assert_eq!(is_own(&request(method, &Table(headers))), good, "{method} {headers:?}");
        }
    }

    #[test]
    fn web_sockets_and_event_streams_are_told_in_their_own_way() {
        for (headers, expected) in [
            (&[("upgrade", "websocket")][..], true),
            (&[("accept", "text/event-stream")], true),
            (&[("accept", "application/json")], false),
            (&[], false),
        ] {
            assert_eq!(is_stream(&Table(headers)), expected, "{headers:?}");
        }
    }

    #[test]
    fn a_person_who_goes_to_a_page_is_told_from_scripts() {
        for (method, headers, expected) in [
            ("GET", &[("sec-fetch-mode", "navigate"), ("accept", "*/*")][..], true),
            ("GET", &[("accept", "text/html,application/xml;q=0.9")], true),
            ("GET", &[("sec-fetch-mode", "cors"), ("accept", "text/html")], false),
            ("GET", &[("sec-fetch-mode", "websocket"), ("upgrade", "websocket")], false),
            ("POST", &[("sec-fetch-mode", "navigate")], false),
            ("GET", &[("accept", "application/json")], false),
            ("GET", &[("accept", "*/*")], false),
            ("GET", &[], false),
        ] {
            let asked = Table(headers);
            assert_eq!(is_navigation(&request(method, &asked)), expected, "{method} {headers:?}");
        }
    }
}
