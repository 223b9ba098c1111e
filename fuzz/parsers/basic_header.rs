//! The `Authorization` header and the form by which a client says who it is (RFC 6749 section 2.3.1). Each header is a line;
//! the form follows an empty one.

use hatcheck::http::Params;
use hatcheck::oidc::parsers::credentials;

/// Feeds it to the parser.
pub fn read(bytes: &[u8]) {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let headers: Vec<_> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let body = lines.next().unwrap_or_default();
    let Ok(params) = Params::parse(body) else { return };
    let _ = credentials::read(headers.into_iter(), &params);
}
