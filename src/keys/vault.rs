//! The master key, and what is encrypted under it at rest.

use std::path::Path;

use super::KeyError;
use crate::model::Secret;

/// Encrypts what must be read back: a compact JWE (`dir`, A256GCM) under the master key of `keys/`.
#[derive(Clone)]
pub struct Vault;

impl Vault {
    /// Reads `DIR/master.key`, or makes it from `fresh` with mode 0600 when there is no such file.
    /// Wrong permissions, links and unreadable content are errors that name the command that mends them.
    pub fn open(_dir: &Path, _fresh: &[u8; 32]) -> Result<Self, KeyError> {
        todo!()
    }

    /// Encrypts a secret. The `purpose` is bound in: what was sealed for one can't be opened for another.
    pub fn seal(&self, _purpose: &str, _secret: &[u8]) -> Result<Secret<String>, KeyError> {
        todo!()
    }

    /// Decrypts what [`Vault::seal`] made.
    pub fn open_sealed(&self, _purpose: &str, _sealed: &str) -> Result<Secret<Vec<u8>>, KeyError> {
        todo!()
    }
}
