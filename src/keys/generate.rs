//! New private keys, as JWKs: RFC 7518 section 6 and RFC 8037 section 2.

use aws_lc_rs::encoding::{AsBigEndian, AsDer};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pkcs1::RsaPrivateKey;
use pkcs1::UintRef;
use pkcs8::PrivateKeyInfo;
use serde_json::{Value, json};

use super::KeyError;
use crate::model::{Algorithm, KeyAlgorithm};

/// Makes a private key for an algorithm. RSA takes 40 ms and more: never on an event loop.
pub(super) fn private_jwk(algorithm: KeyAlgorithm) -> Result<Value, KeyError> {
    match algorithm {
        KeyAlgorithm::Sign(algorithm) => match algorithm {
            Algorithm::RS256
            | Algorithm::RS384
            | Algorithm::RS512
            | Algorithm::PS256
            | Algorithm::PS384
            | Algorithm::PS512 => rsa(),
            Algorithm::ES256 => ec(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256"),
            Algorithm::ES384 => ec(&ECDSA_P384_SHA384_FIXED_SIGNING, "P-384"),
            Algorithm::ES512 => ec(&ECDSA_P521_SHA512_FIXED_SIGNING, "P-521"),
            Algorithm::EdDSA => ed(),
        },
        KeyAlgorithm::RsaOaep256 => rsa(),
        KeyAlgorithm::EcdhEs => ec(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256"),
    }
}

fn rsa() -> Result<Value, KeyError> {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(KeyError::crypto)?;
    let der = pair.as_der().map_err(KeyError::crypto)?;
    let info = PrivateKeyInfo::try_from(der.as_ref()).map_err(KeyError::crypto)?;
    let key = RsaPrivateKey::try_from(info.private_key).map_err(KeyError::crypto)?;
    let number = |number: UintRef<'_>| encode(number.as_bytes());
    Ok(json!({
        "kty": "RSA",
        "n": number(key.modulus),
        "e": number(key.public_exponent),
        "d": number(key.private_exponent),
        "p": number(key.prime1),
        "q": number(key.prime2),
        "dp": number(key.exponent1),
        "dq": number(key.exponent2),
        "qi": number(key.coefficient),
    }))
}

fn ec(algorithm: &'static EcdsaSigningAlgorithm, crv: &str) -> Result<Value, KeyError> {
    let pair = EcdsaKeyPair::generate(algorithm).map_err(KeyError::crypto)?;
    let number = pair.private_key().as_be_bytes().map_err(KeyError::crypto)?;
    let point = pair.public_key().as_ref();
    // Uncompressed: a byte that says so, and two numbers of one length (SEC 1 section 2.3.3)
    let (x, y) = point.get(1..).unwrap_or_default().split_at(point.len() / 2);
    Ok(json!({
        "kty": "EC", "crv": crv, "x": encode(x), "y": encode(y), "d": encode(number.as_ref()),
    }))
}

fn ed() -> Result<Value, KeyError> {
    let pair = Ed25519KeyPair::generate().map_err(KeyError::crypto)?;
    let seed = pair.seed().map_err(KeyError::crypto)?;
    let seed = seed.as_be_bytes().map_err(KeyError::crypto)?;
    let x = encode(pair.public_key().as_ref());
    Ok(json!({"kty": "OKP", "crv": "Ed25519", "x": x, "d": encode(seed.as_ref())}))
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
