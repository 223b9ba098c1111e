//! An authorization request (OpenID Connect Core section 3.1.2.1), of a client that may do everything.
#![no_main]

#[path = "../parsers/authorization_request.rs"]
mod authorization_request;

libfuzzer_sys::fuzz_target!(|input: &[u8]| authorization_request::read(input));
