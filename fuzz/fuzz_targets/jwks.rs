//! A client's key set (RFC 7517 section 5).
#![no_main]

#[path = "../parsers/jwks.rs"]
mod jwks;

libfuzzer_sys::fuzz_target!(|input: &[u8]| jwks::read(input));
