//! What is encrypted to us, and by us to clients: RFC 7516.

mod content;
mod decrypter;
mod envelope;
mod recipient;

pub(super) use decrypter::Decrypter;
pub(super) use envelope::Envelope;
pub use recipient::{NoRecipient, Plain, can_encrypt, encrypt};

#[cfg(test)]
mod tests;
