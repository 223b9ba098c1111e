//! What keys cost: signing, verifying, sealing, and opening a ring.

#![expect(clippy::expect_used, reason = "a bench that can't begin has nobody to answer to")]

use divan::{Bencher, black_box};
use hatcheck::keys::lifecycle::NewKey;
use hatcheck::keys::{KeyRing, MadeKey, Purpose, Sealer, Vault};
use hatcheck::model::{Algorithm, KeyRecord, Secret, Timestamp};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

fn main() {
    divan::main();
}

struct Keys {
    vault: Vault,
    records: Vec<KeyRecord>,
    _dir: tempfile::TempDir,
}

fn keys() -> Keys {
    let dir = tempfile::tempdir().expect("a folder");
    let vault = Vault::open(dir.path(), &[1; 32]).expect("a vault");
    let place = NewKey { sequence: 1, active_from: NOW };
    let make = |algorithm: Algorithm| {
        MadeKey::generate(algorithm.into(), &vault).map(|key| key.record(&place, NOW))
    };
    let records = Algorithm::ALL.into_iter().map(make).collect::<Result<_, _>>().expect("keys");
    Keys { vault, records, _dir: dir }
}

fn ring(keys: &Keys) -> KeyRing {
    KeyRing::new(keys.records.clone(), &keys.vault, NOW).expect("a ring")
}

/// Some 600 bytes, as an ID token has.
fn claims() -> Value {
    json!({
        "iss": "https://login.ada.example", "sub": "0190163d-8694-739b-aea5-966c26f8ad91", "aud": "notes",
        "exp": 1_700_003_600, "iat": 1_700_000_000, "auth_time": 1_700_000_000, "nonce": "n".repeat(43),
        "acr": "urn:hatcheck:password", "amr": ["pwd", "otp", "mfa"], "at_hash": "h".repeat(22),
        "sid": "0190163d-8694-739b-aea5-966c26f8ad91", "name": "Ada Lovelace", "email": "ada@example.org",
        "picture": "x".repeat(120),
    })
}

#[divan::bench(args = Algorithm::ALL)]
fn sign(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    let (ring, claims) = (ring(&keys()), claims());
    bencher.bench_local(|| ring.sign(algorithm, "JWT", black_box(&claims), NOW));
}

#[divan::bench(args = Algorithm::ALL)]
fn verify(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    let ring = ring(&keys());
    let token = ring.sign(algorithm, "JWT", &claims(), NOW).expect("a token");
    bencher.bench_local(|| ring.verify_own(black_box(&token), "JWT", NOW));
}

#[divan::bench]
fn seal_600_bytes(bencher: Bencher<'_, '_>) {
    let (sealer, claims) = (Sealer::new(&Secret::new([1; 32])), claims());
    bencher.bench_local(|| sealer.seal(Purpose::Code, black_box(&claims), &[5; 28]));
}

#[divan::bench]
fn open_600_bytes(bencher: Bencher<'_, '_>) {
    let sealer = Sealer::new(&Secret::new([1; 32]));
    let text = sealer.seal(Purpose::Code, &claims(), &[5; 28]);
    bencher.bench_local(|| sealer.open::<Value>(Purpose::Code, black_box(&text)));
}

#[divan::bench]
fn open_a_ring_of_six(bencher: Bencher<'_, '_>) {
    let keys = keys();
    bencher.bench_local(|| ring(&keys));
}
