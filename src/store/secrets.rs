//! The secrets of this instance, encrypted under the master key.

use diesel::prelude::*;

use super::schema::secrets;
use super::{Db, StoreError, insert_if_new};

/// A secret by name: a compact JWE.
pub fn find(db: &mut Db, name: &str) -> Result<Option<String>, StoreError> {
    Ok(secrets::table.find(name).select(secrets::sealed).first(db).optional()?)
}

/// Adds a secret; false when another node was quicker.
pub fn insert(db: &mut Db, name: &str, sealed: &str) -> Result<bool, StoreError> {
    let row = (secrets::name.eq(name), secrets::sealed.eq(sealed));
    Ok(insert_if_new!(db, secrets::table, row)? == 1)
}

/// All, for rewrapping.
pub fn list(db: &mut Db) -> Result<Vec<(String, String)>, StoreError> {
    Ok(secrets::table.order(secrets::name).load(db)?)
}

/// Replaces one, if it still is `old`.
pub fn rewrap(db: &mut Db, name: &str, old: &str, new: &str) -> Result<bool, StoreError> {
    let unchanged = secrets::table.find(name).filter(secrets::sealed.eq(old));
    Ok(diesel::update(unchanged).set(secrets::sealed.eq(new)).execute(db)? == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{TestStore, on_both_databases};

    on_both_databases!(cra_08_one_node_makes_the_secret, a_secret_is_rewrapped_once);

    fn cra_08_one_node_makes_the_secret(store: &TestStore) {
        assert_eq!(store.winners(2, |db, caller| insert(db, "instance", &caller.to_string())), 1);
        assert_eq!(store.read_blocking(list).unwrap().len(), 1);
    }

    fn a_secret_is_rewrapped_once(store: &TestStore) {
        store.write_blocking(|db| insert(db, "instance", "old")).unwrap();
        assert_eq!(store.winners(2, |db, n| rewrap(db, "instance", "old", &format!("new {n}"))), 1);
        assert!(
            store.read_blocking(|db| find(db, "instance")).unwrap().unwrap().starts_with("new")
        );
    }
}
