//! Public keys that clients registered, and what they signed.

use aws_lc_rs::hmac;
use serde_json::{Map, Value};

use super::gate::{self, Expect, Passed, Refused};
use super::jwe::{Plain, can_encrypt, encrypt};
use super::jwk;
use super::verifier::Verifier;
use crate::model::client::Metadata;
use crate::model::{Algorithm, HmacAlgorithm, KeyEncryption, Secret};

/// The most keys that one client may register.
const MOST: usize = 20;
/// Members that only a private or a symmetric key has.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
/// Sizes of RSA keys that are taken, in bits.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Checks a `jwks` at registration: known types, sizes and curves, no private parts (RFC 8725 section 3.5).
/// The error is a sentence that says what to register instead.
pub fn check(jwks: &Value) -> Result<(), String> {
    let keys = jwks.get("keys").and_then(Value::as_array);
    let keys = keys.filter(|keys| (1..=MOST).contains(&keys.len())).ok_or_else(|| {
        format!("has to be a set of 1 to {MOST} public keys: {{\"keys\": [...]}}")
    })?;
    for (place, key) in keys.iter().enumerate() {
        check_key(key).map_err(|what| format!("key {} {what}", place + 1))?;
    }
    let kids: Vec<_> = keys.iter().filter_map(|key| jwk::text(key, "kid")).collect();
    match kids
        .iter()
        .enumerate()
        .find(|(place, kid)| kids.iter().skip(place + 1).any(|k| k == *kid))
    {
        Some((_, kid)) => Err(format!("has two keys with the \"kid\" {kid:?}: give each its own")),
        None => Ok(()),
    }
}

/// [`check`], and that there is a key for each encryption that the client wants. The error names the member.
pub fn check_metadata(metadata: &Metadata) -> Result<(), (&'static str, String)> {
    let Some(jwks) = &metadata.jwks else { return Ok(()) };
    check(jwks).map_err(|reason| ("jwks", reason))?;
    let wanted = [
        metadata.id_token_encryption,
        metadata.userinfo.encrypted,
        metadata.introspection.encrypted,
    ];
    for encryption in wanted.into_iter().flatten() {
        encrypt(jwks, encryption, Plain::Claims(b"{}")).map_err(|refused| {
            (
                "jwks",
                format!(
                    "holds no key that {} can encrypt to: add one with \"use\": \"enc\"",
                    refused.0
                ),
            )
        })?;
    }
    Ok(())
}

fn check_key(key: &Value) -> Result<(), String> {
    if jwk::text(key, "kty") == Some("oct") {
        return Err("is a shared secret (\"oct\"): register a public RSA, EC or OKP key instead, or use client_secret_basic".to_owned());
    }
    if let Some(member) = PRIVATE.iter().find(|member| key.get(**member).is_some()) {
        return Err(format!(
            "has the private member {member:?}: register the public key without it, and make a new key pair, since this one has been shown"
        ));
    }
    let kid = key.get("kid");
    if kid.is_some_and(|kid| {
        !kid.as_str().is_some_and(|kid| (1..=gate::LONGEST_KID).contains(&kid.len()))
    }) {
        return Err("has a \"kid\" that is not a text of 1 to 200 characters".to_owned());
    }
    match jwk::text(key, "kty") {
        Some("RSA") => check_rsa(key)?,
        Some("EC" | "OKP") => {}
        _ => return Err("has no \"kty\" that is known here: register RSA, EC or OKP".to_owned()),
    }
    match jwk::text(key, "use") {
        Some("enc") => check_encrypting(key),
        // One that says nothing may be for either
        None if says_encryption(key) => check_encrypting(key),
        Some(_) | None => check_signing(key),
    }
}

fn says_encryption(key: &Value) -> bool {
    let named = jwk::text(key, "alg").is_some_and(|alg| KeyEncryption::parse(alg).is_some());
    named || jwk::text(key, "crv") == Some("X25519")
}

fn check_encrypting(key: &Value) -> Result<(), String> {
    if let Some(alg) = key.get("alg")
        && alg.as_str().and_then(KeyEncryption::parse).is_none()
    {
        let all = KeyEncryption::ALL.map(KeyEncryption::as_str).join(", ");
        return Err(format!("has the \"alg\" {alg}: choose from {all}, or leave it out"));
    }
    if can_encrypt(key) {
        return Ok(());
    }
    Err("is no valid key to encrypt to: register RSA of 2048 bits or more, P-256, P-384, P-521 or X25519"
        .to_owned())
}

