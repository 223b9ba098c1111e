//! Changing the master key, in steps that each can be the last before a crash.
//!
//! 1. The new key is written to `master.key.next`, which [`Vault`] reads too.
//! 2. One transaction encrypts everything anew: afterwards only `master.key.next` opens it.
//! 3. `master.key` is kept as `master.key.previous`, and `master.key.next` takes its name.
//! 4. What a process sealed meanwhile under the old key is encrypted anew.
//!
//! Stopped anywhere, the next run goes on with the `master.key.next` that it finds.

use std::path::Path;
use std::sync::Arc;

use super::{CURRENT, Header, Master, NEXT, PREVIOUS, Vault, file};
use crate::keys::KeyError;
use crate::model::Secret;

/// A change of the master key that is under way.
#[derive(Clone)]
pub struct Rewrap {
    vault: Vault,
    next: Arc<Master>,
}

impl Vault {
    /// Begins a change of the master key to `new`, or goes on with the one that was begun.
    pub fn begin_rewrap(&self, new: &[u8; 32]) -> Result<Rewrap, KeyError> {
        let path = self.0.dir.join(NEXT);
        let name = Master::new(new)?.name;
        if self.masters().current.name == name {
            return Err(KeyError::File(format!(
                "{}: is this very key already: name another one",
                self.0.dir.join(CURRENT).display()
            )));
        }
        file::make(&path, new, &name)?;
        let bytes = file::read(&path)?.ok_or_else(|| {
            KeyError::File(format!("{}: is gone again: run this once more", path.display()))
        })?;
        self.reload()?;
        Ok(Rewrap { vault: self.clone(), next: Arc::new(Master::new(bytes.expose())?) })
    }

    /// Whether a change of the master key was begun and not ended.
    pub fn rewrap_is_under_way(&self) -> bool {
        self.0.dir.join(NEXT).exists()
    }
}

impl Rewrap {
    /// The name of the new master key.
    pub fn name(&self) -> &str {
        &self.next.name
    }

    /// The same secret under the new master key; `None` when it is already.
    pub fn reseal(&self, sealed: &str) -> Result<Option<Secret<String>>, KeyError> {
        let header = Header::of(sealed)?;
        if header.master == self.next.name {
            return Ok(None);
        }
        let secret = self.vault.open_sealed(&header.purpose, sealed)?;
        self.next.seal(&header.purpose, secret.expose()).map(Some)
    }

    /// Puts the new master key in its place, when the database needs the old one no longer.
    pub fn finish(&self) -> Result<(), KeyError> {
        let dir = &self.vault.0.dir;
        let (current, previous, next) = (dir.join(CURRENT), dir.join(PREVIOUS), dir.join(NEXT));
        // A copy under its new name first, and in one step: at no moment is there no `master.key`
        let aside = dir.join(".master.key.previous");
        drop(std::fs::remove_file(&aside));
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| file::unreadable(&path, &error)
        };
        std::fs::hard_link(&current, &aside)
            .or_else(|_| std::fs::copy(&current, &aside).map(drop))
            .map_err(failed(&aside))?;
        std::fs::rename(&aside, &previous).map_err(failed(&previous))?;
        std::fs::rename(&next, &current).map_err(failed(&current))?;
        file::sync_dir(dir).map_err(failed(dir))?;
        self.vault.reload()
    }
}
