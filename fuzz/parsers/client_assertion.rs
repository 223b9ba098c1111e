//! A client's assertion (RFC 7523 section 3): the gate, and then the claims as if the signature were good.

use hatcheck::keys::gate::{self, Expect};
use hatcheck::model::{ClientId, Timestamp};
use hatcheck::oidc::parsers::assertion::{self, Expected};

/// Feeds it to the parser.
pub fn read(token: &str) {
    let Ok(passed) = gate::pass(token, Expect::ClientAssertion) else { return };
    let client_id = ClientId::parse("notes").expect("a client_id");
    let endpoints = ["https://id.example/token".to_owned()];
    let expected =
        Expected { client_id: &client_id, issuer: "https://id.example", endpoints: &endpoints };
    let _ = assertion::judge(&passed.claims, expected, Timestamp::from_seconds(1_700_000_000));
}
