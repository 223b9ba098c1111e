//! Sign-ins of browsers.

use std::time::Duration;

use diesel::prelude::*;

use super::columns::{authentication, client_id, id as parse_id, moment, to_json};
use super::schema::{sessions, users};
use super::users::UserRow;
use super::{Db, StoreError, grants, notices, session_data};
use crate::config::Sessions;
use crate::model::{Digest, EndReason, Session, SessionId, Timestamp, User, UserId, minutes};

/// How long after its end a session that ran out is ended: another node may have seen it and not written it yet.
const GRACE: Duration = minutes(5);
/// The most sessions that a list shows.
const LONGEST_LIST: i64 = 200;

/// Records a new sign-in.
pub fn insert(db: &mut Db, session: &Session) -> Result<(), StoreError> {
    diesel::insert_into(sessions::table).values(&SessionRow::of(session)?).execute(db)?;
    Ok(())
}

/// The session behind a cookie, with its person, in one query; also when it has ended or expired.
pub fn find_by_cookie(db: &mut Db, cookie: &Digest) -> Result<Option<(Session, User)>, StoreError> {
    let row = sessions::table
        .inner_join(users::table)
        .filter(sessions::cookie.eq(cookie.as_str()))
        .select((SessionRow::as_select(), UserRow::as_select()))
        .first::<(SessionRow, UserRow)>(db)
        .optional()?;
    row.map(|(session, user)| Ok((session.into_session()?, user.into_user()?))).transpose()
}

/// By id.
pub fn find(db: &mut Db, id: SessionId) -> Result<Option<Session>, StoreError> {
    let row = sessions::table.find(id.to_string()).select(SessionRow::as_select()).first(db);
    row.optional()?.map(SessionRow::into_session).transpose()
}

/// Whether a session has not ended. On PostgreSQL it can't end before the transaction is over; SQLite has one writer.
pub(super) fn hold(db: &mut Db, id: SessionId) -> Result<bool, StoreError> {
    let live = sessions::table
        .find(id.to_string())
        .filter(sessions::ended_at.is_null())
        .select(sessions::id);
    let found = match db {
        Db::Sqlite(connection) => live.first::<String>(connection),
        Db::Postgres(connection) => live.for_share().first::<String>(connection),
    };
    Ok(found.optional()?.is_some())
}

