//! The outbox of logout notices: OpenID Connect Back-Channel Logout 1.0 section 2.5.
//!
//! A notice is written in the transaction that ends the session, so none is lost; whoever delivers it claims it first,
//! by one conditional UPDATE that also says when it may be claimed again.

use std::sync::LazyLock;
use std::time::Duration;

use diesel::prelude::*;
use tokio::sync::watch;

use super::columns::{client_id as parse_client_id, id as parse_id, moment};
use super::schema::{logout_notices as notices, sessions};
use super::{Db, StoreError, clients, grants, insert_if_new};
use crate::model::{ClientId, SessionId, Timestamp, UserId};

/// One app to be told of one session's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Whose end it tells of.
    pub session_id: SessionId,
    /// Whom it tells.
    pub client_id: ClientId,
    /// Who was signed in.
    pub user_id: UserId,
    /// When the session ended.
    pub created_at: Timestamp,
    /// How many times it has been tried, this time included.
    pub attempts: i64,
}

/// How far a notice has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It is being tried.
    Pending,
    /// The app confirmed it.
    Done,
    /// It is not tried any more.
    Failed,
}

/// A notice and how far it has come, for admins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The notice.
    pub notice: Notice,
    /// How far it has come.
    pub delivery: Delivery,
    /// When it is tried next.
    pub due_at: Option<Timestamp>,
    /// Why the last attempt failed.
    pub problem: Option<String>,
}

/// What an attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The app confirmed it.
    Delivered,
    /// It is tried again then.
    Again(Timestamp),
    /// It was tried often enough.
    GivenUp,
}

/// Tells this process that a session has ended whose apps want to be told. It tells so before the commit.
static NEWS: LazyLock<watch::Sender<()>> = LazyLock::new(|| watch::channel(()).0);

/// Hears of notices that this process writes; other processes' have to be looked for.
pub fn news() -> watch::Receiver<()> {
    NEWS.subscribe()
}

/// Writes a notice for each app that the session has reached and that wants to be told. [`super::sessions::end`] calls
/// it, so that no way to end a session forgets it.
pub(super) fn enqueue(
    db: &mut Db,
    session_id: SessionId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut wanting = Vec::new();
    for id in grants::clients_of_session(db, session_id)? {
        let client = clients::find(db, &id)?;
        if client.is_some_and(|client| client.metadata.backchannel_logout_uri.is_some()) {
            wanting.push(id);
        }
    }
    if wanting.is_empty() {
        return Ok(());
    }
    let user_id = sessions::table.find(session_id.to_string()).select(sessions::user_id);
    let user_id: String = user_id.first(db)?;
    for client_id in wanting {
        let row = NoticeRow {
            session_id: session_id.to_string(),
            client_id: client_id.to_string(),
            user_id: user_id.clone(),
            created_at: now.seconds(),
            attempts: 0,
            due_at: Some(now.seconds()),
            delivered_at: None,
            problem: None,
        };
        insert_if_new!(db, notices::table, &row)?;
    }
    NEWS.send_replace(());
    Ok(())
}

/// When the next notice is due; `None` when all are settled.
pub fn next_due(db: &mut Db) -> Result<Option<Timestamp>, StoreError> {
    let due = notices::table
        .filter(notices::due_at.is_not_null())
        .order(notices::due_at)
        .select(notices::due_at.assume_not_null());
    Ok(due.first(db).optional()?.map(Timestamp::from_seconds))
}

/// Claims notices that are due, at most `limit`: nobody else gets them before `lease` is over.
pub fn claim(
    db: &mut Db,
    now: Timestamp,
    lease: Duration,
    limit: i64,
) -> Result<Vec<Notice>, StoreError> {
    let due: Vec<NoticeRow> = notices::table
        .filter(notices::due_at.le(now.seconds()))
        .order((notices::due_at, notices::session_id, notices::client_id))
        .limit(limit)
        .select(NoticeRow::as_select())
        .load(db)?;
    let mut claimed = Vec::new();
    for row in due {
        let unchanged = notices::table
            .find((&row.session_id, &row.client_id))
            .filter(notices::due_at.eq(row.due_at));
        let changed = diesel::update(unchanged)
            .set((
                notices::due_at.eq((now + lease).seconds()),
                notices::attempts.eq(notices::attempts + 1),
            ))
            .execute(db)?;
        if changed == 1 {
            let notice = row.into_notice()?;
            claimed.push(Notice { attempts: notice.attempts + 1, ..notice });
        }
    }
    Ok(claimed)
}

