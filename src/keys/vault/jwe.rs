//! The compact JWE of a stored secret: `dir` with A256GCM (RFC 7516 sections 5.1 and 5.2, RFC 7518 section 5.3).
//!
//! Not by josekit, which stays for what comes from outside: every start opens the private keys, and OpenSSL, once it is
//! awake, holds three megabytes that most servers never need.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::keys::KeyError;
use crate::model::Secret;

/// Encrypts under a key, with a nonce that the library draws.
pub(super) fn seal(
    header: &Value,
    key: &Secret<[u8; 32]>,
    secret: &[u8],
) -> Result<Secret<String>, KeyError> {
    let failed = |_| KeyError::Crypto("encrypting a secret failed".to_owned());
    let header = URL_SAFE_NO_PAD.encode(header.to_string());
    let mut content = secret.to_vec();
    let (nonce, tag) = RandomizedNonceKey::new(&AES_256_GCM, key.expose())
        .and_then(|key| key.seal_in_place_separate_tag(Aad::from(header.as_bytes()), &mut content))
        .map_err(failed)?;
    let text = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
    let (nonce, content, tag) = (text(nonce.as_ref()), text(&content), text(tag.as_ref()));
    Ok(Secret::new(format!("{header}..{nonce}.{content}.{tag}")))
}

/// The content, when it is whole and of this key.
pub(super) fn open(key: &Secret<[u8; 32]>, sealed: &str) -> Option<Secret<Vec<u8>>> {
    let parts: Vec<&str> = sealed.split('.').collect();
    let [header, "", nonce, content, tag] = parts.as_slice() else { return None };
    let nonce = URL_SAFE_NO_PAD.decode(nonce).ok()?;
    let nonce = Nonce::try_assume_unique_for_key(&nonce).ok()?;
    let mut content = URL_SAFE_NO_PAD.decode(content).ok()?;
    content.extend(URL_SAFE_NO_PAD.decode(tag).ok()?);
    let key = RandomizedNonceKey::new(&AES_256_GCM, key.expose()).ok()?;
    let length = key.open_in_place(nonce, Aad::from(header.as_bytes()), &mut content).ok()?.len();
    content.truncate(length);
    Some(Secret::new(content))
}

#[cfg(test)]
mod tests {
    use josekit::jwe::{self, Dir, JweHeader};
    use serde_json::json;

    use super::*;

    const KEY: [u8; 32] = [7; 32];

    #[test]
    fn rfc_7516_another_library_reads_what_is_sealed_and_the_other_way_round() {
        let key = Secret::new(KEY);
        let header = json!({"alg": "dir", "enc": "A256GCM", "kid": "k", "for": "test"});
        let sealed = seal(&header, &key, b"a secret").unwrap();
        let theirs = Dir.decrypter_from_bytes(KEY).unwrap();
        let (content, read) = jwe::deserialize_compact(sealed.expose(), &theirs).unwrap();
        assert_eq!((content.as_slice(), read.key_id()), (b"a secret".as_slice(), Some("k")));

        let mut header = JweHeader::new();
        header.set_content_encryption("A256GCM");
        let theirs = Dir.encrypter_from_bytes(KEY).unwrap();
        let sealed = jwe::serialize_compact(b"another", &header, &theirs).unwrap();
        assert_eq!(open(&key, &sealed).unwrap().expose(), b"another");
    }

    #[test]
    fn rfc_7516_5_2_whatever_was_changed_does_not_open() {
        let (key, header) = (Secret::new(KEY), json!({"alg": "dir", "enc": "A256GCM"}));
        let sealed = seal(&header, &key, b"a secret").unwrap().expose().clone();
        assert!(open(&key, &sealed).is_some());
        assert!(open(&Secret::new([8; 32]), &sealed).is_none());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            // The last sign of a part holds bits that stand for nothing, and the decoder wants them to be zero
            assert!(open(&key, &changed).is_none(), "{at}");
        }
        for junk in
            ["", "....", "a.b.c.d.e", &format!("{sealed}.x"), &sealed.replacen("..", ".x.", 1)]
        {
            assert!(open(&key, junk).is_none(), "{junk}");
        }
    }
}
