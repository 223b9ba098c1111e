//! Verifying with a public key that was parsed once: RFC 7518 section 3 and RFC 8037.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519,
    EcdsaVerificationAlgorithm, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::jwk;
use crate::model::Algorithm;

/// What verifying with an algorithm takes.
enum Kind {
    Rsa(&'static RsaParameters),
    Ec(&'static str, &'static EcdsaVerificationAlgorithm),
    Ed,
}

const fn kind(algorithm: Algorithm) -> Kind {
    match algorithm {
        Algorithm::RS256 => Kind::Rsa(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RS384 => Kind::Rsa(&RSA_PKCS1_2048_8192_SHA384),
        Algorithm::RS512 => Kind::Rsa(&RSA_PKCS1_2048_8192_SHA512),
        Algorithm::PS256 => Kind::Rsa(&RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => Kind::Rsa(&RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => Kind::Rsa(&RSA_PSS_2048_8192_SHA512),
        Algorithm::ES256 => Kind::Ec("P-256", &ECDSA_P256_SHA256_FIXED),
        Algorithm::ES384 => Kind::Ec("P-384", &ECDSA_P384_SHA384_FIXED),
        Algorithm::ES512 => Kind::Ec("P-521", &ECDSA_P521_SHA512_FIXED),
        Algorithm::EdDSA => Kind::Ed,
    }
}

/// A public key for one algorithm, ready to verify.
pub(super) struct Verifier(ParsedPublicKey);

impl Verifier {
    /// Parses a public JWK; `None` when it is no key for this algorithm.
    pub(super) fn new(algorithm: Algorithm, public: &Value) -> Option<Self> {
        let kty = jwk::text(public, "kty")?;
        let crv = jwk::text(public, "crv");
        let parsed = match kind(algorithm) {
            Kind::Rsa(parameters) if kty == "RSA" => {
                let (n, e) = (jwk::number(public, "n")?, jwk::number(public, "e")?);
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).ok()?
            }
            Kind::Ec(curve, algorithm) if kty == "EC" && crv == Some(curve) => {
                ParsedPublicKey::new(algorithm, jwk::point(public)?).ok()?
            }
            Kind::Ed if kty == "OKP" && crv == Some("Ed25519") => {
                ParsedPublicKey::new(&ED25519, jwk::bytes(public, "x")?).ok()?
            }
            Kind::Rsa(_) | Kind::Ec(..) | Kind::Ed => return None,
        };
        Some(Self(parsed))
    }

    /// The key as PEM.
    pub(super) fn to_pem(&self) -> Option<String> {
        let der: PublicKeyX509Der<'_> = self.0.as_der().ok()?;
        let text = STANDARD.encode(der.as_ref());
        let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy);
        let body: String = lines.map(|line| line.into_owned() + "\n").collect();
        Some(format!("-----BEGIN PUBLIC KEY-----\n{body}-----END PUBLIC KEY-----\n"))
    }

    /// Whether the signature is one of this message by this key.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(message, signature).is_ok()
    }
}
