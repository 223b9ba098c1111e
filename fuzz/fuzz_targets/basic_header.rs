//! The `Authorization` header and the form by which a client says who it is (RFC 6749 section 2.3.1).
#![no_main]

use hatcheck::http::Params;
use hatcheck::oidc::parsers::credentials;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|given: (Vec<Vec<u8>>, Vec<u8>)| {
    let (headers, body) = given;
    let Ok(params) = Params::parse(&body) else { return };
    let _ = credentials::read(headers.iter().map(Vec::as_slice), &params);
});
