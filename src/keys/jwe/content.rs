//! The content of a JWE: RFC 7518 section 5. The library would decrypt AES-CBC before it looks at the tag, and compare
//! tags byte by byte; so what comes from outside is opened here.

use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{aead, cipher, constant_time, hmac};

use super::envelope::Envelope;
use crate::model::ContentEncryption;

enum Kind {
    Gcm(&'static aead::Algorithm),
    Cbc(&'static cipher::Algorithm, hmac::Algorithm),
}

fn kind(enc: ContentEncryption) -> Kind {
    match enc {
        ContentEncryption::A128Gcm => Kind::Gcm(&AES_128_GCM),
        ContentEncryption::A192Gcm => Kind::Gcm(&AES_192_GCM),
        ContentEncryption::A256Gcm => Kind::Gcm(&AES_256_GCM),
        ContentEncryption::A128CbcHs256 => Kind::Cbc(&AES_128, hmac::HMAC_SHA256),
        ContentEncryption::A192CbcHs384 => Kind::Cbc(&AES_192, hmac::HMAC_SHA384),
        ContentEncryption::A256CbcHs512 => Kind::Cbc(&AES_256, hmac::HMAC_SHA512),
    }
}

/// The content, when the tag says that nothing of the envelope was changed.
pub fn open(envelope: &Envelope<'_>, key: &[u8]) -> Option<Vec<u8>> {
    if key.len() != envelope.enc.key_len() {
        return None;
    }
    match kind(envelope.enc) {
        Kind::Gcm(algorithm) => gcm(algorithm, envelope, key),
        Kind::Cbc(cipher, mac) => cbc(cipher, mac, envelope, key),
    }
}

fn gcm(
    algorithm: &'static aead::Algorithm,
    envelope: &Envelope<'_>,
    key: &[u8],
) -> Option<Vec<u8>> {
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(&envelope.iv).ok()?;
    let mut content = envelope.ciphertext.clone();
    content.extend_from_slice(&envelope.tag);
    let length =
        key.open_in_place(nonce, Aad::from(envelope.aad.as_bytes()), &mut content).ok()?.len();
    content.truncate(length);
    Some(content)
}

/// RFC 7518 section 5.2.2.2: the tag first, in constant time; the padding is looked at only when it is right.
fn cbc(
    cipher: &'static cipher::Algorithm,
    mac: hmac::Algorithm,
    envelope: &Envelope<'_>,
    key: &[u8],
) -> Option<Vec<u8>> {
    let (mac_key, key) = key.split_at_checked(key.len() / 2)?;
    let mut tagging = hmac::Context::with_key(&hmac::Key::new(mac, mac_key));
    let aad = envelope.aad.as_bytes();
    let bits = u64::try_from(aad.len()).ok()? * 8;
    for part in [aad, &envelope.iv, &envelope.ciphertext, &bits.to_be_bytes()] {
        tagging.update(part);
    }
    let tag = tagging.sign();
    let tag = tag.as_ref().get(..envelope.tag.len())?;
    constant_time::verify_slices_are_equal(tag, &envelope.tag).ok()?;
    let iv = <[u8; 16]>::try_from(envelope.iv.as_slice()).ok()?;
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(cipher, key).ok()?).ok()?;
    let mut content = envelope.ciphertext.clone();
    let iv = DecryptionContext::Iv128(FixedLength::from(iv));
    let length = key.decrypt(&mut content, iv).ok()?.len();
    content.truncate(length);
    Some(content)
}
