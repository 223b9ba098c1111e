//! Room 3: keys. Signing keys and their life, the master key, what is sealed, and the JOSE gate.
//!
//! - [`Vault`] encrypts what is stored (private keys, TOTP secrets) under the master key;
//! - [`Sealer`] encrypts what travels through browsers (interactions, codes) and makes keyed hashes;
//! - [`KeyRing`] signs and verifies our own tokens, and publishes the key set;
//! - [`gate`] stands before everything that reads a JWT from outside;
//! - [`lifecycle`] decides, purely, what a rotation or a retirement does.

pub mod client_keys;
pub mod gate;
pub mod lifecycle;
mod ring;
mod sealer;
mod vault;

pub use ring::{Jwks, KeyRing, SignedToken};
pub use sealer::{Purpose, Sealer};
pub use vault::Vault;

/// Why a key can't be had or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A file under the keys folder is missing, unreadable, or open to others; the sentence names it and the mend.
    #[error("{0}")]
    File(String),
    /// Something stored was not encrypted under this master key, or is damaged.
    #[error("{0}")]
    Unreadable(String),
    /// No key for this algorithm signs now.
    #[error("there is no active {0} key: `hatcheck key rotate --alg {0}` makes one")]
    NoActiveKey(crate::model::Algorithm),
    /// The cryptographic library refused.
    #[error("the cryptographic library refused: {0}")]
    Crypto(String),
}

use crate::model::{Secret, Timestamp};
use crate::store::Store;

/// The secret of this instance, made from `fresh` when there is none yet; the same on every node.
pub fn instance_secret(
    _store: &Store,
    _vault: &Vault,
    _fresh: &[u8; 32],
) -> Result<Secret<[u8; 32]>, KeyError> {
    todo!()
}

/// Makes the first RS256 and ES256 keys when there are none; they sign at once, since nobody knows older ones.
pub fn make_first_keys(_store: &Store, _vault: &Vault, _now: Timestamp) -> Result<(), KeyError> {
    todo!()
}
