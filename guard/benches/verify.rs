//! How many tokens a core checks in a second, beside the bare signature: `cargo bench -p hatcheck-guard`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench that can't begin has nobody to answer to"
)]
#![expect(dead_code, reason = "the tests need more of it")]

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use hatcheck_guard::Algorithm;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

#[path = "../tests/support/mod.rs"]
mod support;

use support::Scene;

const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

fn main() {
    divan::main();
}

fn begin(algorithm: Algorithm) -> (Runtime, Scene) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let scene = runtime.block_on(Scene::with(algorithm));
    (runtime, scene)
}

#[divan::bench(args = ALGORITHMS)]
fn whole_check(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    let (runtime, scene) = begin(algorithm);
    let (guard, token) = (scene.guard(), scene.token());
    runtime.block_on(guard.check(&token)).unwrap();
    bencher
        .counter(ItemsCount::new(1_u32))
        .bench_local(|| runtime.block_on(guard.check(black_box(&token))).unwrap());
}

#[divan::bench(args = ALGORITHMS)]
fn bare_signature(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    let (_runtime, scene) = begin(algorithm);
    let token = scene.token();
    let (message, _) = token.rsplit_once('.').unwrap();
    let signature = scene.key.signature(message.as_bytes());
    let key = public(&scene.key.public());
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| {
        key.verify_sig(black_box(message.as_bytes()), black_box(&signature)).unwrap();
    });
}

fn public(jwk: &Value) -> ParsedPublicKey {
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    match jwk["kty"].as_str().unwrap() {
        "RSA" => RsaPublicKeyComponents { n: bytes("n"), e: bytes("e") }
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .unwrap(),
        "EC" => {
            let point = [vec![4], bytes("x"), bytes("y")].concat();
            ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).unwrap()
        }
        _ => ParsedPublicKey::new(&ED25519, bytes("x")).unwrap(),
    }
}