/// Notes what an attempt came to, and why it failed; nothing when another attempt has begun meanwhile.
pub fn settle(
    db: &mut Db,
    notice: &Notice,
    settled: Settled,
    problem: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (due_at, delivered_at) = match settled {
        Settled::Delivered => (None, Some(now.seconds())),
        Settled::Again(at) => (Some(at.seconds()), None),
        Settled::GivenUp => (None, None),
    };
    let same_attempt = notices::table
        .find((notice.session_id.to_string(), notice.client_id.as_str()))
        .filter(notices::attempts.eq(notice.attempts))
        .filter(notices::due_at.is_not_null());
    diesel::update(same_attempt)
        .set((
            notices::due_at.eq(due_at),
            notices::delivered_at.eq(delivered_at),
            notices::problem.eq(problem),
        ))
        .execute(db)?;
    Ok(())
}

/// How far the notices of a session have come.
pub fn of_session(
    db: &mut Db,
    session_id: SessionId,
) -> Result<Vec<(ClientId, Delivery)>, StoreError> {
    let rows: Vec<NoticeRow> = notices::table
        .filter(notices::session_id.eq(session_id.to_string()))
        .order(notices::client_id)
        .select(NoticeRow::as_select())
        .load(db)?;
    rows.iter().map(|row| Ok((parse_client_id(&row.client_id)?, row.delivery()))).collect()
}

/// The notices, newest first, at most `limit`; `all`: those that were delivered as well.
pub fn list(db: &mut Db, all: bool, limit: i64) -> Result<Vec<Listed>, StoreError> {
    let newest = || {
        notices::table
            .order((notices::created_at.desc(), notices::session_id, notices::client_id))
            .limit(limit)
            .select(NoticeRow::as_select())
    };
    let rows: Vec<NoticeRow> = if all {
        newest().load(db)?
    } else {
        newest().filter(notices::delivered_at.is_null()).load(db)?
    };
    rows.into_iter().map(NoticeRow::into_listed).collect()
}

/// Begins anew with those that were given up, of one app or of all; how many. Those under way are left alone, so that
/// no app is told twice at once.
pub fn retry(
    db: &mut Db,
    client_id: Option<&ClientId>,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let given_up =
        notices::table.filter(notices::delivered_at.is_null()).filter(notices::due_at.is_null());
    let anew = (notices::due_at.eq(now.seconds()), notices::attempts.eq(0));
    let changed = match client_id {
        None => diesel::update(given_up).set(anew).execute(db)?,
        Some(id) => diesel::update(given_up.filter(notices::client_id.eq(id.as_str())))
            .set(anew)
            .execute(db)?,
    };
    if changed > 0 {
        NEWS.send_replace(());
    }
    Ok(changed)
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = notices, treat_none_as_default_value = false)]
struct NoticeRow {
    session_id: String,
    client_id: String,
    user_id: String,
    created_at: i64,
    attempts: i64,
    due_at: Option<i64>,
    delivered_at: Option<i64>,
    problem: Option<String>,
}

impl NoticeRow {
    fn into_listed(self) -> Result<Listed, StoreError> {
        Ok(Listed {
            delivery: self.delivery(),
            due_at: moment(self.due_at),
            problem: self.problem.clone(),
            notice: self.into_notice()?,
        })
    }

    fn into_notice(self) -> Result<Notice, StoreError> {
        Ok(Notice {
            session_id: parse_id(&self.session_id)?,
            client_id: parse_client_id(&self.client_id)?,
            user_id: parse_id(&self.user_id)?,
            created_at: Timestamp::from_seconds(self.created_at),
            attempts: self.attempts,
        })
    }