fn check_signing(key: &Value) -> Result<(), String> {
    let Some(name) = key.get("alg") else {
        let fits = Algorithm::ALL.into_iter().any(|each| Verifier::new(each, key).is_some());
        return fits.then_some(()).ok_or_else(|| {
            "is not a valid key on P-256, P-384, P-521 or Ed25519: register one of these, or RSA of 2048 \
             bits or more"
                .to_owned()
        });
    };
    let known = name.as_str().and_then(Algorithm::parse).ok_or_else(|| {
        let all = Algorithm::ALL.map(Algorithm::as_str).join(", ");
        format!("has the \"alg\" {name}: choose from {all}, or leave it out")
    })?;
    match Verifier::new(known, key) {
        Some(_) => Ok(()),
        None => Err(format!("is no valid key for its \"alg\" {}", known.as_str())),
    }
}

/// The library looks at the size only when it verifies.
fn check_rsa(key: &Value) -> Result<(), String> {
    let number = |member: &str| -> Vec<u8> {
        jwk::bytes(key, member).unwrap_or_default().into_iter().skip_while(|b| *b == 0).collect()
    };
    let (modulus, exponent) = (number("n"), number("e"));
    let bits =
        modulus.first().map_or(0, |first| modulus.len() * 8 - first.leading_zeros() as usize);
    if !RSA_BITS.contains(&bits) {
        return Err(format!(
            "is an RSA key of {bits} bits: register one of 2048 to 8192 bits, or P-256"
        ));
    }
    let even = |number: &[u8]| number.last().is_none_or(|last| last % 2 == 0);
    // Three is a valid exponent, and no library makes it: what has it is old or odd
    let small = exponent.len() < 3;
    if small || exponent.len() > 4 || even(&exponent) || even(&modulus) {
        return Err(
            "has an unusual RSA exponent or modulus: register a key with the exponent 65537 (AQAB)"
                .to_owned(),
        );
    }
    Ok(())
}

/// Why a JWT of a client is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproved {
    /// It did not come through the gate.
    #[error(transparent)]
    Gate(#[from] Refused),
    /// There is no key to verify it with.
    #[error("the client has registered no keys (\"jwks\" or \"jwks_uri\")")]
    NoKeys,
    /// None of the keys is for it.
    #[error(
        "the client has registered no signing key for {algorithm}{kid}: register it in \"jwks\", or publish it at the \"jwks_uri\""
    )]
    NoneFits {
        /// The algorithm.
        algorithm: Algorithm,
        /// The `kid`, if it names one.
        kid: String,
    },
    /// The key that it names did not make it.
    #[error("the signature does not fit the keys that the client has registered")]
    Signature,
    /// None of its secrets made it.
    #[error("the signature was not made with the client's secret")]
    Secret,
}

impl Unproved {
    /// Whether newer keys of the client may change the verdict.
    pub const fn is_about_keys(&self) -> bool {
        match self {
            Self::Gate(_) | Self::Secret => false,
            Self::NoKeys | Self::NoneFits { .. } | Self::Signature => true,
        }
    }
}

/// Verifies a JWT (client assertion, request object) with a client's own keys, through the gate. The claims.
pub fn verify(
    jwks: &Value,
    token: &str,
    expect: Expect<'_>,
) -> Result<Map<String, Value>, Unproved> {
    let passed = gate::pass(token, expect)?;
    let keys = jwks.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if keys.is_empty() {
        return Err(Unproved::NoKeys);
    }
    let candidates: Vec<_> = keys.iter().filter(|key| may_verify(key, &passed)).collect();
    if candidates.is_empty() {
        let kid = passed.kid.map(|kid| format!(" with the kid {kid:?}")).unwrap_or_default();
        return Err(Unproved::NoneFits { algorithm: passed.algorithm, kid });
    }
    let verified = candidates
        .into_iter()
        .filter_map(|key| Verifier::new(passed.algorithm, key))
        .any(|key| key.verify(passed.signed.as_bytes(), &passed.signature));
    verified.then_some(passed.claims).ok_or(Unproved::Signature)
}

/// Verifies a client assertion with one of the client's secrets (Core section 9, `client_secret_jwt`). The claims.
pub fn verify_shared(
    secrets: &[Secret<Vec<u8>>],
    token: &str,
) -> Result<Map<String, Value>, Unproved> {
    let passed = gate::pass_shared(token)?;
    let algorithm = match passed.algorithm {
        HmacAlgorithm::HS256 => hmac::HMAC_SHA256,
        HmacAlgorithm::HS384 => hmac::HMAC_SHA384,
        HmacAlgorithm::HS512 => hmac::HMAC_SHA512,
    };
    let verified = secrets.iter().any(|secret| {
        let key = hmac::Key::new(algorithm, secret.expose());
        hmac::verify(&key, passed.signed.as_bytes(), &passed.signature).is_ok()
    });
    verified.then_some(passed.claims).ok_or(Unproved::Secret)
}

