//! A request object (RFC 9101), encrypted to us or signed: the gates, and then the claims as if the signature were good.

use std::sync::LazyLock;
use std::time::Duration;

use hatcheck::keys::gate::{self, Expect};
use hatcheck::keys::lifecycle::NewKey;
use hatcheck::keys::{KeyRing, MadeKey, Vault};
use hatcheck::model::{ClientId, KeyAlgorithm, Timestamp};
use hatcheck::oidc::parsers::object::{self, Expected};

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

/// Keys to be encrypted to, one of each kind.
static RING: LazyLock<KeyRing> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = Vault::open(folder.path(), &[1; 32]).expect("a vault");
    let place = NewKey { sequence: 1, active_from: NOW };
    let records = [KeyAlgorithm::RsaOaep256, KeyAlgorithm::EcdhEs]
        .map(|algorithm| MadeKey::generate(algorithm, &vault).expect("a key").record(&place, NOW));
    KeyRing::new(records.into(), &vault, NOW).expect("a ring")
});

/// Feeds it to the parser.
pub fn read(token: &str) {
    let _ = RING.open_encrypted(token, &[0; 64], NOW);
    let Ok(passed) = gate::pass(token, Expect::RequestObject) else { return };
    let client_id = ClientId::parse("notes").expect("a client_id");
    let expected = Expected {
        client_id: &client_id,
        issuer: "https://id.example",
        sign_in: Duration::from_mins(10),
    };
    let _ = object::judge(&passed.claims, expected, NOW);
    let _ = object::parameters(passed.claims);
}
