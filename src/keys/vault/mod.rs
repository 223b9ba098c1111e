//! The master key, and what is encrypted under it at rest: compact JWE (RFC 7516), `dir` with A256GCM.

mod file;
mod jwe;
mod rewrap;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

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
        Self::of(dir)
    }

    /// [`Vault::open`] where something was encrypted before: a master key made now would open none of it.
    pub fn reopen(dir: &Path) -> Result<Self, KeyError> {
        let path = dir.join(CURRENT);
        if file::read(&path)?.is_none() {
            return Err(KeyError::File(format!(
                "{0}: is missing, and what the database holds was encrypted with it: put {0} back from the copy that \
                 you keep",
                path.display()
            )));
        }
        Self::of(dir)
    }

    fn of(dir: &Path) -> Result<Self, KeyError> {
        let masters = RwLock::new(Masters::read(dir)?);
        Ok(Self(Arc::new(Inner { dir: dir.to_owned(), masters })))
    }

    /// The key in a file like `master.key`, for a change of the master key.
    pub fn read_file(path: &Path) -> Result<Secret<[u8; 32]>, KeyError> {
        file::read(path)?
            .ok_or_else(|| KeyError::File(format!("{}: there is no such file", path.display())))
    }

    /// The name that a master key with these bytes has.
    pub fn name_of(bytes: &[u8; 32]) -> Result<String, KeyError> {
        Ok(Master::new(bytes)?.name)
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
        let header = json!({"alg": "dir", "enc": "A256GCM", "kid": self.name, FOR: purpose});
        jwe::seal(&header, &key, secret)
    }

    fn open(&self, header: &Header, sealed: &str) -> Result<Secret<Vec<u8>>, KeyError> {
        jwe::open(&self.key_for(&header.purpose)?, sealed).ok_or_else(damaged)
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use tempfile::tempdir;

    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn key_02_the_master_key_is_made_once_for_its_owner_alone() {
        let dir = tempdir().unwrap();
        let keys = dir.path().join("deep/keys");
        let vault = Vault::open(&keys, &[1; 32]).unwrap();
        assert_eq!(fs::metadata(&keys).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(keys.join(CURRENT)).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&keys).unwrap().count(), 1);
        let sealed = vault.seal("totp", b"secret").unwrap();
        let again = Vault::open(&keys, &[2; 32]).unwrap();
        assert_eq!(again.master_name(), vault.master_name());
        assert_eq!(again.open_sealed("totp", sealed.expose()).unwrap().expose(), b"secret");
    }

    #[test]
    fn key_03_an_unusable_file_is_named_with_the_command_that_mends_it() {
        type Spoil = fn(&Path);
        let cases: [(&str, Spoil, &str); 10] = [
            ("empty", |file| fs::write(file, "").unwrap(), "is empty"),
            ("comments only", |file| fs::write(file, "# a key\n").unwrap(), "is empty"),
            ("truncated", |file| fs::write(file, "# a\nAQEBAQEB").unwrap(), "is cut short"),
            ("a PEM file", |file| fs::write(file, "-----BEGIN X-----\nAA\n").unwrap(), "is not a"),
            ("bytes", |file| fs::write(file, [0xff; 32]).unwrap(), "can't be read"),
            ("too long", |file| fs::write(file, "A".repeat(9999)).unwrap(), "is not a master"),
            ("readable by others", |file| set_mode(file, 0o644), "`chmod 600 "),
            ("writable by the group", |file| set_mode(file, 0o620), "`chmod 600 "),
            (
                "a link",
                |file| {
                    fs::rename(file, file.with_extension("real")).unwrap();
                    symlink(file.with_extension("real"), file).unwrap();
                },
                "is a link",
            ),
            (
                "a folder",
                |file| {
                    fs::remove_file(file).unwrap();
                    fs::create_dir(file).unwrap();
                },
                "is not a file",
            ),
        ];
        for (name, spoil, says) in cases {
            let dir = tempdir().unwrap();
            let file = dir.path().join(CURRENT);
            Vault::open(dir.path(), &[1; 32]).unwrap();
            spoil(&file);
            let before = fs::read(&file).ok();
            let error = Vault::open(dir.path(), &[2; 32]).map(drop).unwrap_err();
            assert!(matches!(error, KeyError::File(_)), "{name}: {error:?}");
            let text = error.to_string();
            assert!(text.contains(says) && text.contains('`'), "{name}: {text}");
            assert!(text.starts_with(&file.display().to_string()), "{name}: {text}");
            assert_eq!(fs::read(&file).ok(), before, "{name}");
        }
    }

    #[test]
    fn key_03_no_master_key_is_made_beside_what_another_encrypted() {
        let dir = tempdir().unwrap();
        let error = Vault::reopen(dir.path()).map(drop).unwrap_err().to_string();
        assert!(error.contains("is missing") && error.contains("copy"), "{error}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        let sealed = Vault::open(dir.path(), &[1; 32]).unwrap().seal("totp", b"secret").unwrap();
        assert!(Vault::reopen(dir.path()).unwrap().open_sealed("totp", sealed.expose()).is_ok());
    }

    #[test]
    fn key_03_another_owner_is_refused() {
        let dir = tempdir().unwrap();
        let file = dir.path().join(CURRENT);
        Vault::open(dir.path(), &[1; 32]).unwrap();
        // Only root can give a file away
        if std::os::unix::fs::chown(&file, Some(65_534), None).is_ok() {
            let error = Vault::open(dir.path(), &[1; 32]).map(drop).unwrap_err().to_string();
            assert!(error.contains("belongs to user 65534") && error.contains("chown"), "{error}");
        }
    }

    #[test]
    fn key_03_a_folder_that_cannot_be_made_or_written_is_named() {
        let dir = tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Vault::open(&file.join("keys"), &[1; 32]).map(drop).unwrap_err().to_string();
        assert!(error.contains(&file.join("keys").display().to_string()), "{error}");
        let error = Vault::open(Path::new("/proc/keys"), &[1; 32]).map(drop).unwrap_err();
        assert!(error.to_string().starts_with("/proc/keys"), "{error}");
    }

    #[test]
    fn key_03_another_master_key_is_said_to_be_another() {
        let (dir, other) = (tempdir().unwrap(), tempdir().unwrap());
        let sealed = Vault::open(dir.path(), &[1; 32]).unwrap().seal("totp", b"secret").unwrap();
        let vault = Vault::open(other.path(), &[2; 32]).unwrap();
        let error = vault.open_sealed("totp", sealed.expose()).unwrap_err();
        assert!(matches!(error, KeyError::Unreadable(_)));
        assert!(error.to_string().contains(&vault.master_name()), "{error}");
        assert!(error.to_string().contains("never made anew"), "{error}");
    }

    #[test]
    fn what_is_sealed_is_bound_to_its_purpose_and_to_every_bit() {
        let dir = tempdir().unwrap();
        let vault = Vault::open(dir.path(), &[1; 32]).unwrap();
        let sealed = vault.seal("totp", b"secret").unwrap();
        let sealed = sealed.expose();
        assert!(vault.open_sealed("signing key", sealed).is_err());
        assert_ne!(vault.seal("totp", b"secret").unwrap().expose(), sealed);
        // A header of another purpose before the same ciphertext
        let other = vault.seal("signing key", b"secret").unwrap();
        let header = other.expose().split('.').next().unwrap();
        let (_, rest) = sealed.split_once('.').unwrap();
        assert!(vault.open_sealed("signing key", &format!("{header}.{rest}")).is_err());
        for place in 0..sealed.len() {
            let mut changed = sealed.as_bytes().to_vec();
            changed[place] ^= 1;
            let changed = String::from_utf8(changed).unwrap();
            assert!(vault.open_sealed("totp", &changed).is_err(), "{place}");
        }
        for text in ["", ".", "....", "e30....", "x"] {
            assert!(vault.open_sealed("totp", text).is_err());
        }
    }

    #[test]
    fn a_rewrap_can_stop_after_each_step_and_go_on() {
        let dir = tempdir().unwrap();
        let vault = Vault::open(dir.path(), &[1; 32]).unwrap();
        let sealed = vault.seal("totp", b"secret").unwrap();
        let opens = |sealed: &Secret<String>| {
            let fresh = Vault::open(dir.path(), &[9; 32]).unwrap();
            for each in [&vault, &fresh] {
                let secret = each.open_sealed("totp", sealed.expose()).unwrap();
                assert_eq!(secret.expose(), b"secret");
            }
        };
        drop(vault.begin_rewrap(&[2; 32]).unwrap());
        opens(&sealed);
        assert!(vault.rewrap_is_under_way());
        // The second run brings other random bytes, and goes on with the first one's
        let rewrap = Vault::open(dir.path(), &[9; 32]).unwrap().begin_rewrap(&[3; 32]).unwrap();
        let resealed = rewrap.reseal(sealed.expose()).unwrap().unwrap();
        opens(&sealed);
        opens(&resealed);
        assert!(rewrap.reseal(resealed.expose()).unwrap().is_none());
        rewrap.finish().unwrap();
        opens(&sealed);
        opens(&resealed);
        assert!(!vault.rewrap_is_under_way());
        let new = vault.seal("totp", b"secret").unwrap();
        assert_eq!(vault.master_name(), rewrap.name());
        assert!(rewrap.reseal(new.expose()).unwrap().is_none());
        fs::remove_file(dir.path().join(PREVIOUS)).unwrap();
        opens(&resealed);
        assert!(
            Vault::open(dir.path(), &[9; 32])
                .unwrap()
                .open_sealed("totp", sealed.expose())
                .is_err()
        );
    }
}
