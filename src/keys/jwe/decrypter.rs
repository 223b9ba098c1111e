//! A private key of ours that reads what clients encrypt to it: RFC 7518 sections 4.3 and 4.6.

use std::sync::OnceLock;

use josekit::JoseError;
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
use crate::model::{ContentEncryption, KeyAlgorithm, KeyEncryption, Secret};

/// A private key for reading. The library takes it in at its first use: most servers are never sent anything encrypted.
pub struct Decrypter {
    algorithm: KeyAlgorithm,
    private: Secret<String>,
    ready: OnceLock<Option<Ready>>,
}

enum Ready {
    Rsa(Box<RsaesJweDecrypter>),
    /// One for each way of wrapping.
    Ec(Box<[(KeyEncryption, EcdhEsJweDecrypter); 4]>),
}

impl Decrypter {
    /// Of the private JWK of a key.
    pub fn new(algorithm: KeyAlgorithm, private: &Value) -> Self {
        let private = Secret::new(private.to_string());
        Self { algorithm, private, ready: OnceLock::new() }
    }

    /// Whether it reads what comes with this `alg`.
    pub fn reads(&self, alg: KeyEncryption) -> bool {
        match alg {
            KeyEncryption::RsaOaep256 => self.algorithm == KeyAlgorithm::RsaOaep256,
            KeyEncryption::EcdhEs
            | KeyEncryption::EcdhEsA128Kw
            | KeyEncryption::EcdhEsA192Kw
            | KeyEncryption::EcdhEsA256Kw => self.algorithm == KeyAlgorithm::EcdhEs,
            // No key of ours is made for these
            KeyEncryption::RsaOaep | KeyEncryption::RsaOaep384 | KeyEncryption::RsaOaep512 => false,
        }
    }

    /// The content. A key that can't be unwrapped is replaced by `other`, so that no answer and no time tells of it
    /// (RFC 7516 section 11.5).
    pub fn open(&self, envelope: &Envelope<'_>, other: &[u8; 64]) -> Option<Vec<u8>> {
        let key = self.unwrap(envelope);
        let length = envelope.enc.key_len();
        let key = key.filter(|key| key.len() == length);
        match key {
            Some(key) => content::open(envelope, &key),
            None => content::open(envelope, other.get(..length)?),
        }
    }

    /// `None`, and an entry in the log, for a key that is none.
    fn prepare(&self) -> Option<Ready> {
        Ready::new(self.algorithm, self.private.expose())
            .inspect_err(|error| tracing::error!(%error, "a key for reading is damaged"))
            .ok()
            .flatten()
    }

    fn unwrap(&self, envelope: &Envelope<'_>) -> Option<Vec<u8>> {
        let wrapped = Some(envelope.encrypted_key.as_slice()).filter(|key| !key.is_empty());
        let decrypter: &dyn JweDecrypter =
            match self.ready.get_or_init(|| self.prepare()).as_ref()? {
                Ready::Rsa(key) => &**key,
                Ready::Ec(keys) => &keys.iter().find(|(known, _)| *known == envelope.alg)?.1,
            };
        let key = decrypter.decrypt(wrapped, library(envelope.enc), &envelope.header).ok()?;
        Some(key.into_owned())
    }
}

impl Ready {
    /// Takes a private JWK in; `None` when keys for this algorithm sign.
    fn new(algorithm: KeyAlgorithm, private: &str) -> Result<Option<Self>, JoseError> {
        let jwk = Jwk::from_bytes(private)?;
        let of = |alg, way: jwe::alg::ecdh_es::EcdhEsJweAlgorithm| {
            way.decrypter_from_jwk(&jwk).map(|key| (alg, key))
        };
        Ok(match algorithm {
            KeyAlgorithm::Sign(_) => None,
            KeyAlgorithm::RsaOaep256 => {
                Some(Self::Rsa(Box::new(RSA_OAEP_256.decrypter_from_jwk(&jwk)?)))
            }
            KeyAlgorithm::EcdhEs => Some(Self::Ec(Box::new([
                of(KeyEncryption::EcdhEs, ECDH_ES)?,
                of(KeyEncryption::EcdhEsA128Kw, ECDH_ES_A128KW)?,
                of(KeyEncryption::EcdhEsA192Kw, ECDH_ES_A192KW)?,
                of(KeyEncryption::EcdhEsA256Kw, ECDH_ES_A256KW)?,
            ]))),
        })
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
