//! Which sessions began at a provider elsewhere.

use diesel::prelude::*;

use super::columns::id as parse_id;
use super::schema::{sessions, upstream_sessions as rows};
use super::{Db, StoreError};
use crate::model::{SessionId, UpstreamSession};

/// Notes where a session began, the last time.
pub fn note(db: &mut Db, id: SessionId, upstream: &UpstreamSession) -> Result<(), StoreError> {
    diesel::delete(rows::table.find(id.to_string())).execute(db)?;
    let row = (
        rows::session_id.eq(id.to_string()),
        rows::connector.eq(&upstream.connector),
        rows::subject.eq(&upstream.subject),
        rows::sid.eq(&upstream.sid),
        rows::sealed_id_token.eq(&upstream.sealed_id_token),
    );
    diesel::insert_into(rows::table).values(row).execute(db)?;
    Ok(())
}

/// Where a session began, whether it has ended or not.
pub fn of_session(db: &mut Db, id: SessionId) -> Result<Option<UpstreamSession>, StoreError> {
    let row = rows::table
        .find(id.to_string())
        .select((rows::connector, rows::subject, rows::sid, rows::sealed_id_token))
        .first(db)
        .optional()?;
    Ok(row.map(|(connector, subject, sid, sealed_id_token)| UpstreamSession {
        connector,
        subject,
        sid,
        sealed_id_token,
    }))
}

/// The sessions that have not ended and began by this session there; by all of the person's when it names none (Back-Channel
/// Logout section 2.7).
pub fn open(
    db: &mut Db,
    connector: &str,
    subject: Option<&str>,
    sid: Option<&str>,
) -> Result<Vec<SessionId>, StoreError> {
    let all = rows::table
        .inner_join(sessions::table)
        .filter(rows::connector.eq(connector))
        .filter(sessions::ended_at.is_null())
        .select(rows::session_id)
        .limit(1_000);
    let ids: Vec<String> = match (sid, subject) {
        (Some(sid), None) => all.filter(rows::sid.eq(sid)).load(db)?,
        (Some(sid), Some(subject)) => {
            all.filter(rows::sid.eq(sid)).filter(rows::subject.eq(subject)).load(db)?
        }
        (None, Some(subject)) => all.filter(rows::subject.eq(subject)).load(db)?,
        (None, None) => Vec::new(),
    };
    ids.iter().map(|id| parse_id(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EndReason;
    use crate::store::testing::{NOW, TestStore, on_both_databases, session};

    on_both_databases!(a_session_is_found_by_the_one_that_it_began_by);

    fn a_session_is_found_by_the_one_that_it_began_by(store: &TestStore) {
        store.furnish();
        store
            .write_blocking(|db| {
                let id = session(1).id;
                let upstream = |sid: &str| UpstreamSession {
                    connector: "up".to_owned(),
                    subject: "s-1".to_owned(),
                    sid: Some(sid.to_owned()),
                    sealed_id_token: Some(format!("sealed {sid}")),
                };
                note(db, id, &upstream("a"))?;
                note(db, id, &upstream("b"))?;
                assert_eq!(of_session(db, id)?, Some(upstream("b")));
                assert_eq!(of_session(db, session(2).id)?, None);
                for (connector, subject, sid, found) in [
                    ("up", None, Some("b"), true),
                    ("up", Some("s-1"), Some("b"), true),
                    ("up", Some("s-1"), None, true),
                    ("up", None, Some("a"), false),
                    ("up", Some("s-2"), Some("b"), false),
                    ("other", Some("s-1"), None, false),
                    ("up", None, None, false),
                ] {
                    let ids = open(db, connector, subject, sid)?;
                    assert_eq!(ids == [id], found, "{connector} {subject:?} {sid:?}");
                }
                crate::store::sessions::end(db, id, EndReason::SignedOut, NOW)?;
                assert_eq!(open(db, "up", Some("s-1"), None)?, []);
                Ok(())
            })
            .unwrap();
    }
}
