//! Client metadata (RFC 7591 section 2): what is taken is shown, and what is shown is taken.
#![no_main]

#[path = "../parsers/client_metadata.rs"]
mod client_metadata;

libfuzzer_sys::fuzz_target!(|input: &[u8]| client_metadata::read(input));
