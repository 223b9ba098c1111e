//! The gate for what is encrypted to us: what a JWE must be before any library or key sees it (RFC 7516 section 7.1,
//! RFC 8725 sections 3.1 and 3.4).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwe::JweHeader;
use serde_json::{Map, Value};

use crate::keys::gate::{self, Refused};
use crate::model::{ContentEncryption, KeyEncryption};

/// A compact JWE whose header and lengths are as they have to be.
pub struct Envelope<'t> {
    pub alg: KeyEncryption,
    pub enc: ContentEncryption,
    /// A name to look up among our own keys.
    pub kid: Option<String>,
    pub header: JweHeader,
    /// The encoded header, which is authenticated with the content.
    pub aad: &'t str,
    pub encrypted_key: Vec<u8>,
    pub iv: Vec<u8>,
    pub ciphertext: Vec<u8>,
    pub tag: Vec<u8>,
}

impl<'t> Envelope<'t> {
    /// Reads one, or says why not. Nothing is decrypted or inflated here.
    pub fn read(token: &'t str) -> Result<Self, Refused> {
        if token.len() > gate::LONGEST {
            return Err(Refused::TooLong);
        }
        let parts: Vec<&str> = token.splitn(6, '.').collect();
        let [aad, encrypted_key, iv, ciphertext, tag] = parts[..] else {
            return Err(Refused::NotFiveParts);
        };
        let members = gate::object(aad)?;
        if let Some(name) = gate::forbidden(&members, &[]) {
            return Err(Refused::Header(name));
        }
        let (alg, enc) = algorithms(&members)?;
        gate::judge_type(&members, |typ| gate::is_any(typ, ["JWT", "oauth-authz-req+jwt"]))?;
        let kid = gate::kid(&members)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| Refused::NotBase64);
        let envelope = Self {
            alg,
            enc,
            kid,
            header: JweHeader::from_map(members).map_err(|_| Refused::NotAnObject)?,
            aad,
            encrypted_key: decode(encrypted_key)?,
            iv: decode(iv)?,
            ciphertext: decode(ciphertext)?,
            tag: decode(tag)?,
        };
        if envelope.has_its_lengths() { Ok(envelope) } else { Err(Refused::Lengths) }
    }

    /// The library subtracts from lengths, and would fall over short ones.
    fn has_its_lengths(&self) -> bool {
        let key = self.encrypted_key.len();
        let key_fits = match self.alg {
            KeyEncryption::RsaOaep
            | KeyEncryption::RsaOaep256
            | KeyEncryption::RsaOaep384
            | KeyEncryption::RsaOaep512 => (256..=1_024).contains(&key),
            KeyEncryption::EcdhEs => key == 0,
            KeyEncryption::EcdhEsA128Kw
            | KeyEncryption::EcdhEsA192Kw
            | KeyEncryption::EcdhEsA256Kw => key == self.enc.key_len() + 8,
        };
        let (iv, tag, block) = match self.enc {
            ContentEncryption::A128Gcm
            | ContentEncryption::A192Gcm
            | ContentEncryption::A256Gcm => (12, 16, 1),
            ContentEncryption::A128CbcHs256
            | ContentEncryption::A192CbcHs384
            | ContentEncryption::A256CbcHs512 => (16, self.enc.key_len() / 2, 16),
        };
        let length = self.ciphertext.len();
        let content_fits = length > 0 && length.is_multiple_of(block);
        key_fits && content_fits && self.iv.len() == iv && self.tag.len() == tag
    }
}

fn algorithms(header: &Map<String, Value>) -> Result<(KeyEncryption, ContentEncryption), Refused> {
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    let alg = text("alg").and_then(KeyEncryption::parse);
    let alg = alg.filter(|alg| KeyEncryption::TO_US.contains(alg)).ok_or(Refused::Algorithm)?;
    let enc = text("enc").and_then(ContentEncryption::parse).ok_or(Refused::Algorithm)?;
    Ok((alg, enc))
}
