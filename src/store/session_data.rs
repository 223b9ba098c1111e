//! What apps keep with sessions.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::schema::{grants, session_apps, session_data, sessions, users};
use super::sessions::SessionRow;
use super::users::UserRow;
use super::{Db, StoreError, insert_if_new, sessions as session_rows};
use crate::model::{ClientId, Precondition, Session, SessionData, SessionId, User};

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// There was nothing before.
    Created,
    /// It took the place of what was there.
    Replaced,
    /// The precondition does not hold.
    Refused,
    /// The session has ended.
    Ended,
}

/// A session that an app has been given tokens in, with its person; it may have ended.
pub fn session_of_app(
    db: &mut Db,
    session: SessionId,
    client: &ClientId,
) -> Result<Option<(Session, User)>, StoreError> {
    let id = session.to_string();
    let granted = grants::table
        .filter(grants::session_id.eq(sessions::id))
        .filter(grants::client_id.eq(client.as_str()));
    let before = session_apps::table
        .filter(session_apps::session_id.eq(sessions::id))
        .filter(session_apps::client_id.eq(client.as_str()));
    let row = sessions::table
        .inner_join(users::table)
        .filter(sessions::id.eq(id))
        .filter(exists(granted).or(exists(before)))
        .select((SessionRow::as_select(), UserRow::as_select()))
        .first::<(SessionRow, UserRow)>(db)
        .optional()?;
    row.map(|(session, user)| Ok((session.into_session()?, user.into_user()?))).transpose()
}

/// What an app keeps with a session.
pub fn find(
    db: &mut Db,
    session: SessionId,
    client: &ClientId,
) -> Result<Option<SessionData>, StoreError> {
    let row = session_data::table
        .find((session.to_string(), client.as_str()))
        .select((session_data::version, session_data::data))
        .first::<(String, String)>(db)
        .optional()?;
    Ok(row.map(|(version, json)| SessionData { version, json }))
}

/// Writes what an app keeps with a session, if the precondition holds at this moment.
pub fn put(
    db: &mut Db,
    session: SessionId,
    client: &ClientId,
    new: &SessionData,
    precondition: &Precondition,
) -> Result<Written, StoreError> {
    if !session_rows::hold(db, session)? {
        return Ok(Written::Ended);
    }
    let id = session.to_string();
    let own = session_data::table.find((&id, client.as_str()));
    let to = (session_data::version.eq(&new.version), session_data::data.eq(&new.json));
    let (changed, done) = match precondition {
        Precondition::Absent => {
            let key =
                (session_data::session_id.eq(&id), session_data::client_id.eq(client.as_str()));
            let inserted = insert_if_new!(db, session_data::table, (key, to))?;
            (inserted, Written::Created)
        }
        Precondition::Present => (diesel::update(own).set(to).execute(db)?, Written::Replaced),
        Precondition::OneOf(versions) => {
            let matching = own.filter(session_data::version.eq_any(versions));
            (diesel::update(matching).set(to).execute(db)?, Written::Replaced)
        }
    };
    Ok(if changed == 1 { done } else { Written::Refused })
}

/// Deletes what an app keeps with a session, of one of these versions if any are given; false when there is no such.
pub fn delete(
    db: &mut Db,
    session: SessionId,
    client: &ClientId,
    versions: Option<&[String]>,
) -> Result<bool, StoreError> {
    let own = session_data::table.find((session.to_string(), client.as_str()));
    let gone = match versions {
        Some(versions) => {
            diesel::delete(own.filter(session_data::version.eq_any(versions))).execute(db)?
        }
        None => diesel::delete(own).execute(db)?,
    };
    Ok(gone == 1)
}