/// RFC 7517 sections 4.2 to 4.5: what a key says of its own use counts. One without a `kid` fits any.
fn may_verify(key: &Value, passed: &Passed<'_>) -> bool {
    let says = |member: &str, wanted: &str| match key.get(member) {
        None => true,
        Some(Value::Array(values)) => values.iter().any(|value| value == wanted),
        Some(value) => value == wanted,
    };
    let kid = passed.kid.as_deref();
    says("use", "sig")
        && says("key_ops", "verify")
        && says("alg", passed.algorithm.as_str())
        && kid.is_none_or(|kid| says("kid", kid))
        && check_key(key).is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const P256: [(&str, &str); 4] = [
        ("kty", "EC"),
        ("crv", "P-256"),
        ("x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
        ("y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
    ];

    fn p256(more: &[(&str, Value)]) -> Value {
        let plain = P256.into_iter().map(|(name, value)| (name.to_owned(), json!(value)));
        let more = more.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        Value::Object(plain.chain(more).collect())
    }

    fn rsa(bits: usize, exponent: &str) -> Value {
        use base64::Engine;
        let modulus = vec![0xff; bits / 8];
        let n = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(modulus);
        json!({"kty": "RSA", "n": n, "e": exponent})
    }

    #[test]
    fn good_keys_are_taken() {
        let ed = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        for key in [
            p256(&[]),
            p256(&[("use", json!("sig")), ("alg", json!("ES256")), ("kid", json!("one"))]),
            ed,
            rsa(2048, "AQAB"),
            rsa(4096, "AQAB"),
        ] {
            assert_eq!(check(&json!({"keys": [key]})), Ok(()));
        }
    }

    #[test]
    fn core_10_2_an_encryption_needs_a_key_that_fits_it() {
        let check = |jwks: Value, alg: &str| {
            let metadata = json!({
                "redirect_uris": ["https://rp.example/cb"], "jwks": jwks,
                "userinfo_encrypted_response_alg": alg,
            });
            let metadata = Metadata::from_json(metadata.as_object().unwrap().clone()).unwrap();
            check_metadata(&metadata)
        };
        let enc = json!({"keys": [p256(&[("use", json!("enc"))])]});
        assert_eq!(check(enc.clone(), "ECDH-ES+A128KW"), Ok(()));
        assert_eq!(check(json!({"keys": [p256(&[])]}), "ECDH-ES"), Ok(()));
        let (member, reason) = check(enc, "RSA-OAEP-256").unwrap_err();
        assert!(member == "jwks" && reason.contains("RSA-OAEP-256"), "{reason}");
        assert!(check(json!({"keys": [p256(&[("use", json!("sig"))])]}), "ECDH-ES").is_err());
    }

    #[test]
    fn jos_17_weak_and_private_keys_are_refused_with_what_to_register_instead() {
        let p256_with = |name, value: Value| p256(&[(name, value)]);
        for (key, says) in [
            (rsa(1024, "AQAB"), "2048"),
            (rsa(512, "Aw"), "2048"),
            (rsa(16384, "AQAB"), "8192"),
            (rsa(2048, "AQ"), "65537"),
            (rsa(2048, "Aw"), "65537"),
            (rsa(2048, "AQAA"), "65537"),
            (rsa(2048, ""), "65537"),
            (json!({"kty": "RSA"}), "2048"),
            (json!({"kty": "oct", "k": "c2VjcmV0"}), "public"),
            (p256_with("d", json!("AAAA")), "private"),
            (p256_with("k", json!("AAAA")), "private"),
            (p256_with("alg", json!("RSA1_5")), "choose from"),
            (p256_with("alg", json!("HS256")), "choose from"),
            (p256(&[("use", json!("enc")), ("alg", json!("RSA1_5"))]), "choose from"),
            (p256(&[("use", json!("enc")), ("kty", json!("oct"))]), "public"),
            (p256_with("alg", json!("none")), "choose from"),
            (p256_with("alg", json!(1)), "choose from"),
            (p256_with("alg", json!("ES384")), "ES384"),
            (p256_with("kid", json!("")), "kid"),
            (p256_with("kid", json!(7)), "kid"),
            (p256_with("y", json!("AAAA")), "P-256"),
            (p256_with("crv", json!("secp256k1")), "P-256"),
            (p256_with("x", json!("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEV")), "P-256"),
            (json!({"kty": "OKP", "crv": "Ed448", "x": "AAAA"}), "Ed25519"),
            (json!({"kty": "OKP", "crv": "X25519", "x": "AAAA"}), "X25519"),
            (json!({}), "kty"),
            (json!("key"), "kty"),
            (json!(null), "kty"),
        ] {
            let error = check(&json!({"keys": [key]})).unwrap_err();
            assert!(error.starts_with("key 1 ") && error.contains(says), "{key}: {error}");
        }
        for jwks in
            [json!({}), json!({"keys": []}), json!([]), json!({"keys": vec![p256(&[]); 21]})]
        {
            assert!(check(&jwks).unwrap_err().contains("1 to 20"));
        }
        let twice = p256(&[("kid", json!("one"))]);
        assert!(check(&json!({"keys": [twice, twice]})).unwrap_err().contains("two keys"));
    }
}
