//! Apps that registered themselves: RFC 7591, RFC 7592.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::schema::{consents, grants, registrations};
use super::{Db, StoreError, clients, columns, events};
use crate::model::{Client, ClientId, Digest, Event, Timestamp};

/// Registers an app together with the token that manages it; false when its id is taken.
pub fn insert(db: &mut Db, client: &Client, token: &Digest) -> Result<bool, StoreError> {
    if !clients::insert(db, client)? {
        return Ok(false);
    }
    let row = (
        registrations::client_id.eq(client.id.as_str()),
        registrations::token.eq(token.as_str()),
        registrations::created_at.eq(client.created_at.seconds()),
    );
    diesel::insert_into(registrations::table).values(row).execute(db)?;
    Ok(true)
}

/// The app and the digest of its token; `None` when it did not register itself, or is gone.
pub fn find(db: &mut Db, id: &ClientId) -> Result<Option<(Client, Digest)>, StoreError> {
    let row = registrations::table.find(id.as_str()).select(registrations::token);
    let Some(token) = row.first::<String>(db).optional()? else { return Ok(None) };
    let client = clients::find(db, id)?;
    Ok(client.map(|client| (client, Digest::from_stored(token))))
}

/// Notes that these apps were of use; those that an admin registered have nothing to note.
pub fn touch(db: &mut Db, used: &[ClientId], now: Timestamp) -> Result<(), StoreError> {
    for id in used {
        diesel::update(registrations::table.find(id.as_str()))
            .set(registrations::used_at.eq(now.seconds()))
            .execute(db)?;
    }
    Ok(())
}

/// Apps that were registered before then and never used by anybody, at most so many.
pub fn unused(db: &mut Db, before: Timestamp, limit: i64) -> Result<Vec<ClientId>, StoreError> {
    let granted = exists(grants::table.filter(grants::client_id.eq(registrations::client_id)));
    let allowed = exists(consents::table.filter(consents::client_id.eq(registrations::client_id)));
    let ids: Vec<String> = registrations::table
        .filter(registrations::created_at.lt(before.seconds()))
        .filter(registrations::used_at.is_null())
        .filter(diesel::dsl::not(granted))
        .filter(diesel::dsl::not(allowed))
        .order(registrations::created_at)
        .limit(limit)
        .select(registrations::client_id)
        .load(db)?;
    ids.iter().map(|id| columns::client_id(id)).collect()
}

/// Removes an app that was never used, unless it has been meanwhile.
pub fn sweep(db: &mut Db, id: &ClientId, event: &Event) -> Result<bool, StoreError> {
    let unused = registrations::table.find(id.as_str()).filter(registrations::used_at.is_null());
    if diesel::delete(unused).execute(db)? == 0 {
        return Ok(false);
    }
    clients::delete(db, id)?;
    events::append(db, event)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EventId, EventKind, days};
    use crate::store::testing::{NOW, TestStore, client, on_both_databases};

    on_both_databases!(what_was_never_used_is_found_and_swept);

    fn event(id: &ClientId) -> Event {
        Event {
            id: EventId::new(NOW, &[1; 10]),
            at: NOW,
            kind: EventKind::ClientDeleted,
            user_id: None,
            client_id: Some(id.clone()),
            detail: "never used".to_owned(),
        }
    }

    fn what_was_never_used_is_found_and_swept(store: &TestStore) {
        store
            .write_blocking(|db| {
                let [used, unused, young] = ["used", "unused", "young"].map(client);
                let young = Client { created_at: NOW + days(2), ..young };
                for each in [&used, &unused, &young] {
                    assert!(insert(db, each, &Digest::of("token"))?);
                    assert!(!insert(db, each, &Digest::of("token"))?);
                }
                clients::insert(db, &client("of-an-admin"))?;
                touch(db, &[used.id.clone(), client("of-an-admin").id], NOW)?;
                let later = NOW + days(1);
                assert_eq!(super::unused(db, later, 10)?, std::slice::from_ref(&unused.id));
                assert!(sweep(db, &unused.id, &event(&unused.id))?);
                assert!(!sweep(db, &unused.id, &event(&unused.id))?);
                assert!(!sweep(db, &used.id, &event(&used.id))?);
                assert_eq!(find(db, &unused.id)?, None);
                assert_eq!(clients::find(db, &unused.id)?, None);
                assert_eq!(find(db, &used.id)?, Some((used.clone(), Digest::of("token"))));
                Ok(())
            })
            .unwrap();
    }
}
