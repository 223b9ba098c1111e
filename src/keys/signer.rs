//! Signing with a private key that was parsed once: RFC 7518 section 3 and RFC 8037.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaKeyPair, RsaSignatureEncoding,
};
use serde_json::Value;
use zeroize::Zeroizing;

use super::{KeyError, jwk};
use crate::model::{Algorithm, Secret};

/// A private key, ready to sign.
pub(super) enum Signer {
    Rsa(Box<RsaKeyPair>, &'static RsaSignatureEncoding),
    Ec(Box<EcdsaKeyPair>),
    Ed(Box<Ed25519KeyPair>),
}

impl Signer {
    /// Parses the private JWK of a key.
    pub(super) fn new(algorithm: Algorithm, private: &Value) -> Result<Self, KeyError> {
        match algorithm {
            Algorithm::RS256 => rsa(private, &RSA_PKCS1_SHA256),
            Algorithm::RS384 => rsa(private, &RSA_PKCS1_SHA384),
            Algorithm::RS512 => rsa(private, &RSA_PKCS1_SHA512),
            Algorithm::PS256 => rsa(private, &RSA_PSS_SHA256),
            Algorithm::PS384 => rsa(private, &RSA_PSS_SHA384),
            Algorithm::PS512 => rsa(private, &RSA_PSS_SHA512),
            Algorithm::ES256 => ec(private, &ECDSA_P256_SHA256_FIXED_SIGNING),
            Algorithm::ES384 => ec(private, &ECDSA_P384_SHA384_FIXED_SIGNING),
            Algorithm::ES512 => ec(private, &ECDSA_P521_SHA512_FIXED_SIGNING),
            Algorithm::EdDSA => {
                let seed = Secret::new(member(private, "d")?);
                Ed25519KeyPair::from_seed_and_public_key(seed.expose(), &member(private, "x")?)
                    .map(|key| Self::Ed(Box::new(key)))
                    .map_err(KeyError::crypto)
            }
        }
    }

    /// The signature of a message, as JWS wants it.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let failed = |_| KeyError::Crypto("signing failed".to_owned());
        match self {
            Self::Rsa(key, encoding) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(*encoding, &SystemRandom::new(), message, &mut signature)
                    .map_err(failed)?;
                Ok(signature)
            }
            Self::Ec(key) => key
                .sign(&SystemRandom::new(), message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(failed),
            Self::Ed(key) => {
                key.try_sign(message).map(|signature| signature.as_ref().to_vec()).map_err(failed)
            }
        }
    }
}

fn rsa(private: &Value, encoding: &'static RsaSignatureEncoding) -> Result<Signer, KeyError> {
    let public = |name| jwk::number(private, name).ok_or_else(|| missing(name));
    let secret = |name| member(private, name).map(Zeroizing::new);
    let components = KeyPairComponents {
        public_key: PublicKeyComponents { n: public("n")?, e: public("e")? },
        d: secret("d")?,
        p: secret("p")?,
        q: secret("q")?,
        dP: secret("dp")?,
        dQ: secret("dq")?,
        qInv: secret("qi")?,
    };
    RsaKeyPair::from_components(&components)
        .map(|key| Signer::Rsa(Box::new(key), encoding))
        .map_err(KeyError::crypto)
}

fn ec(private: &Value, algorithm: &'static EcdsaSigningAlgorithm) -> Result<Signer, KeyError> {
    let number = Secret::new(member(private, "d")?);
    let point = jwk::point(private).ok_or_else(|| missing("x"))?;
    EcdsaKeyPair::from_private_key_and_public_key(algorithm, number.expose(), &point)
        .map(|key| Signer::Ec(Box::new(key)))
        .map_err(KeyError::crypto)
}

fn member(private: &Value, name: &str) -> Result<Vec<u8>, KeyError> {
    jwk::bytes(private, name).ok_or_else(|| missing(name))
}

fn missing(name: &str) -> KeyError {
    KeyError::Crypto(format!("the private key has no usable member {name:?}"))
}
