//! Groups, roles and permissions of people.

use diesel::prelude::*;

use super::columns::word;
use super::schema::entitlements;
use super::{Db, StoreError, insert_if_new};
use crate::model::{Entitlement, EntitlementName, Timestamp, UserId};

const GROUP: &str = "group";
const ROLE: &str = "role";
const PERMISSION: &str = "permission";

/// Gives somebody something; false when they have it already.
pub fn grant(
    db: &mut Db,
    user_id: UserId,
    entitlement: &Entitlement,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (kind, held_at, name) = key(entitlement);
    let row = (
        entitlements::user_id.eq(user_id.to_string()),
        entitlements::kind.eq(kind),
        entitlements::held_at.eq(held_at),
        entitlements::name.eq(name),
        entitlements::created_at.eq(now.seconds()),
    );
    Ok(insert_if_new!(db, entitlements::table, row)? == 1)
}

/// Takes it away; false when they did not have it.
pub fn revoke(db: &mut Db, user_id: UserId, entitlement: &Entitlement) -> Result<bool, StoreError> {
    let (kind, held_at, name) = key(entitlement);
    let row = entitlements::table.find((user_id.to_string(), kind, held_at, name));
    Ok(diesel::delete(row).execute(db)? == 1)
}

/// All that somebody has.
pub fn of_user(db: &mut Db, user_id: UserId) -> Result<Vec<Entitlement>, StoreError> {
    let rows = entitlements::table
        .filter(entitlements::user_id.eq(user_id.to_string()))
        .order((entitlements::kind, entitlements::held_at, entitlements::name))
        .select((entitlements::kind, entitlements::held_at, entitlements::name))
        .load::<(String, String, String)>(db)?;
    rows.into_iter().map(read).collect()
}

/// The groups of somebody.
pub fn groups_of(db: &mut Db, user_id: UserId) -> Result<Vec<EntitlementName>, StoreError> {
    let names = entitlements::table
        .filter(entitlements::user_id.eq(user_id.to_string()))
        .filter(entitlements::kind.eq(GROUP))
        .order(entitlements::name)
        .select(entitlements::name)
        .load::<String>(db)?;
    names.iter().map(|name| word(name)).collect()
}

/// Forgets what anybody had at a place that is no more.
pub fn forget_place(db: &mut Db, held_at: &str) -> Result<usize, StoreError> {
    Ok(diesel::delete(entitlements::table.filter(entitlements::held_at.eq(held_at))).execute(db)?)
}

fn key(entitlement: &Entitlement) -> (&'static str, &str, &str) {
    match entitlement {
        Entitlement::Group(name) => (GROUP, "", name.as_str()),
        Entitlement::Role { at, name } => (ROLE, at, name.as_str()),
        Entitlement::Permission { at, name } => (PERMISSION, at, name.as_str()),
    }
}

fn read((kind, at, name): (String, String, String)) -> Result<Entitlement, StoreError> {
    let name = word(&name)?;
    match kind.as_str() {
        GROUP => Ok(Entitlement::Group(name)),
        ROLE => Ok(Entitlement::Role { at, name }),
        PERMISSION => Ok(Entitlement::Permission { at, name }),
        other => Err(StoreError::Corrupt(format!("{other:?} is no kind of entitlement"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{NOW, TestStore, on_both_databases, user};
    use crate::store::users;

    on_both_databases!(what_was_given_is_had_once_and_can_be_taken_away);

    fn name(text: &str) -> EntitlementName {
        EntitlementName::parse(text).unwrap()
    }

    fn role(at: &str) -> Entitlement {
        Entitlement::Role { at: at.to_owned(), name: name("editor") }
    }

    fn what_was_given_is_had_once_and_can_be_taken_away(store: &TestStore) {
        store.furnish();
        let may = Entitlement::Permission { at: "app".to_owned(), name: name("editor") };
        let all = [Entitlement::Group(name("staff")), may, role("api"), role("app")];
        let given = all.clone();
        let winners = store.winners(4, move |db, _| {
            let mut new = false;
            for each in &given {
                new |= grant(db, user(1).id, each, NOW)?;
            }
            Ok(new)
        });
        assert_eq!(winners, 1);
        store
            .write_blocking(move |db| {
                let id = user(1).id;
                assert_eq!(of_user(db, id)?, all);
                assert_eq!(groups_of(db, id)?, [name("staff")]);
                assert!(revoke(db, id, &role("api"))? && !revoke(db, id, &role("api"))?);
                assert_eq!(forget_place(db, "app")?, 2);
                assert_eq!(of_user(db, id)?, all[..1]);
                users::delete(db, id)?;
                assert_eq!(of_user(db, id)?, []);
                Ok(())
            })
            .unwrap();
    }
}
