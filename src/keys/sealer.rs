//! What travels through browsers without being read or changed there, and keyed hashes.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::Secret;

/// The longest sealed text that is read, in bytes.
const LONGEST: usize = 16 * 1024;
/// The random bytes before the ciphertext: 16 for the message's key and 12 for its nonce.
const RANDOM: usize = 28;

/// Seals values into URL-safe text with AES-256-GCM. Every message has a key of its own, derived from 16 random
/// bytes, so that no number of messages brings two nonces together.
#[derive(Clone)]
pub struct Sealer(Arc<Keys>);

/// What a sealed text or keyed hash is for: one made for one purpose is nothing for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A sign-in under way.
    Interaction,
    /// An authorization code.
    Code,
    /// An access token that tells nobody anything.
    AccessToken,
    /// The token of a form.
    Csrf,
    /// The next refresh token.
    Refresh,
    /// What browsers may tell apps of a session.
    State,
    /// Codes and networks of devices.
    Device,
    /// A sign-out on its way to the page that tells of it.
    Farewell,
    /// What is noted for later.
    Notice,
    /// The keys of pairwise subjects.
    Pairwise,
    /// A pushed authorization request.
    Pushed,
    /// A sign-in without a browser, under way.
    Challenge,
    /// Browsers on the hosts of apps behind a proxy.
    Forward,
    /// A sign-in that goes by a provider elsewhere.
    Federation,
}

struct Keys {
    interaction: Pair,
    code: Pair,
    access_token: Pair,
    csrf: Pair,
    refresh: Pair,
    state: Pair,
    device: Pair,
    farewell: Pair,
    notice: Pair,
    pairwise: Pair,
    pushed: Pair,
    challenge: Pair,
    forward: Pair,
    federation: Pair,
}

struct Pair {
    seal: hmac::Key,
    mac: hmac::Key,
}

impl Sealer {
    /// A sealer over the instance's secret.
    pub fn new(instance_secret: &Secret<[u8; 32]>) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, instance_secret.expose());
        Self(Arc::new(Keys {
            interaction: Pair::of(&root, "interaction"),
            code: Pair::of(&root, "code"),
            access_token: Pair::of(&root, "access_token"),
            csrf: Pair::of(&root, "csrf"),
            refresh: Pair::of(&root, "refresh"),
            state: Pair::of(&root, "state"),
            device: Pair::of(&root, "device"),
            farewell: Pair::of(&root, "farewell"),
            notice: Pair::of(&root, "notice"),
            pairwise: Pair::of(&root, "pairwise"),
            pushed: Pair::of(&root, "pushed"),
            challenge: Pair::of(&root, "challenge"),
            forward: Pair::of(&root, "forward"),
            federation: Pair::of(&root, "federation"),
        }))
    }

    /// Seals a value; `random`: 16 bytes for the message's key and 12 for its nonce.
    pub fn seal<T: Serialize>(&self, purpose: Purpose, value: &T, random: &[u8; 28]) -> String {
        self.try_seal(purpose, value, random).unwrap_or_default()
    }

    /// Opens what [`Sealer::seal`] made; `None` for everything else.
    pub fn open<T: DeserializeOwned>(&self, purpose: Purpose, sealed: &str) -> Option<T> {
        if sealed.len() > LONGEST {
            return None;
        }
        let mut message = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (random, ciphertext) = message.split_first_chunk_mut::<RANDOM>()?;
        let (key, nonce) = self.message_key(purpose, random)?;
        let plain = key.open_in_place(nonce, Aad::empty(), ciphertext).ok()?;
        serde_json::from_slice(plain).ok()
    }

    /// HMAC-SHA-256 under a key for this purpose.
    pub fn mac(&self, purpose: Purpose, message: &[u8]) -> [u8; 32] {
        hmac_sha_256(&self.0.of(purpose).mac, message)
    }

    /// `None` for a value that has no JSON, such as a map with other keys than texts.
    fn try_seal<T: Serialize>(
        &self,
        purpose: Purpose,
        value: &T,
        random: &[u8; RANDOM],
    ) -> Option<String> {
        let (key, nonce) = self.message_key(purpose, random)?;
        let mut message = Vec::with_capacity(1024);
        message.extend_from_slice(random);
        serde_json::to_writer(&mut message, value).ok()?;
        let (_, plain) = message.split_first_chunk_mut::<RANDOM>()?;
        let tag = key.seal_in_place_separate_tag(nonce, Aad::empty(), plain).ok()?;
        message.extend_from_slice(tag.as_ref());
        Some(URL_SAFE_NO_PAD.encode(message))
    }

    fn message_key(&self, purpose: Purpose, random: &[u8; RANDOM]) -> Option<(LessSafeKey, Nonce)> {
        let (salt, nonce) = random.split_first_chunk::<16>()?;
        let key = hmac_sha_256(&self.0.of(purpose).seal, salt);
        let key = UnboundKey::new(&AES_256_GCM, &key).ok()?;
        Some((LessSafeKey::new(key), Nonce::try_assume_unique_for_key(nonce).ok()?))
    }
}

