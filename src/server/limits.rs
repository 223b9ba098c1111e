//! What is refused before anything reads it: RFC 9110 section 15.5, RFC 6585 section 5.

use actix_web::http::Uri;
use actix_web::http::header::{self, HeaderMap};

use super::refuse::Refused;
use crate::http::LONGEST_FORM;
use crate::model::SessionData;
use crate::oidc;

/// The longest body, in bytes.
pub(super) const LONGEST_BODY: usize = 64 * 1024;
/// The longest path with its query.
const LONGEST_TARGET: usize = 8 * 1024;
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
/// All names and values of headers together.
const LONGEST_HEADERS: usize = 32 * 1024;
/// actix itself stops at 96.
const MOST_HEADERS: usize = 100;

/// Judges the head of a request; `base` is the issuer's path.
pub(super) fn judge(target: &Uri, headers: &HeaderMap, base: &str) -> Result<(), Refused> {
    let length = target.path_and_query().map_or(0, |target| target.as_str().len());
    if length > LONGEST_TARGET {
        return Err(Refused::LongTarget);
    }
    let mut bytes = 0;
    let mut count = 0;
    for (name, value) in headers {
        bytes += name.as_str().len() + value.len();
        count += 1;
    }
    if bytes > LONGEST_HEADERS || count > MOST_HEADERS {
        return Err(Refused::ManyHeaders);
    }
    if has_body(headers) { judge_body(headers, Wanted::at(target, base)) } else { Ok(()) }
}

/// The longest body at a path, in bytes.
pub(super) fn longest_body(target: &Uri, base: &str) -> usize {
    Wanted::at(target, base).longest
}

/// Whether a body follows: RFC 9112 section 6.3.
pub(super) fn has_body(headers: &HeaderMap) -> bool {
    headers.contains_key(header::CONTENT_LENGTH) || headers.contains_key(header::TRANSFER_ENCODING)
}

/// What bodies may be.
#[derive(Clone, Copy)]
struct Wanted {
    /// None: any, in a format that is not ours.
    media_type: Option<&'static str>,
    longest: usize,
}

impl Wanted {
    /// At a path: registrations (RFC 7591 section 3.1) and what apps keep with sessions are JSON, all else is forms.
    fn at(target: &Uri, base: &str) -> Self {
        let path = target.path().strip_prefix(base).unwrap_or_default();
        if path == oidc::SESSION_DATA {
            Self { media_type: Some(JSON), longest: SessionData::LONGEST }
        } else if path == "/register" || path.starts_with("/register/") {
            Self { media_type: Some(JSON), longest: LONGEST_BODY }
        } else if path == oidc::LINKS {
            Self { media_type: Some(FORM), longest: LONGEST_FORM }
        } else if path.starts_with("/authenticate/") {
            Self { media_type: None, longest: LONGEST_BODY }
        } else {
            Self { media_type: Some(FORM), longest: LONGEST_BODY }
        }
    }
}

/// Bodies of the one type, in UTF-8, as they are.
fn judge_body(headers: &HeaderMap, wanted: Wanted) -> Result<(), Refused> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    if text(header::CONTENT_ENCODING).is_some_and(|coding| !coding.eq_ignore_ascii_case("identity"))
    {
        return Err(Refused::Encoded);
    }
    let length = text(header::CONTENT_LENGTH).and_then(|length| length.trim().parse().ok());
    if length.is_some_and(|length: usize| length > wanted.longest) {
        return Err(Refused::LongBody);
    }
    match (text(header::CONTENT_TYPE), wanted.media_type) {
        (Some(kind), Some(wanted)) if length != Some(0) => judge_type(kind, wanted),
        (Some(_) | None, _) => Ok(()),
    }
}

fn judge_type(kind: &str, wanted: &str) -> Result<(), Refused> {
    let mut parts = kind.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    if !name.eq_ignore_ascii_case(wanted) {
        return Err(if wanted == JSON { Refused::NoJson } else { Refused::NoForm });
    }
    let other_charset = parts.filter_map(|part| part.split_once('=')).any(|(name, value)| {
        let value = value.trim_matches('"');
        name.eq_ignore_ascii_case("charset")
            && !["utf-8", "utf8", "us-ascii"].iter().any(|fine| value.eq_ignore_ascii_case(fine))
    });
    if other_charset { Err(Refused::Charset) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn verdict(target: &str, given: &[(&'static str, &str)]) -> Result<(), Refused> {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        judge(&target.parse().unwrap(), &headers, "")
    }

    #[test]
    fn dos_01_dos_03_and_dos_05_what_is_too_much_or_no_form() {
        let of_type = |kind: &'static str| vec![("content-length", "9"), ("content-type", kind)];
        let with =
            |name, value| vec![("content-length", "9"), ("content-type", FORM), (name, value)];
        for (given, expected) in [
            (vec![], Ok(())),
            (of_type(FORM), Ok(())),
            (of_type("application/x-www-form-urlencoded; charset=UTF-8"), Ok(())),
            (of_type("application/x-www-form-urlencoded;charset=ibm500"), Err(Refused::Charset)),
            (of_type("multipart/form-data; boundary=x"), Err(Refused::NoForm)),
            (of_type("application/json"), Err(Refused::NoForm)),
            (vec![("content-length", "0"), ("content-type", "application/json")], Ok(())),
            (vec![("content-type", "application/json")], Ok(())),
            (with("content-encoding", "gzip"), Err(Refused::Encoded)),
            (with("content-encoding", "identity"), Ok(())),
            (
                vec![("transfer-encoding", "chunked"), ("content-encoding", "br")],
                Err(Refused::Encoded),
            ),
            (vec![("content-length", "65536")], Ok(())),
            (vec![("content-length", "65537")], Err(Refused::LongBody)),
        ] {
            assert_eq!(verdict("/token", &given), expected, "{given:?}");
        }
        for path in ["/register", "/register/notes"] {
            assert_eq!(verdict(path, &of_type("application/json; charset=utf-8")), Ok(()));
            assert_eq!(verdict(path, &of_type(FORM)), Err(Refused::NoJson));
        }
        for (length, expected) in [("262144", Ok(())), ("262145", Err(Refused::LongBody))] {
            let given = [("content-length", length), ("content-type", "application/json")];
            assert_eq!(verdict("/session/data", &given), expected);
        }
        assert_eq!(verdict("/session/data", &of_type(FORM)), Err(Refused::NoJson));
        assert_eq!(verdict("/authenticate/partner", &of_type("text/plain")), Ok(()));
        assert_eq!(verdict("/registers", &of_type("application/json")), Err(Refused::NoForm));
        let long = "x".repeat(LONGEST_TARGET);
        assert_eq!(verdict(&format!("/{long}"), &[]), Err(Refused::LongTarget));
        assert_eq!(verdict("/", &[("x", &"y".repeat(32 * 1024))]), Err(Refused::ManyHeaders));
        assert_eq!(verdict("/", &[("x", "y"); 101]), Err(Refused::ManyHeaders));
        assert_eq!(verdict("/", &[("x", "y"); 90]), Ok(()));
    }
}
