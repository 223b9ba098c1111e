//! Room 3: keys. Signing keys and their life, the master key, what is sealed, and the JOSE gate.
//!
//! - [`Vault`] encrypts what is stored (private keys, TOTP secrets) under the master key;
//! - [`Sealer`] encrypts what travels through browsers (interactions, codes) and makes keyed hashes;
//! - [`KeyRing`] signs and verifies our own tokens, and publishes the key set;
//! - [`gate`] stands before everything that reads a JWT from outside;
//! - [`jwe`] encrypts to clients, and reads what they encrypt to us;
//! - [`lifecycle`] decides, purely, what a rotation or a retirement does;
//! - [`make_first_keys`], [`ensure_algorithm`], [`rotate_if_due`] and [`change`] make it so.

pub mod client_keys;
#[cfg(test)]
mod forgeries;
pub mod gate;
mod generate;
pub mod jwe;
mod jwk;
pub mod lifecycle;
mod make;
mod reseal;
mod ring;
mod sealer;
mod signer;
mod stored;
mod subject;
mod vault;
mod verifier;

pub use make::MadeKey;
pub use reseal::{Resealed, reseal};
pub use ring::{Jwks, KeyRing, SignedToken};
pub use sealer::{Purpose, Sealer};
pub use stored::{
    change, ensure_algorithm, instance_secret, make_first_keys, open_vault, rotate_if_due,
};
pub use vault::{Rewrap, Vault};

/// Why a key can't be had or used.
#[derive(Clone, Debug, thiserror::Error)]
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
    /// A key that was brought in is of no use; the sentence says what to bring instead.
    #[error("{0}")]
    Unusable(String),
    /// The cryptographic library refused.
    #[error("the cryptographic library refused: {0}")]
    Crypto(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
}

impl KeyError {
    /// What a library says is kept as text: it names no secret.
    fn crypto(error: impl std::fmt::Display) -> Self {
        Self::Crypto(error.to_string())
    }
}