/// A new sign-in by the same person in the same browser: all of `new` but its id and its beginning.
/// False when it has ended or `old_cookie` is its cookie no longer.
pub fn renew(
    db: &mut Db,
    id: SessionId,
    old_cookie: &Digest,
    new: &Session,
) -> Result<bool, StoreError> {
    let current = sessions::table
        .find(id.to_string())
        .filter(sessions::cookie.eq(old_cookie.as_str()))
        .filter(sessions::ended_at.is_null());
    let changed = diesel::update(current)
        .set((
            sessions::cookie.eq(new.cookie.as_str()),
            sessions::auth_time.eq(new.authentication.time.seconds()),
            sessions::acr.eq(new.authentication.acr.as_str()),
            sessions::amr.eq(to_json(&new.authentication.amr)?),
            sessions::persistent.eq(new.persistent),
            sessions::seen_at.eq(new.seen_at.seconds()),
            sessions::only_for.eq(new.only_for.as_ref().map(ToString::to_string)),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// Ends one session with what apps kept with it and the grants without offline access that hang from it, and notes which apps have to be told;
/// false when it had ended.
pub fn end(
    db: &mut Db,
    id: SessionId,
    reason: EndReason,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let live = sessions::table.find(id.to_string()).filter(sessions::ended_at.is_null());
    let ended = diesel::update(live)
        .set((sessions::ended_at.eq(now.seconds()), sessions::end_reason.eq(reason.as_str())))
        .execute(db)?;
    if ended == 1 {
        notices::enqueue(db, id, now)?;
        session_data::delete_all(db, id)?;
    }
    grants::end_of_session(db, id, reason, now)?;
    Ok(ended == 1)
}

/// Ends all sessions of a person but `except`; how many.
pub fn end_of_user(
    db: &mut Db,
    user_id: UserId,
    except: Option<SessionId>,
    reason: EndReason,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let live: Vec<String> = sessions::table
        .filter(sessions::user_id.eq(user_id.to_string()))
        .filter(sessions::ended_at.is_null())
        .order(sessions::id)
        .select(sessions::id)
        .load(db)?;
    let mut ended = 0;
    for id in live {
        let id = parse_id(&id)?;
        if Some(id) != except && end(db, id, reason, now)? {
            ended += 1;
        }
    }
    Ok(ended)
}

/// Ends sessions that have run out, at most `limit` for each way to run out, as if somebody had ended them: their apps
/// are told. How many.
pub fn end_expired(
    db: &mut Db,
    settings: &Sessions,
    now: Timestamp,
    limit: i64,
) -> Result<usize, StoreError> {
    let mut ended = 0;
    for (persistent, idle, absolute) in [
        (false, settings.idle, settings.absolute),
        (true, settings.persistent, settings.persistent),
    ] {
        let before = |age: Duration| (now - (age + GRACE)).seconds();
        let live = || {
            sessions::table
                .filter(sessions::ended_at.is_null())
                .filter(sessions::persistent.eq(persistent))
                .select(sessions::id)
                .limit(limit)
        };
        let mut over: Vec<String> =
            live().filter(sessions::seen_at.lt(before(idle))).order(sessions::seen_at).load(db)?;
        let old = live().filter(sessions::auth_time.lt(before(absolute)));
        over.extend(old.order(sessions::auth_time).load::<String>(db)?);
        for id in over {
            ended += usize::from(end(db, parse_id(&id)?, EndReason::Expired, now)?);
        }
    }
    Ok(ended)
}

/// The sessions of a person that have not ended, newest first, at most 200; they may have expired.
pub fn list_of_user(db: &mut Db, user_id: UserId) -> Result<Vec<Session>, StoreError> {
    let rows = sessions::table
        .filter(sessions::user_id.eq(user_id.to_string()))
        .filter(sessions::ended_at.is_null())
        .order((sessions::created_at.desc(), sessions::id.desc()))
        .limit(LONGEST_LIST)
        .select(SessionRow::as_select())
        .load(db)?;
    rows.into_iter().map(SessionRow::into_session).collect()
}

/// Notes when sessions were last seen, many at once.
pub fn touch(db: &mut Db, seen: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
    // In one order on every node, so that two never wait for each other's rows.
    let mut seen = seen.to_vec();
    seen.sort_unstable();
    for (id, at) in seen {
        let older = sessions::table.find(id.to_string()).filter(sessions::seen_at.lt(at.seconds()));
        diesel::update(older).set(sessions::seen_at.eq(at.seconds())).execute(db)?;
    }
    Ok(())
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub(super) struct SessionRow {
    id: String,
    cookie: String,
    user_id: String,
    auth_time: i64,
    acr: String,
    amr: String,
    persistent: bool,
    user_agent: String,
    created_at: i64,
    seen_at: i64,
    ended_at: Option<i64>,
    only_for: Option<String>,
}

impl SessionRow {
    fn of(session: &Session) -> Result<Self, StoreError> {
        Ok(Self {
            id: session.id.to_string(),
            cookie: session.cookie.as_str().to_owned(),
            user_id: session.user_id.to_string(),
            auth_time: session.authentication.time.seconds(),
            acr: session.authentication.acr.as_str().to_owned(),
            amr: to_json(&session.authentication.amr)?,
            persistent: session.persistent,
            user_agent: session.user_agent.clone(),
            created_at: session.created_at.seconds(),
            seen_at: session.seen_at.seconds(),
            ended_at: session.ended_at.map(Timestamp::seconds),
            only_for: session.only_for.as_ref().map(ToString::to_string),
        })
    }

    pub(super) fn into_session(self) -> Result<Session, StoreError> {
        Ok(Session {
            id: parse_id(&self.id)?,
            cookie: Digest::from_stored(self.cookie),
            user_id: parse_id(&self.user_id)?,
            authentication: authentication(self.auth_time, &self.acr, &self.amr)?,
            persistent: self.persistent,
            user_agent: self.user_agent,
            created_at: Timestamp::from_seconds(self.created_at),
            seen_at: Timestamp::from_seconds(self.seen_at),
            ended_at: moment(self.ended_at),
            only_for: self.only_for.as_deref().map(client_id).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Acr, Amr, Authentication, Client, Grant, days, hours, seconds};
    use crate::store::clients;
    use crate::store::testing::{NOW, TestStore, client, grant, on_both_databases, session, user};

    on_both_databases!(
        a_session_comes_back_with_its_person,
        cra_08_a_session_is_renewed_once,
        cra_08_a_session_ends_once,
        ending_all_sessions_spares_the_current_one,
        a_session_is_never_seen_earlier,
        what_has_run_out_ends_once_in_small_batches_and_its_apps_are_told,
    );

    fn a_session_comes_back_with_its_person(store: &TestStore) {
        store.furnish();
        let found = store.read_blocking(|db| find_by_cookie(db, &session(1).cookie)).unwrap();
        assert_eq!(found, Some((session(1), user(1))));
        assert_eq!(store.read_blocking(|db| find(db, session(1).id)).unwrap(), Some(session(1)));
    }

    fn cra_08_a_session_is_renewed_once(store: &TestStore) {
        store.furnish();
        let later = NOW + seconds(60);
        let fresh = Authentication { time: later, acr: Acr::OneFactor, amr: vec![Amr::Pwd] };
        let expected =
            Session { authentication: fresh, persistent: true, seen_at: later, ..session(1) };
        let new = expected.clone();
        let renewed = move |db: &mut Db, caller: usize| {
            let cookie = Digest::of(format!("new {caller}"));
            renew(db, session(1).id, &session(1).cookie, &Session { cookie, ..new.clone() })
        };
        assert_eq!(store.winners(2, renewed), 1);
        let found = store.read_blocking(|db| find(db, session(1).id)).unwrap().unwrap();
        assert_eq!(Session { cookie: session(1).cookie, ..found }, expected);
    }

    fn cra_08_a_session_ends_once(store: &TestStore) {
        store.furnish();
        store
            .write_blocking(|db| {
                grants::insert(db, &grant(1), None)?;
                grants::insert(db, &Grant { offline: true, ..grant(2) }, None)
            })
            .unwrap();
        assert_eq!(store.winners(2, |db, _| end(db, session(1).id, EndReason::SignedOut, NOW)), 1);
        store
            .write_blocking(|db| {
                assert_eq!(find(db, session(1).id)?.unwrap().ended_at, Some(NOW));
                assert_eq!(grants::standing(db, grant(1).id)?.unwrap().grant.ended_at, Some(NOW));
                assert_eq!(grants::standing(db, grant(2).id)?.unwrap().grant.ended_at, None);
                let cookie = Digest::of("new");
                let new = Session { cookie, ..session(1) };
                assert!(!renew(db, session(1).id, &session(1).cookie, &new)?);
                Ok(())
            })
            .unwrap();
    }

    fn ending_all_sessions_spares_the_current_one(store: &TestStore) {
        store.furnish();
        store
            .write_blocking(|db| {
                insert(db, &session(2))?;
                insert(db, &session(3))?;
                let spared = Some(session(2).id);
                assert_eq!(end_of_user(db, user(1).id, spared, EndReason::Admin, NOW)?, 2);
                assert_eq!(list_of_user(db, user(1).id)?, [session(2)]);
                Ok(())
            })
            .unwrap();
    }

    fn what_has_run_out_ends_once_in_small_batches_and_its_apps_are_told(store: &TestStore) {
        store.furnish();
        let limits = Sessions {
            idle: hours(8),
            absolute: hours(12),
            persistent: days(30),
            fresh: minutes(10),
        };
        store
            .write_blocking(|db| {
                let mut metadata = client("notes").metadata;
                metadata.backchannel_logout_uri = Some("https://notes.example.org/out".into());
                assert!(clients::update(db, &Client { metadata, ..client("notes") })?);
                assert!(grants::insert(db, &grant(1), None)?);
                insert(db, &Session { seen_at: NOW + hours(5), ..session(2) })?;
                insert(db, &Session { persistent: true, ..session(3) })?;
                insert(db, &session(4))
            })
            .unwrap();
        let expire = move |age: Duration, limit: i64| {
            store.winners(4, move |db, _| Ok(end_expired(db, &limits, NOW + age, limit)? > 0))
        };
        let live = || store.read_blocking(|db| list_of_user(db, user(1).id)).unwrap().len();
        assert_eq!(expire(hours(8) + minutes(5), 10), 0, "another node may have seen it");
        let together = expire(hours(8) + minutes(6), 1);
        let rest = store
            .write_blocking(move |db| end_expired(db, &limits, NOW + hours(8) + minutes(6), 10));
        assert_eq!(together + rest.unwrap(), 2, "each once, whoever comes first");
        assert_eq!(live(), 2);
        let told = store.read_blocking(|db| notices::list(db, false, 10)).unwrap();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].notice.session_id, session(1).id);
        let ended = store.read_blocking(|db| grants::standing(db, grant(1).id)).unwrap().unwrap();
        assert!(ended.grant.ended_at.is_some());
        assert_eq!(expire(hours(12) + minutes(6), 10), 1, "seen lately, but too old");
        assert_eq!(expire(days(30) + minutes(6), 10), 1);
        assert_eq!(live(), 0);
    }

    fn a_session_is_never_seen_earlier(store: &TestStore) {
        store.furnish();
        store
            .write_blocking(|db| {
                touch(db, &[(session(1).id, NOW + seconds(9)), (session(2).id, NOW)])?;
                touch(db, &[(session(1).id, NOW + seconds(3))])?;
                assert_eq!(find(db, session(1).id)?.unwrap().seen_at, NOW + seconds(9));
                Ok(())
            })
            .unwrap();
    }
}
