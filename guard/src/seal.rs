//! Sealing what an app gives away and gets back: AES-256-GCM (NIST SP 800-38D), with keys that can be changed.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};

use crate::random;

/// Separates these keys from others that an app may derive from the same secret.
const SALT: &[u8] = b"hatcheck-guard sealed cookie";
/// The least bytes of a secret.
const LEAST: usize = 32;
/// The bytes with which a text says under which key it was sealed.
const ID: usize = 4;

/// The keys of an app: the first seals, and all of them open. To change keys, put a new secret before the old one on all
/// nodes, and take the old one away when the lifetime of what it sealed has passed.
#[derive(Clone)]
pub struct Keys(Arc<[Key]>);

struct Key {
    id: [u8; ID],
    aead: LessSafeKey,
}

/// Why there are no keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// Nothing could be sealed.
    #[error("no secret was given")]
    None,
    /// Guessable.
    #[error("a secret is shorter than {LEAST} bytes: make one with `openssl rand -base64 32`")]
    Short,
    /// The cryptographic library refused.
    #[error("no key can be made of a secret")]
    Derivation,
}

/// A length that is asked of the derivation.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl Keys {
    /// Keys from secrets of at least 32 bytes, the newest first (HKDF, RFC 5869).
    pub fn new<S: AsRef<[u8]>>(secrets: &[S]) -> Result<Self, KeysError> {
        if secrets.is_empty() {
            return Err(KeysError::None);
        }
        let keys = secrets.iter().map(|secret| Key::derive(secret.as_ref()));
        Ok(Self(keys.collect::<Result<_, _>>()?))
    }

    /// Seals for this name alone. `None` when the system gives no random bytes.
    pub(crate) fn seal(&self, name: &str, text: &[u8]) -> Option<Vec<u8>> {
        let key = self.0.first()?;
        let nonce: [u8; NONCE_LEN] = random::bytes().ok()?;
        let mut sealed = text.to_vec();
        let aad = Aad::from(name.as_bytes());
        key.aead
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
            .ok()?;
        Some([&key.id[..], &nonce, &sealed].concat())
    }

    /// Opens what was sealed for this name under any of the keys.
    pub(crate) fn open(&self, name: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (id, rest) = sealed.split_at_checked(ID)?;
        let (nonce, rest) = rest.split_at_checked(NONCE_LEN)?;
        let nonce = <[u8; NONCE_LEN]>::try_from(nonce).ok()?;
        let key = self.0.iter().find(|key| key.id == *id)?;
        let mut text = rest.to_vec();
        let aad = Aad::from(name.as_bytes());
        let opened =
            key.aead.open_in_place(Nonce::assume_unique_for_key(nonce), aad, &mut text).ok()?;
        Some(opened.to_vec())
    }
}

impl Key {
    fn derive(secret: &[u8]) -> Result<Self, KeysError> {
        if secret.len() < LEAST {
            return Err(KeysError::Short);
        }
        let derived = Salt::new(HKDF_SHA256, SALT).extract(secret);
        let aead = derived.expand(&[b"key"], &AES_256_GCM).map_err(|_| KeysError::Derivation)?;
        let mut id = [0; ID];
        let name = derived.expand(&[b"id"], Length(ID)).and_then(|name| name.fill(&mut id));
        name.map_err(|_| KeysError::Derivation)?;
        Ok(Self { id, aead: LessSafeKey::new(UnboundKey::from(aead)) })
    }
}

/// No key is printed.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("count", &self.0.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(n: u8) -> [u8; 32] {
        [n; 32]
    }

    #[test]
    fn what_one_key_sealed_opens_while_it_is_among_the_keys() {
        let old = Keys::new(&[secret(1)]).unwrap();
        let both = Keys::new(&[secret(2), secret(1)]).unwrap();
        let new = Keys::new(&[secret(2)]).unwrap();
        let sealed = old.seal("draft", b"text").unwrap();
        assert_eq!(both.open("draft", &sealed).as_deref(), Some(&b"text"[..]));
        assert_eq!(new.open("draft", &sealed), None);
        let sealed = both.seal("draft", b"text").unwrap();
        assert!(new.open("draft", &sealed).is_some() && old.open("draft", &sealed).is_none());
        assert_ne!(both.seal("draft", b"text").unwrap(), sealed, "no two are alike");
        assert!(!sealed.windows(4).any(|part| part == b"text"));
    }

    #[test]
    fn what_was_changed_cut_or_meant_for_another_name_does_not_open() {
        let keys = Keys::new(&[secret(1)]).unwrap();
        let sealed = keys.seal("draft", b"text").unwrap();
        assert_eq!(keys.open("drafts", &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(keys.open("draft", &changed), None, "byte {at}");
            assert_eq!(keys.open("draft", &sealed[..at]), None, "cut at {at}");
        }
    }

    #[test]
    fn secrets_are_long_enough_and_not_printed() {
        assert_eq!(Keys::new::<&[u8]>(&[]).unwrap_err(), KeysError::None);
        assert_eq!(Keys::new(&[&[1; 31]]).unwrap_err(), KeysError::Short);
        let keys = Keys::new(&["0123456789abcdef0123456789abcdef"]).unwrap();
        assert_eq!(format!("{keys:?}"), "Keys { count: 1, .. }");
    }
}
