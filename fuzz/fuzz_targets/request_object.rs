//! A request object (RFC 9101), encrypted to us or signed: the gates, and then the claims as if the signature were good.
#![no_main]

#[path = "../parsers/request_object.rs"]
mod request_object;

libfuzzer_sys::fuzz_target!(|input: &str| request_object::read(input));
