//! Everything that is encrypted under the master key, encrypted anew.

use super::Rewrap;
use crate::model::{Secret, TotpRecord, User};
use crate::store::{self, Db, StoreError};

/// People are read in pages of this size.
const PAGE: i64 = 500;

/// How much was encrypted anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Resealed {
    /// Private keys.
    pub signing_keys: usize,
    /// Secrets of the instance.
    pub secrets: usize,
    /// Secrets of authenticator apps.
    pub authenticators: usize,
    /// Secrets that clients sign with.
    pub client_secrets: usize,
    /// Secrets of connectors.
    pub connector_secrets: usize,
}

impl Resealed {
    /// Whether nothing was left to do.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// Encrypts everything that is not yet under the new master key, in the transaction of the caller.
pub fn reseal(db: &mut Db, rewrap: &Rewrap) -> Result<Resealed, StoreError> {
    let mut done = Resealed::default();
    for key in store::signing_keys::list(db)? {
        let old = key.sealed_jwk.expose();
        if let Some(new) = anew(rewrap, old)? {
            store::signing_keys::rewrap(db, &key.kid, old, new.expose())?;
            done.signing_keys += 1;
        }
    }
    for (name, old) in store::secrets::list(db)? {
        if let Some(new) = anew(rewrap, &old)? {
            store::secrets::rewrap(db, &name, &old, new.expose())?;
            done.secrets += 1;
        }
    }
    done.client_secrets = reseal_clients(db, rewrap)?;
    done.connector_secrets = reseal_connectors(db, rewrap)?;
    let mut after = None;
    loop {
        let page = store::users::list(db, after.as_ref(), PAGE)?;
        let Some(last) = page.last() else { return Ok(done) };
        after = Some(last.username.clone());
        for user in &page {
            done.authenticators += usize::from(reseal_totp(db, rewrap, user)?);
        }
    }
}

fn reseal_clients(db: &mut Db, rewrap: &Rewrap) -> Result<usize, StoreError> {
    let (mut done, mut after) = (0, None);
    loop {
        let page = store::clients::list(db, after.as_ref(), PAGE)?;
        let Some(last) = page.last() else { return Ok(done) };
        after = Some(last.id.clone());
        let sealed = page.iter().filter(|client| client.secrets.iter().any(|s| s.sealed.is_some()));
        for client in sealed {
            done += store::clients::rewrap(db, &client.id, |old| {
                Ok(anew(rewrap, old)?.map(|new| new.expose().clone()))
            })?;
        }
    }
}

fn reseal_connectors(db: &mut Db, rewrap: &Rewrap) -> Result<usize, StoreError> {
    let mut done = 0;
    for old in store::connectors::list(db)? {
        let again = |sealed: &str| {
            Ok::<_, StoreError>(anew(rewrap, sealed)?.map(|new| new.expose().clone()))
        };
        let mut new = old.clone();
        let secret = old.sealed_secret.as_deref().map(again).transpose()?.flatten();
        let previous =
            old.previous.as_ref().map(|(sealed, _)| again(sealed)).transpose()?.flatten();
        done += usize::from(secret.is_some()) + usize::from(previous.is_some());
        if secret.is_none() && previous.is_none() {
            continue;
        }
        new.sealed_secret = secret.or(new.sealed_secret);
        if let (Some(sealed), Some((held, _))) = (previous, new.previous.as_mut()) {
            *held = sealed;
        }
        store::connectors::update(db, &new, &old)?;
    }
    Ok(done)
}

fn reseal_totp(db: &mut Db, rewrap: &Rewrap, user: &User) -> Result<bool, StoreError> {
    let Some(totp) = &user.totp else { return Ok(false) };
    let Some(sealed_secret) = anew(rewrap, totp.sealed_secret.expose())? else { return Ok(false) };
    let totp = TotpRecord { sealed_secret, last_step: totp.last_step };
    // Nothing of the person changed, so `updated_at` stays
    store::users::set_totp(db, user.id, Some(&totp), user.updated_at)
}

fn anew(rewrap: &Rewrap, sealed: &str) -> Result<Option<Secret<String>>, StoreError> {
    rewrap.reseal(sealed).map_err(|error| StoreError::Corrupt(error.to_string()))
}