impl Keys {
    const fn of(&self, purpose: Purpose) -> &Pair {
        match purpose {
            Purpose::Interaction => &self.interaction,
            Purpose::Code => &self.code,
            Purpose::AccessToken => &self.access_token,
            Purpose::Csrf => &self.csrf,
            Purpose::Refresh => &self.refresh,
            Purpose::State => &self.state,
            Purpose::Device => &self.device,
            Purpose::Farewell => &self.farewell,
            Purpose::Notice => &self.notice,
            Purpose::Pairwise => &self.pairwise,
            Purpose::Pushed => &self.pushed,
            Purpose::Challenge => &self.challenge,
            Purpose::Forward => &self.forward,
            Purpose::Federation => &self.federation,
        }
    }
}

impl Pair {
    /// A single block of HKDF's expansion (RFC 5869 section 2.3), which can't fail.
    fn of(root: &hmac::Key, purpose: &str) -> Self {
        let key = |what: &str| {
            let info = format!("hatcheck 1 {what} {purpose}\u{1}");
            hmac::Key::new(hmac::HMAC_SHA256, &hmac_sha_256(root, info.as_bytes()))
        };
        Self { seal: key("seal"), mac: key("mac") }
    }
}

fn hmac_sha_256(key: &hmac::Key, message: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    let tag = hmac::sign(key, message);
    for (to, from) in out.iter_mut().zip(tag.as_ref()) {
        *to = *from;
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PURPOSES: [Purpose; 10] = [
        Purpose::Interaction,
        Purpose::Code,
        Purpose::Csrf,
        Purpose::Refresh,
        Purpose::State,
        Purpose::Device,
        Purpose::Farewell,
        Purpose::Notice,
        Purpose::Pairwise,
        Purpose::Pushed,
    ];

    fn sealer() -> Sealer {
        Sealer::new(&Secret::new([7; 32]))
    }

    fn purpose() -> impl Strategy<Value = Purpose> {
        proptest::sample::select(&PURPOSES[..])
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens_again(value: Vec<String>, random: [u8; 28], purpose in purpose()) {
            let sealed = sealer().seal(purpose, &value, &random);
            prop_assume!(sealed.len() <= LONGEST);
            prop_assert!(sealed.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            prop_assert_eq!(sealer().open::<Vec<String>>(purpose, &sealed), Some(value));
        }

        #[test]
        fn a_flipped_bit_is_refused(value: String, random: [u8; 28], place: usize, bit in 0..8_u8) {
            let sealed = sealer().seal(Purpose::Code, &value, &random);
            let mut bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
            let place = place % bytes.len();
            bytes[place] ^= 1 << bit;
            let changed = URL_SAFE_NO_PAD.encode(bytes);
            prop_assert_eq!(sealer().open::<String>(Purpose::Code, &changed), None);
        }

        #[test]
        fn another_purpose_or_instance_opens_nothing(random: [u8; 28], one in purpose(), other in purpose()) {
            prop_assume!(one != other);
            let sealed = sealer().seal(one, &"value", &random);
            prop_assert_eq!(sealer().open::<String>(other, &sealed), None);
            let elsewhere = Sealer::new(&Secret::new([8; 32]));
            prop_assert_eq!(elsewhere.open::<String>(one, &sealed), None);
            prop_assert_ne!(sealer().mac(one, b"message"), sealer().mac(other, b"message"));
        }

        #[test]
        fn any_text_is_answered(text: String) {
            prop_assert_eq!(sealer().open::<String>(Purpose::Code, &text), None);
        }
    }

    #[test]
    fn what_is_too_long_is_not_even_decoded() {
        assert_eq!(sealer().open::<String>(Purpose::Code, &"A".repeat(LONGEST + 1)), None);
        assert_eq!(sealer().open::<String>(Purpose::Code, ""), None);
    }
}
