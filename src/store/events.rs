//! The audit log.

use diesel::prelude::*;

use super::columns::{client_id, id, word};
use super::schema::events;
use super::{Db, StoreError};
use crate::model::{ClientId, Event, Timestamp};

/// Writes an entry, in the transaction of the change it tells of.
pub fn append(db: &mut Db, event: &Event) -> Result<(), StoreError> {
    diesel::insert_into(events::table)
        .values((
            events::id.eq(event.id.to_string()),
            events::at.eq(event.at.seconds()),
            events::kind.eq(event.kind.as_str()),
            events::user_id.eq(event.user_id.map(|id| id.to_string())),
            events::client_id.eq(event.client_id.as_ref().map(ClientId::as_str)),
            events::detail.eq(&event.detail),
        ))
        .execute(db)?;
    Ok(())
}

/// The newest entries.
pub fn latest(db: &mut Db, limit: i64) -> Result<Vec<Event>, StoreError> {
    let newest = events::table.order((events::at.desc(), events::id.desc())).limit(limit);
    newest.load::<EventRow>(db)?.into_iter().map(EventRow::into_event).collect()
}

#[derive(Queryable)]
struct EventRow {
    id: String,
    at: i64,
    kind: String,
    user_id: Option<String>,
    client_id: Option<String>,
    detail: String,
}

impl EventRow {
    fn into_event(self) -> Result<Event, StoreError> {
        Ok(Event {
            id: id(&self.id)?,
            at: Timestamp::from_seconds(self.at),
            kind: word(&self.kind)?,
            user_id: self.user_id.as_deref().map(id).transpose()?,
            client_id: self.client_id.as_deref().map(client_id).transpose()?,
            detail: self.detail,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EventId, EventKind, seconds};
    use crate::store::testing::{NOW, TestStore, client, id as number, on_both_databases, user};

    on_both_databases!(the_newest_events_come_first);

    fn the_newest_events_come_first(store: &TestStore) {
        let event = |n: u8| Event {
            id: number(EventId::new, n),
            at: NOW + seconds(n.into()),
            kind: EventKind::SecondFactorLocked,
            user_id: Some(user(1).id),
            client_id: Some(client("notes").id),
            detail: "five wrong codes".into(),
        };
        store
            .write_blocking(move |db| {
                (1..=3).try_for_each(|n| append(db, &event(n)))?;
                assert_eq!(latest(db, 2)?, [event(3), event(2)]);
                Ok(())
            })
            .unwrap();
    }
}
