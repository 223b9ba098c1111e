//! A form body or query: whatever it is, it is read or refused.
#![no_main]

#[path = "../parsers/form_body.rs"]
mod form_body;

libfuzzer_sys::fuzz_target!(|input: &[u8]| form_body::read(input));
