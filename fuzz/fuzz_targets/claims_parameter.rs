//! The `claims` parameter (OpenID Connect Core section 5.5): what is read can be written and read again.
#![no_main]

#[path = "../parsers/claims_parameter.rs"]
mod claims_parameter;

libfuzzer_sys::fuzz_target!(|input: &str| claims_parameter::read(input));
