//! The `Authorization` header and the form by which a client says who it is (RFC 6749 section 2.3.1).
#![no_main]

#[path = "../parsers/basic_header.rs"]
mod basic_header;

libfuzzer_sys::fuzz_target!(|input: &[u8]| basic_header::read(input));
