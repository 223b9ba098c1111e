//! What the fuzz targets run, over their seeds: so it compiles and holds here as well, where it needs no fuzzer.

#[path = "../../fuzz/parsers/authorization_request.rs"]
mod authorization_request;
#[path = "../../fuzz/parsers/basic_header.rs"]
mod basic_header;
#[path = "../../fuzz/parsers/claims_parameter.rs"]
mod claims_parameter;
#[path = "../../fuzz/parsers/client_assertion.rs"]
mod client_assertion;
#[path = "../../fuzz/parsers/client_metadata.rs"]
mod client_metadata;
#[path = "../../fuzz/parsers/form_body.rs"]
mod form_body;
#[path = "../../fuzz/parsers/guarded_request.rs"]
mod guarded_request;
#[path = "../../fuzz/parsers/jwks.rs"]
mod jwks;
#[path = "../../fuzz/parsers/request_object.rs"]
mod request_object;

/// Feeds each seed of a target to its parser, whole and cut off everywhere.
fn over_seeds(target: &str, read: impl Fn(&[u8])) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let seed = std::fs::read(entry.unwrap().path()).unwrap();
        for end in 0..=seed.len() {
            read(&seed[..end]);
        }
        count += 1;
    }
    assert!(count > 0, "{target} has no seed");
}

/// The same for a parser of text.
fn over_texts(target: &str, read: impl Fn(&str)) {
    over_seeds(target, |bytes| {
        if let Ok(text) = std::str::from_utf8(bytes) {
            read(text);
        }
    });
}

#[test]
fn what_strangers_send_is_read_or_refused_wherever_it_ends() {
    over_seeds("authorization_request", authorization_request::read);
    over_seeds("basic_header", basic_header::read);
    over_texts("claims_parameter", claims_parameter::read);
    over_texts("client_assertion", client_assertion::read);
    over_seeds("client_metadata", client_metadata::read);
    over_seeds("form_body", form_body::read);
    over_seeds("guarded_request", guarded_request::read);
    over_seeds("jwks", jwks::read);
    over_texts("request_object", request_object::read);
}