/// Deletes what all apps keep with a session that ends.
pub(super) fn delete_all(db: &mut Db, session: SessionId) -> Result<(), StoreError> {
    let all = session_data::table.filter(session_data::session_id.eq(session.to_string()));
    diesel::delete(all).execute(db)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EndReason, Grant};
    use crate::store::testing::{NOW, TestStore, client, grant, on_both_databases, session};

    on_both_databases!(
        rfc_9110_13_1_a_write_happens_where_its_precondition_holds,
        of_two_writers_one_wins,
        it_goes_with_the_session_and_does_not_come_back,
        only_apps_of_a_session_find_it,
    );

    fn data(version: &str) -> SessionData {
        SessionData { version: version.to_owned(), json: format!("[\"{version}\"]") }
    }

    fn one_of(version: &str) -> Precondition {
        Precondition::OneOf(vec!["other".to_owned(), version.to_owned()])
    }

    fn rfc_9110_13_1_a_write_happens_where_its_precondition_holds(store: &TestStore) {
        store.furnish();
        let (id, app) = (session(1).id, client("notes").id);
        store
            .write_blocking(move |db| {
                for (version, precondition, expected) in [
                    ("a", Precondition::Present, Written::Refused),
                    ("a", one_of("a"), Written::Refused),
                    ("a", Precondition::Absent, Written::Created),
                    ("b", Precondition::Absent, Written::Refused),
                    ("b", one_of("x"), Written::Refused),
                    ("b", one_of("a"), Written::Replaced),
                    ("c", one_of("a"), Written::Refused),
                    ("c", Precondition::Present, Written::Replaced),
                ] {
                    let written = put(db, id, &app, &data(version), &precondition)?;
                    assert_eq!(written, expected, "{version} {precondition:?}");
                }
                assert_eq!(find(db, id, &app)?, Some(data("c")));
                assert!(!delete(db, id, &app, Some(&["b".to_owned()]))?);
                assert!(delete(db, id, &app, Some(&["b".to_owned(), "c".to_owned()]))?);
                assert!(!delete(db, id, &app, None)?);
                assert_eq!(
                    put(db, session(9).id, &app, &data("a"), &Precondition::Absent)?,
                    Written::Ended
                );
                Ok(())
            })
            .unwrap();
    }

    fn of_two_writers_one_wins(store: &TestStore) {
        store.furnish();
        let (id, app) = (session(1).id, client("notes").id);
        let write = move |precondition: Precondition, name: &'static str| {
            let app = app.clone();
            move |db: &mut Db, caller: usize| {
                let written = put(db, id, &app, &data(&format!("{name}{caller}")), &precondition)?;
                Ok(written != Written::Refused)
            }
        };
        assert_eq!(store.winners(4, write(Precondition::Absent, "first")), 1);
        let app = client("notes").id;
        let now = store.read_blocking(move |db| find(db, id, &app)).unwrap().unwrap();
        assert_eq!(store.winners(4, write(Precondition::OneOf(vec![now.version]), "second")), 1);
    }

    fn it_goes_with_the_session_and_does_not_come_back(store: &TestStore) {
        store.furnish();
        let (id, app) = (session(1).id, client("notes").id);
        store
            .write_blocking(move |db| {
                put(db, id, &app, &data("a"), &Precondition::Absent)?;
                session_rows::end(db, id, EndReason::SignedOut, NOW)?;
                assert_eq!(find(db, id, &app)?, None);
                assert_eq!(put(db, id, &app, &data("a"), &Precondition::Absent)?, Written::Ended);
                Ok(())
            })
            .unwrap();
    }

    fn only_apps_of_a_session_find_it(store: &TestStore) {
        store.furnish();
        store
            .write_blocking(|db| {
                crate::store::clients::insert(db, &client("photos"))?;
                crate::store::grants::insert(
                    db,
                    &Grant { session_id: session(1).id, ..grant(1) },
                    None,
                )?;
                let found =
                    |db: &mut Db, app: &str| session_of_app(db, session(1).id, &client(app).id);
                assert_eq!(found(db, "notes")?.unwrap().0.id, session(1).id);
                assert_eq!(found(db, "photos")?, None);
                assert_eq!(session_of_app(db, session(2).id, &client("notes").id)?, None);
                Ok(())
            })
            .unwrap();
    }
}
