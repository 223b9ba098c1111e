//! What a guarded app is sent, and the token in it (RFC 6750 section 2).
#![no_main]

#[path = "../parsers/guarded_request.rs"]
mod guarded_request;

libfuzzer_sys::fuzz_target!(|input: &[u8]| guarded_request::read(input));
