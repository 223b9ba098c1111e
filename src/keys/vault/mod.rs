//! The master key, and what is encrypted under it at rest: compact JWE (RFC 7516), `dir` with A256GCM.

mod file;
mod rewrap;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwe::{Dir, JweHeader};
use serde_json::{Map, Value};

use super::KeyError;
use crate::model::{Digest, Secret};

pub use rewrap::Rewrap;

/// The master key that everything new is encrypted under.
const CURRENT: &str = "master.key";
/// The one that a rewrap is bringing in.
const NEXT: &str = "master.key.next";
/// The one before the last rewrap, for what a restored backup holds.
const PREVIOUS: &str = "master.key.previous";
/// The header that says what a secret is for.
const FOR: &str = "for";

/// Encrypts what must be read back: a compact JWE (`dir`, A256GCM) under the master key of `keys/`.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    dir: PathBuf,
    masters: RwLock<Masters>,
}

#[derive(Clone)]
struct Masters {
    current: Arc<Master>,
    others: Vec<Arc<Master>>,
}

/// One master key: a root to derive from, and a name that tells nothing about it.
struct Master {
    name: String,
    root: Prk,
}

impl Vault {
    /// Reads `DIR/master.key`, or makes it from `fresh` with mode 0600 when there is no such file.
    /// Wrong permissions, links and unreadable content are errors that name the command that mends them.
    pub fn open(dir: &Path, fresh: &[u8; 32]) -> Result<Self, KeyError> {
        let path = dir.join(CURRENT);
        if file::read(&path)?.is_none() {
            if file::read(&dir.join(NEXT))?.is_some() {
                return Err(KeyError::File(format!(
                    "{0}: is missing, though {0}.next is there: put {0} back from the copy that you keep, \
                     then run `hatcheck key rewrap`",
                    path.display()
                )));
            }
            file::make(&path, fresh, &Master::new(fresh)?.name)?;
        }
        let masters = RwLock::new(Masters::read(dir)?);
        Ok(Self(Arc::new(Inner { dir: dir.to_owned(), masters })))
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// The name of the master key that is in use, as stored beside everything that it encrypts.
    pub fn master_name(&self) -> String {
        self.masters().current.name.clone()
    }

    /// Encrypts a secret. The `purpose` is bound in: what was sealed for one can't be opened for another.
    pub fn seal(&self, purpose: &str, secret: &[u8]) -> Result<Secret<String>, KeyError> {
        // A rewrap beside this process may have brought in another master key; this is rare enough to look
        self.reload()?;
        self.masters().current.seal(purpose, secret)
    }

    /// Decrypts what [`Vault::seal`] made.
    pub fn open_sealed(&self, purpose: &str, sealed: &str) -> Result<Secret<Vec<u8>>, KeyError> {
        let header = Header::of(sealed)?;
        if header.purpose != purpose {
            return Err(KeyError::Unreadable(format!(
                "a stored secret was encrypted as {:?}, and is looked for as {purpose:?}: it was moved by hand",
                header.purpose
            )));
        }
        let mut master = self.masters().find(&header.master);
        if master.is_none() {
            self.reload()?;
            master = self.masters().find(&header.master);
        }
        master.ok_or_else(|| self.other_master(&header))?.open(&header, sealed)
    }

    fn masters(&self) -> Masters {
        self.0.masters.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn reload(&self) -> Result<(), KeyError> {
        let read = Masters::read(&self.0.dir)?;
        *self.0.masters.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    fn other_master(&self, header: &Header) -> KeyError {
        KeyError::Unreadable(format!(
            "the database is encrypted under the master key {}, and {} is {}: put the right file there \
             from the copy that you keep (with several nodes: from one that works); it is never made anew",
            header.master,
            self.0.dir.join(CURRENT).display(),
            self.master_name(),
        ))
    }
}

impl Masters {
    fn read(dir: &Path) -> Result<Self, KeyError> {
        let path = dir.join(CURRENT);
        let current = file::read(&path)?.ok_or_else(|| {
            KeyError::File(format!(
                "{}: is gone: put it back from the copy that you keep",
                path.display()
            ))
        })?;
        let mut others = Vec::new();
        for name in [NEXT, PREVIOUS] {
            if let Some(bytes) = file::read(&dir.join(name))? {
                others.push(Arc::new(Master::new(bytes.expose())?));
            }
        }
        Ok(Self { current: Arc::new(Master::new(current.expose())?), others })
    }

    fn find(&self, name: &str) -> Option<Arc<Master>> {
        std::iter::once(&self.current).chain(&self.others).find(|each| each.name == name).cloned()
    }
}

impl Master {
    fn new(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let root = Salt::new(HKDF_SHA256, b"hatcheck master key 1").extract(bytes);
        let name = Digest::of(derive(&root, &[b"name"])?.expose());
        let name = name.as_str().chars().take(16).collect();
        Ok(Self { name, root })
    }

    fn key_for(&self, purpose: &str) -> Result<Secret<[u8; 32]>, KeyError> {
        derive(&self.root, &[b"seal", b"\0", purpose.as_bytes()])
    }

    fn seal(&self, purpose: &str, secret: &[u8]) -> Result<Secret<String>, KeyError> {
        let key = self.key_for(purpose)?;
        let mut header = JweHeader::new();
        header.set_content_encryption("A256GCM");
        header.set_key_id(&self.name);
        header.set_claim(FOR, Some(Value::from(purpose))).map_err(KeyError::crypto)?;
        let encrypter = Dir.encrypter_from_bytes(key.expose()).map_err(KeyError::crypto)?;
        josekit::jwe::serialize_compact(secret, &header, &encrypter)
            .map(Secret::new)
            .map_err(KeyError::crypto)
    }

    fn open(&self, header: &Header, sealed: &str) -> Result<Secret<Vec<u8>>, KeyError> {
        let key = self.key_for(&header.purpose)?;
        let decrypter = Dir.decrypter_from_bytes(key.expose()).map_err(KeyError::crypto)?;
        match josekit::jwe::deserialize_compact(sealed, &decrypter) {
            Ok((secret, _)) => Ok(Secret::new(secret)),
            Err(_) => Err(damaged()),
        }
    }
}

/// What stands readable before a sealed secret.
struct Header {
    master: String,
    purpose: String,
}

impl Header {
    fn of(sealed: &str) -> Result<Self, KeyError> {
        Self::parse(sealed).ok_or_else(damaged)
    }

    fn parse(sealed: &str) -> Option<Self> {
        let json = URL_SAFE_NO_PAD.decode(sealed.split('.').next()?).ok()?;
        let header: Map<String, Value> = serde_json::from_slice(&json).ok()?;
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        // Exactly what `seal` writes: nothing compressed, no other algorithm
        let ours =
            header.len() == 4 && text("alg") == Some("dir") && text("enc") == Some("A256GCM");
        if !ours {
            return None;
        }
        Some(Self { master: text("kid")?.to_owned(), purpose: text(FOR)?.to_owned() })
    }
}

fn damaged() -> KeyError {
    KeyError::Unreadable(
        "a stored secret is damaged: it can't be decrypted, though its master key is here; restore the \
         database from a backup"
            .to_owned(),
    )
}

fn derive(root: &Prk, info: &[&[u8]]) -> Result<Secret<[u8; 32]>, KeyError> {
    let mut key = [0; 32];
    root.expand(info, HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut key))
        .map_err(|_| KeyError::Crypto("deriving a key failed".to_owned()))?;
    Ok(Secret::new(key))
}
