//! A private key of ours that reads what clients encrypt to it: RFC 7518 sections 4.3 and 4.6.

use josekit::jwe::alg::ecdh_es::EcdhEsJweDecrypter;
use josekit::jwe::alg::rsaes::RsaesJweDecrypter;
use josekit::jwe::{
    self, ECDH_ES, ECDH_ES_A128KW, ECDH_ES_A192KW, ECDH_ES_A256KW, JweContentEncryption,
    JweDecrypter, RSA_OAEP_256,
};
use josekit::jwk::Jwk;
use serde_json::Value;

use super::content;
use super::envelope::Envelope;
use crate::keys::KeyError;
use crate::model::{ContentEncryption, KeyAlgorithm, KeyEncryption};

/// A private key, ready to read.
pub enum Decrypter {
    Rsa(Box<RsaesJweDecrypter>),
    /// One for each way of wrapping.
    Ec(Box<[(KeyEncryption, EcdhEsJweDecrypter); 4]>),
}

impl Decrypter {
    /// Parses the private JWK of a key; `None` when keys for this algorithm sign.
    pub fn new(algorithm: KeyAlgorithm, private: &Value) -> Result<Option<Self>, KeyError> {
        let members = private.as_object().cloned().unwrap_or_default();
        let jwk = Jwk::from_map(members).map_err(KeyError::crypto)?;
        match algorithm {
            KeyAlgorithm::Sign(_) => Ok(None),
            KeyAlgorithm::RsaOaep256 => {
                let key = RSA_OAEP_256.decrypter_from_jwk(&jwk).map_err(KeyError::crypto)?;
                Ok(Some(Self::Rsa(Box::new(key))))
            }
            KeyAlgorithm::EcdhEs => {
                let of = |alg, way: jwe::alg::ecdh_es::EcdhEsJweAlgorithm| {
                    let key = way.decrypter_from_jwk(&jwk).map_err(KeyError::crypto)?;
                    Ok::<_, KeyError>((alg, key))
                };
                Ok(Some(Self::Ec(Box::new([
                    of(KeyEncryption::EcdhEs, ECDH_ES)?,
                    of(KeyEncryption::EcdhEsA128Kw, ECDH_ES_A128KW)?,
                    of(KeyEncryption::EcdhEsA192Kw, ECDH_ES_A192KW)?,
                    of(KeyEncryption::EcdhEsA256Kw, ECDH_ES_A256KW)?,
                ]))))
            }
        }
    }

    /// Whether it reads what comes with this `alg`.
    pub fn reads(&self, alg: KeyEncryption) -> bool {
        match self {
            Self::Rsa(_) => alg == KeyEncryption::RsaOaep256,
            Self::Ec(keys) => keys.iter().any(|(known, _)| *known == alg),
        }
    }

    /// The content. A key that can't be unwrapped is replaced by `other`, so that no answer and no time tells of it
    /// (RFC 7516 section 11.5).
    pub fn open(&self, envelope: Envelope<'_>, other: &[u8; 64]) -> Option<Vec<u8>> {
        let key = self.unwrap(&envelope);
        let length = envelope.enc.key_len();
        let key = key.filter(|key| key.len() == length);
        match key {
            Some(key) => content::open(envelope, &key),
            None => content::open(envelope, other.get(..length)?),
        }
    }

    fn unwrap(&self, envelope: &Envelope<'_>) -> Option<Vec<u8>> {
        let wrapped = Some(envelope.encrypted_key.as_slice()).filter(|key| !key.is_empty());
        let decrypter: &dyn JweDecrypter = match self {
            Self::Rsa(key) => &**key,
            Self::Ec(keys) => &keys.iter().find(|(known, _)| *known == envelope.alg)?.1,
        };
        let key = decrypter.decrypt(wrapped, library(envelope.enc), &envelope.header).ok()?;
        Some(key.into_owned())
    }
}

/// The library's name for an `enc`.
fn library(enc: ContentEncryption) -> &'static dyn JweContentEncryption {
    match enc {
        ContentEncryption::A128CbcHs256 => &jwe::enc::A128CBC_HS256,
        ContentEncryption::A192CbcHs384 => &jwe::enc::A192CBC_HS384,
        ContentEncryption::A256CbcHs512 => &jwe::enc::A256CBC_HS512,
        ContentEncryption::A128Gcm => &jwe::enc::A128GCM,
        ContentEncryption::A192Gcm => &jwe::enc::A192GCM,
        ContentEncryption::A256Gcm => &jwe::enc::A256GCM,
    }
}
