//! Encrypting to a client: OpenID Connect Core section 10.2, RFC 7519 section 5.2, RFC 9701 section 5.

use josekit::jwe::{
    self, ECDH_ES, ECDH_ES_A128KW, ECDH_ES_A192KW, ECDH_ES_A256KW, JweEncrypter, JweHeader,
    RSA_OAEP, RSA_OAEP_256, RSA_OAEP_384, RSA_OAEP_512,
};
use josekit::jwk::Jwk;
use serde_json::{Map, Value};

use crate::keys::jwk;
use crate::model::{Encryption, KeyEncryption};

/// What a key says of its use that fits: RFC 7517 section 4.3.
const OPERATIONS: [&str; 4] = ["encrypt", "wrapKey", "deriveKey", "deriveBits"];

/// No key of the client can be encrypted to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the client has published no key that {0} can encrypt to (OpenID Connect Core section 10.2): register one with \
     \"use\": \"enc\" in its jwks"
)]
pub struct NoRecipient(pub KeyEncryption);

/// What is encrypted.
#[derive(Clone, Copy, Debug)]
pub enum Plain<'a> {
    /// A signed JWT: the header says so, by `cty`.
    Jwt(&'a str),
    /// Claims that nobody signed.
    Claims(&'a [u8]),
}

/// Encrypts to the first fitting key of a set; a key made for encryption comes before one that says nothing.
pub fn encrypt(
    jwks: &Value,
    encryption: Encryption,
    plain: Plain<'_>,
) -> Result<String, NoRecipient> {
    let keys = jwks.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut fitting: Vec<_> = keys.iter().filter(|key| may_encrypt(key, encryption.alg)).collect();
    fitting.sort_by_key(|key| key.get("use").is_none());
    let mut header = JweHeader::new();
    header.set_content_encryption(encryption.enc.as_str());
    let content = match plain {
        Plain::Jwt(token) => {
            header.set_content_type("JWT");
            token.as_bytes()
        }
        Plain::Claims(json) => json,
    };
    let sealed = fitting.into_iter().find_map(|key| {
        let encrypter = encrypter(key, encryption.alg)?;
        let mut header = header.clone();
        if let Some(kid) = jwk::text(key, "kid") {
            header.set_key_id(kid);
        }
        jwe::serialize_compact(content, &header, &*encrypter).ok()
    });
    sealed.ok_or(NoRecipient(encryption.alg))
}

/// Whether a key, whatever it says of its use, can be encrypted to in some way.
pub fn can_encrypt(key: &Value) -> bool {
    KeyEncryption::ALL.into_iter().any(|alg| encrypter(key, alg).is_some())
}

/// RFC 7517 sections 4.2 to 4.4: what a key says of itself counts.
fn may_encrypt(key: &Value, alg: KeyEncryption) -> bool {
    let says = |member: &str, wanted: &str| key.get(member).is_none_or(|value| value == wanted);
    let operations = key.get("key_ops").is_none_or(|operations| {
        let names = operations.as_array().map(Vec::as_slice).unwrap_or_default();
        names.iter().any(|name| OPERATIONS.iter().any(|known| name == known))
    });
    says("use", "enc") && says("alg", alg.as_str()) && operations
}

/// From the members that make up the key, and no others: the library reads what stands beside them in its own way.
fn encrypter(key: &Value, alg: KeyEncryption) -> Option<Box<dyn JweEncrypter>> {
    let members: &[&str] = match jwk::text(key, "kty")? {
        "RSA" => &["kty", "n", "e"],
        "EC" => &["kty", "crv", "x", "y"],
        "OKP" => &["kty", "crv", "x"],
        _ => return None,
    };
    let known = ["P-256", "P-384", "P-521", "X25519"];
    if jwk::text(key, "crv").is_some_and(|curve| !known.contains(&curve)) {
        return None;
    }
    let plain: Map<String, Value> = members
        .iter()
        .map(|name| Some(((*name).to_owned(), Value::from(jwk::text(key, name)?))))
        .collect::<Option<_>>()?;
    let jwk = Jwk::from_map(plain).ok()?;
    let ec = |way: jwe::alg::ecdh_es::EcdhEsJweAlgorithm| -> Option<Box<dyn JweEncrypter>> {
        Some(Box::new(way.encrypter_from_jwk(&jwk).ok()?))
    };
    let rsa = |way: jwe::alg::rsaes::RsaesJweAlgorithm| -> Option<Box<dyn JweEncrypter>> {
        Some(Box::new(way.encrypter_from_jwk(&jwk).ok()?))
    };
    match alg {
        KeyEncryption::RsaOaep256 => rsa(RSA_OAEP_256),
        KeyEncryption::RsaOaep => rsa(RSA_OAEP),
        KeyEncryption::RsaOaep384 => rsa(RSA_OAEP_384),
        KeyEncryption::RsaOaep512 => rsa(RSA_OAEP_512),
        KeyEncryption::EcdhEs => ec(ECDH_ES),
        KeyEncryption::EcdhEsA128Kw => ec(ECDH_ES_A128KW),
        KeyEncryption::EcdhEsA192Kw => ec(ECDH_ES_A192KW),
        KeyEncryption::EcdhEsA256Kw => ec(ECDH_ES_A256KW),
    }
}
