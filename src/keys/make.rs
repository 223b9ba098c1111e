//! Making a key, or taking one in.

use josekit::jwk::Jwk;
use josekit::jwk::KeyPair;
use josekit::jwk::alg::ec::EcKeyPair;
use josekit::jwk::alg::ed::EdKeyPair;
use josekit::jwk::alg::rsa::RsaKeyPair;
use serde_json::Value;

use super::lifecycle::NewKey;
use super::signer::Signer;
use super::verifier::Verifier;
use super::{KeyError, Vault, generate, jwk};
use crate::model::{Algorithm, KeyAlgorithm, KeyRecord, Secret, Timestamp};

/// The purpose under which private keys are sealed.
pub(super) const PURPOSE: &str = "signing key";

/// A key that has no place in time yet.
#[derive(Clone, Debug)]
pub struct MadeKey {
    /// The RFC 7638 thumbprint.
    pub kid: String,
    /// What it is for.
    pub algorithm: KeyAlgorithm,
    sealed_jwk: Secret<String>,
    public_jwk: Value,
}

impl MadeKey {
    /// Makes a key. RSA takes 40 ms and more: never on an event loop.
    pub fn generate(algorithm: KeyAlgorithm, vault: &Vault) -> Result<Self, KeyError> {
        Self::of(algorithm, &generate::private_jwk(algorithm)?, vault)
    }

    /// Takes in a private key as PEM or JWK; without `algorithm`, what the key says or is commonly used for.
    pub fn import(
        text: &str,
        algorithm: Option<KeyAlgorithm>,
        vault: &Vault,
    ) -> Result<Self, KeyError> {
        let jwk = parse(text)?;
        let named = match jwk.algorithm() {
            Some(name) => Some(KeyAlgorithm::parse(name).ok_or_else(|| {
                KeyError::Unusable(format!(
                    "the key is for {name:?}; this server has keys for {}",
                    KeyAlgorithm::all().map(KeyAlgorithm::as_str).collect::<Vec<_>>().join(", ")
                ))
            })?),
            None => None,
        };
        if let (Some(wanted), Some(named)) = (algorithm, named)
            && wanted != named
        {
            return Err(KeyError::Unusable(format!(
                "the key says that it is for {named}: import it with `--alg {named}`"
            )));
        }
        let private = Value::Object(jwk.as_ref().clone());
        let usual = usual(&private).ok_or_else(unusable)?;
        Self::of(algorithm.or(named).unwrap_or(usual.into()), &private, vault)
    }

    /// The record of this key with its place in time.
    pub fn record(&self, place: &NewKey, now: Timestamp) -> KeyRecord {
        KeyRecord {
            kid: self.kid.clone(),
            algorithm: self.algorithm,
            sequence: place.sequence,
            sealed_jwk: self.sealed_jwk.clone(),
            public_jwk: self.public_jwk.clone(),
            created_at: now,
            active_from: place.active_from,
            retiring_from: None,
            gone_at: None,
        }
    }

    /// Whatever the key's way in, it is used once before it is believed.
    fn of(algorithm: KeyAlgorithm, private: &Value, vault: &Vault) -> Result<Self, KeyError> {
        let public_jwk = jwk::public(private, algorithm).ok_or_else(unusable)?;
        let kid = jwk::thumbprint(private).ok_or_else(unusable)?;
        // A key whose parts make and check a signature decrypts as well, and OpenSSL need not wake for that
        let probe = match algorithm {
            KeyAlgorithm::Sign(algorithm) => Some(algorithm),
            KeyAlgorithm::RsaOaep256 => usual(private).filter(|usual| *usual == Algorithm::RS256),
            KeyAlgorithm::EcdhEs => usual(private).filter(|usual| is_of_curve(*usual)),
        };
        let works = probe.and_then(|algorithm| signs(algorithm, private, &public_jwk));
        if works != Some(true) {
            return Err(KeyError::Unusable(format!(
                "that is no usable {algorithm} key: RSA needs 2048 bits or more, an elliptic curve key the curve of its \
                 algorithm, and the parts of a key have to belong together"
            )));
        }
        let text = Secret::new(private.to_string());
        let sealed_jwk = vault.seal(PURPOSE, text.expose().as_bytes())?;
        Ok(Self { kid, algorithm, sealed_jwk, public_jwk })
    }
}

fn signs(algorithm: Algorithm, private: &Value, public: &Value) -> Option<bool> {
    let signature = Signer::new(algorithm, private).ok()?.sign(b"probe").ok()?;
    Some(Verifier::new(algorithm, public)?.verify(b"probe", &signature))
}

const fn is_of_curve(algorithm: Algorithm) -> bool {
    matches!(algorithm, Algorithm::ES256 | Algorithm::ES384 | Algorithm::ES512)
}

/// What a key of this type signs with when nobody says.
fn usual(jwk: &Value) -> Option<Algorithm> {
    match (jwk::text(jwk, "kty")?, jwk::text(jwk, "crv")) {
        ("RSA", _) => Some(Algorithm::RS256),
        ("EC", Some("P-256")) => Some(Algorithm::ES256),
        ("EC", Some("P-384")) => Some(Algorithm::ES384),
        ("EC", Some("P-521")) => Some(Algorithm::ES512),
        ("OKP", Some("Ed25519")) => Some(Algorithm::EdDSA),
        _ => None,
    }
}

fn parse(text: &str) -> Result<Jwk, KeyError> {
    if text.trim_start().starts_with('{') {
        return Jwk::from_bytes(text.trim()).map_err(|_| unusable());
    }
    if text.contains("ENCRYPTED") {
        return Err(KeyError::Unusable(
            "the key is encrypted with a passphrase: decrypt it first, with `openssl pkey -in FILE -out NEW`"
                .to_owned(),
        ));
    }
    // Tried in turn: each refuses the others' keys
    let pair = |pair: &dyn KeyPair| pair.to_jwk_key_pair();
    RsaKeyPair::from_pem(text)
        .map(|key| pair(&key))
        .or_else(|_| EcKeyPair::from_pem(text, None).map(|key| pair(&key)))
        .or_else(|_| EdKeyPair::from_pem(text).map(|key| pair(&key)))
        .map_err(|_| unusable())
}

fn unusable() -> KeyError {
    KeyError::Unusable(
        "that is no private key that can be used: bring RSA of 2048 bits or more, P-256, P-384, P-521 or Ed25519, \
         as PEM (PKCS#8 or traditional) or as a JWK with its private members"
            .to_owned(),
    )
}
