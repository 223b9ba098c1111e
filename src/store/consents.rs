//! What people have allowed apps.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::columns::{client_id, id, scopes};
use super::schema::consents;
use super::{Db, StoreError, insert_if_new};
use crate::model::{Access, ClientId, Consent, Timestamp, UserId};

/// What a person has allowed an app.
pub fn find(
    db: &mut Db,
    user_id: UserId,
    client_id: &ClientId,
) -> Result<Option<Consent>, StoreError> {
    let key = (user_id.to_string(), client_id.as_str());
    let row = consents::table.find(key).first::<ConsentRow>(db).optional()?;
    row.map(ConsentRow::into_consent).transpose()
}

/// Adds scopes and claims to what is allowed.
pub fn allow(
    db: &mut Db,
    user_id: UserId,
    client_id: &ClientId,
    access: impl Into<Access>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (user, access) = (user_id.to_string(), access.into());
    // Two tabs may allow at once: who finds the row changed reads again, and so nothing is lost.
    loop {
        let key = consents::table.find((&user, client_id.as_str()));
        let changed = if let Some(known) = find(db, user_id, client_id)? {
            let claims = known.claims.union(&access.claims).cloned().collect();
            let unchanged = key
                .filter(consents::scopes.eq(known.scopes.to_string()))
                .filter(consents::claims.eq(words(&known.claims)));
            diesel::update(unchanged)
                .set((
                    consents::scopes.eq(known.scopes.joined(&access.scopes).to_string()),
                    consents::claims.eq(words(&claims)),
                    consents::updated_at.eq(now.seconds()),
                ))
                .execute(db)?
        } else {
            let row = (
                consents::user_id.eq(&user),
                consents::client_id.eq(client_id.as_str()),
                consents::scopes.eq(access.scopes.to_string()),
                consents::claims.eq(words(&access.claims)),
                consents::created_at.eq(now.seconds()),
                consents::updated_at.eq(now.seconds()),
            );
            insert_if_new!(db, consents::table, row)?
        };
        if changed == 1 {
            return Ok(());
        }
    }
}

/// Forgets it; false when there was nothing. The caller ends the grants.
pub fn withdraw(db: &mut Db, user_id: UserId, client_id: &ClientId) -> Result<bool, StoreError> {
    let key = consents::table.find((user_id.to_string(), client_id.as_str()));
    Ok(diesel::delete(key).execute(db)? == 1)
}

/// All that a person has allowed, newest first.
pub fn list_of_user(db: &mut Db, user_id: UserId) -> Result<Vec<Consent>, StoreError> {
    let rows = consents::table
        .filter(consents::user_id.eq(user_id.to_string()))
        .order((consents::updated_at.desc(), consents::client_id))
        .load::<ConsentRow>(db)?;
    rows.into_iter().map(ConsentRow::into_consent).collect()
}

/// Names of claims as they are stored; no name has a blank in it.
fn words(claims: &BTreeSet<String>) -> String {
    claims.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

#[derive(Queryable)]
struct ConsentRow {
    user_id: String,
    client_id: String,
    scopes: String,
    claims: String,
    created_at: i64,
    updated_at: i64,
}

impl ConsentRow {
    fn into_consent(self) -> Result<Consent, StoreError> {
        Ok(Consent {
            user_id: id(&self.user_id)?,
            client_id: client_id(&self.client_id)?,
            scopes: scopes(&self.scopes)?,
            claims: self.claims.split_whitespace().map(str::to_owned).collect(),
            created_at: Timestamp::from_seconds(self.created_at),
            updated_at: Timestamp::from_seconds(self.updated_at),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Scopes;
    use crate::store::testing::{NOW, TestStore, client, on_both_databases, user};

    on_both_databases!(scopes_allowed_at_once_add_up, what_was_allowed_can_be_withdrawn);

    fn scopes_allowed_at_once_add_up(store: &TestStore) {
        store.furnish();
        store.winners(8, |db, caller| {
            let scopes = Scopes::parse(&format!("scope{}", caller / 2)).unwrap();
            let claims = [format!("claim{caller}")].into();
            let access = Access { scopes, claims };
            allow(db, user(1).id, &client("notes").id, access, NOW).map(|()| true)
        });
        let all = store.read_blocking(|db| find(db, user(1).id, &client("notes").id)).unwrap();
        let all = all.unwrap();
        assert_eq!((all.scopes.iter().count(), all.claims.len()), (4, 8));
    }

    fn what_was_allowed_can_be_withdrawn(store: &TestStore) {
        store.furnish();
        store
            .write_blocking(|db| {
                let (user, notes) = (user(1).id, client("notes").id);
                allow(db, user, &notes, &Scopes::parse("openid").unwrap(), NOW)?;
                assert_eq!(list_of_user(db, user)?.len(), 1);
                assert!(withdraw(db, user, &notes)? && !withdraw(db, user, &notes)?);
                assert_eq!(find(db, user, &notes)?, None);
                Ok(())
            })
            .unwrap();
    }
}
