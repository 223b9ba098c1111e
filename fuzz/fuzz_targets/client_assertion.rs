//! A client's assertion (RFC 7523 section 3): the gate, and then the claims as if the signature were good.
#![no_main]

#[path = "../parsers/client_assertion.rs"]
mod client_assertion;

libfuzzer_sys::fuzz_target!(|input: &str| client_assertion::read(input));
