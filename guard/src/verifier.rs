//! Verifying with a public key that was parsed once: RFC 7518 sections 3 and 6, RFC 8037 section 2.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519,
    EcdsaVerificationAlgorithm, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::Algorithm;

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
pub struct Verifier(ParsedPublicKey);

impl Verifier {
    /// Parses a public JWK; `None` when it is no key for this algorithm.
    pub fn new(algorithm: Algorithm, jwk: &Value) -> Option<Self> {
        let (kty, crv) = (text(jwk, "kty")?, text(jwk, "crv"));
        let parsed = match kind(algorithm) {
            Kind::Rsa(parameters) if kty == "RSA" => {
                let (n, e) = (number(jwk, "n")?, number(jwk, "e")?);
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).ok()?
            }
            Kind::Ec(curve, algorithm) if kty == "EC" && crv == Some(curve) => {
                // SEC 1 section 2.3.3: the uncompressed point
                let point = [vec![4], bytes(jwk, "x")?, bytes(jwk, "y")?].concat();
                ParsedPublicKey::new(algorithm, point).ok()?
            }
            Kind::Ed if kty == "OKP" && crv == Some("Ed25519") => {
                ParsedPublicKey::new(&ED25519, bytes(jwk, "x")?).ok()?
            }
            Kind::Rsa(_) | Kind::Ec(..) | Kind::Ed => return None,
        };
        Some(Self(parsed))
    }

    /// Whether the signature is one of this message by this key.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(message, signature).is_ok()
    }
}

fn text<'a>(jwk: &'a Value, member: &str) -> Option<&'a str> {
    jwk.get(member)?.as_str()
}

fn bytes(jwk: &Value, member: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text(jwk, member)?).ok()
}

/// A big-endian number without the zeros that some libraries put before it.
fn number(jwk: &Value, member: &str) -> Option<Vec<u8>> {
    Some(bytes(jwk, member)?.into_iter().skip_while(|byte| *byte == 0).collect())
}