    const fn delivery(&self) -> Delivery {
        match (self.due_at, self.delivered_at) {
            (_, Some(_)) => Delivery::Done,
            (Some(_), None) => Delivery::Pending,
            (None, None) => Delivery::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Client, EndReason, days, seconds};
    use crate::store::testing::{NOW, TestStore, client, grant, on_both_databases, session};
    use crate::store::{Store, upkeep};

    on_both_databases!(
        each_app_that_wants_it_gets_one_notice_whoever_ends_the_session,
        lgo_04_of_two_nodes_one_claims_a_notice,
        lgo_04_an_app_whose_grant_was_swept_is_told_all_the_same,
        what_was_not_settled_comes_again_when_the_lease_is_over,
        delivered_notices_are_swept_a_day_later_and_others_when_an_admin_had_a_month,
    );

    /// Person 1 with session 1, which has reached "notes", which wants to be told, and "plain", which does not.
    fn reached(store: &TestStore) {
        store.furnish();
        store
            .write_blocking(|db| {
                let mut metadata = client("notes").metadata;
                metadata.backchannel_logout_uri = Some("https://notes.example.org/out".into());
                assert!(clients::update(db, &Client { metadata, ..client("notes") })?);
                assert!(clients::insert(db, &client("plain"))?);
                assert!(grants::insert(db, &grant(1), None)?);
                let other = crate::model::Grant { client_id: client("plain").id, ..grant(2) };
                assert!(grants::insert(db, &other, None)?);
                Ok(())
            })
            .unwrap();
    }

    fn end(store: &TestStore) -> bool {
        let end =
            |db: &mut Db| super::super::sessions::end(db, session(1).id, EndReason::SignedOut, NOW);
        store.write_blocking(end).unwrap()
    }

    fn take(store: &Store, now: Timestamp) -> Vec<Notice> {
        store.write_blocking(move |db| claim(db, now, seconds(30), 10)).unwrap()
    }

    fn each_app_that_wants_it_gets_one_notice_whoever_ends_the_session(store: &TestStore) {
        reached(store);
        assert_eq!(store.read_blocking(next_due).unwrap(), None);
        let user = session(1).user_id;
        let end_all = move |db: &mut Db| {
            super::super::sessions::end_of_user(db, user, None, EndReason::Admin, NOW)
        };
        assert_eq!(store.write_blocking(end_all).unwrap(), 1);
        assert!(!end(store), "it has ended");
        assert_eq!(store.read_blocking(next_due).unwrap(), Some(NOW));
        let claimed = take(store, NOW);
        assert_eq!(claimed.len(), 1);
        let notice = claimed[0].clone();
        assert_eq!(
            (notice.client_id.as_str(), notice.user_id, notice.attempts),
            ("notes", user, 1)
        );
        store.write_blocking(move |db| settle(db, &notice, Settled::Delivered, None, NOW)).unwrap();
        assert_eq!(store.read_blocking(next_due).unwrap(), None);
        let of_session = store.read_blocking(|db| of_session(db, session(1).id)).unwrap();
        assert_eq!(of_session, [(client("notes").id, Delivery::Done)]);
    }

    fn lgo_04_of_two_nodes_one_claims_a_notice(store: &TestStore) {
        reached(store);
        assert!(end(store));
        let winners = store.winners(8, |db, _| Ok(!claim(db, NOW, seconds(30), 10)?.is_empty()));
        assert_eq!(winners, 1);
    }

    fn lgo_04_an_app_whose_grant_was_swept_is_told_all_the_same(store: &TestStore) {
        reached(store);
        // The session goes on for longer than its first grants
        let sweep = |db: &mut Db| upkeep::sweep(db, NOW + days(32), 10);
        assert_eq!(store.write_blocking(sweep).unwrap(), 2);
        let gone = store.read_blocking(|db| grants::standing(db, grant(1).id)).unwrap();
        assert!(gone.is_none());
        assert!(end(store));
        let told = store.read_blocking(|db| list(db, false, 10)).unwrap();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].notice.client_id, client("notes").id);
    }

    fn what_was_not_settled_comes_again_when_the_lease_is_over(store: &TestStore) {
        reached(store);
        assert!(end(store));
        let first = take(store, NOW);
        assert_eq!((first.len(), take(store, NOW + seconds(29)).len()), (1, 0));
        let second = take(store, NOW + seconds(30));
        assert_eq!(second[0].attempts, 2);
        let late = first[0].clone();
        store.write_blocking(move |db| settle(db, &late, Settled::Delivered, None, NOW)).unwrap();
        let state = || store.read_blocking(|db| of_session(db, session(1).id)).unwrap()[0].1;
        assert_eq!(state(), Delivery::Pending, "another attempt is under way");
        let given_up = second[0].clone();
        let why = Some("the app answered with status 500");
        store.write_blocking(move |db| settle(db, &given_up, Settled::GivenUp, why, NOW)).unwrap();
        assert_eq!(state(), Delivery::Failed);
        assert_eq!(take(store, NOW + days(1)), []);
        let listed = store.read_blocking(|db| list(db, false, 10)).unwrap();
        assert_eq!((listed[0].delivery, listed[0].problem.as_deref()), (Delivery::Failed, why));
        let other = client("plain").id;
        assert_eq!(store.write_blocking(move |db| retry(db, Some(&other), NOW)).unwrap(), 0);
        assert_eq!(store.write_blocking(|db| retry(db, None, NOW)).unwrap(), 1);
        assert_eq!(store.write_blocking(|db| retry(db, None, NOW)).unwrap(), 0, "it is under way");
        assert_eq!(take(store, NOW)[0].attempts, 1);
    }

    fn delivered_notices_are_swept_a_day_later_and_others_when_an_admin_had_a_month(
        store: &TestStore,
    ) {
        reached(store);
        assert!(end(store));
        let sweep = |age| store.write_blocking(move |db| upkeep::sweep(db, NOW + age, 10)).unwrap();
        sweep(days(35));
        let notice = take(store, NOW)[0].clone();
        store.write_blocking(move |db| settle(db, &notice, Settled::Delivered, None, NOW)).unwrap();
        assert_eq!(store.read_blocking(|db| list(db, false, 10)).unwrap(), []);
        assert_eq!(store.read_blocking(|db| list(db, true, 10)).unwrap().len(), 1);
        let count = || store.read_blocking(|db| of_session(db, session(1).id)).unwrap().len();
        sweep(days(1));
        assert_eq!(count(), 1);
        sweep(days(1) + seconds(1));
        assert_eq!(count(), 0);
    }
}
