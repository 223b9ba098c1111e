//! What authorizations gave: one row is the grant, its spent code and its refresh tokens.

use diesel::prelude::*;

use super::columns::{authentication, client_id, id as parse_id, json, moment, scopes, to_json};
use super::schema::{grants, session_apps, sessions, users};
use super::sessions::SessionRow;
use super::users::UserRow;
use super::{Db, StoreError, insert_if_new};
use crate::model::{
    ClientId, Details, Digest, EndReason, Grant, GrantId, RefreshState, Session, SessionId,
    Timestamp, User, UserId,
};

/// Everything that decides whether a grant is still good, read in one query.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The grant.
    pub grant: Grant,
    /// Its person.
    pub user: User,
    /// Its session, unless the row is gone.
    pub session: Option<Session>,
}

/// Redeems a code by recording its grant; false when the code was redeemed before: the unique digest decides.
/// Also false when another node has ended the session since the caller looked at it.
/// `ended`: recorded as ended at once, to burn a code that was presented wrongly.
pub fn insert(db: &mut Db, grant: &Grant, ended: Option<EndReason>) -> Result<bool, StoreError> {
    if ended.is_none() && session_ends_meanwhile(db, grant.session_id)? {
        return Ok(false);
    }
    let row = GrantRow::of(grant, ended)?;
    let row = (&row, grants::end_reason.eq(ended.map(EndReason::as_str)));
    Ok(insert_if_new!(db, grants::table, row)? == 1)
}

/// Redeems a code whose grant is there already, since tokens came through the browser with it: true for the one caller
/// whose UPDATE finds the grant unredeemed and not ended.
pub fn redeem(db: &mut Db, grant: &Grant) -> Result<bool, StoreError> {
    if session_ends_meanwhile(db, grant.session_id)? {
        return Ok(false);
    }
    let row = GrantRow::of(grant, None)?;
    let unredeemed = grants::table
        .find(row.id)
        .filter(grants::code.eq(Grant::unredeemed(grant.id).as_str().to_owned()))
        .filter(grants::ended_at.is_null());
    let redeemed = diesel::update(unredeemed)
        .set((
            grants::code.eq(row.code),
            grants::offline.eq(row.offline),
            grants::refresh_generation.eq(row.refresh_generation),
            grants::refresh_digest.eq(row.refresh_digest),
            grants::refresh_advances.eq(row.refresh_advances),
            grants::expires_at.eq(row.expires_at),
        ))
        .execute(db)?;
    Ok(redeemed == 1)
}

/// On PostgreSQL another node may end the session after the caller has looked at it. The row's lock puts the
/// two in an order: either the session has ended and nothing is given, or its end finds the new grant.
/// SQLite has one writer, and nothing can happen meanwhile.
fn session_ends_meanwhile(db: &mut Db, id: SessionId) -> Result<bool, StoreError> {
    let Db::Postgres(connection) = db else { return Ok(false) };
    let ended_at: Option<Option<i64>> = sessions::table
        .find(id.to_string())
        .select(sessions::ended_at)
        .for_share()
        .first(connection)
        .optional()?;
    Ok(ended_at.flatten().is_some())
}

/// By id, with all that it depends on.
pub fn standing(db: &mut Db, id: GrantId) -> Result<Option<Standing>, StoreError> {
    let row = grants::table
        .inner_join(users::table)
        .left_join(sessions::table.on(sessions::id.eq(grants::session_id)))
        .filter(grants::id.eq(id.to_string()))
        .select((GrantRow::as_select(), UserRow::as_select(), Option::<SessionRow>::as_select()))
        .first::<(GrantRow, UserRow, Option<SessionRow>)>(db)
        .optional()?;
    let Some((grant, user, session)) = row else { return Ok(None) };
    Ok(Some(Standing {
        grant: grant.into_grant()?,
        user: user.into_user()?,
        session: session.map(SessionRow::into_session).transpose()?,
    }))
}

/// By id.
pub fn find(db: &mut Db, id: GrantId) -> Result<Option<Grant>, StoreError> {
    let row = grants::table.find(id.to_string()).select(GrantRow::as_select()).first(db);
    row.optional()?.map(GrantRow::into_grant).transpose()
}

/// The newest grant of a person to a client that outlives sessions and has not ended.
pub fn find_offline(
    db: &mut Db,
    user_id: UserId,
    client_id: &ClientId,
    now: Timestamp,
) -> Result<Option<GrantId>, StoreError> {
    let newest = grants::table
        .filter(grants::user_id.eq(user_id.to_string()))
        .filter(grants::client_id.eq(client_id.as_str()))
        .filter(grants::offline.eq(true))
        .filter(grants::ended_at.is_null())
        .filter(grants::expires_at.gt(now.seconds()))
        .order((grants::created_at.desc(), grants::id.desc()))
        .select(grants::id)
        .first::<String>(db);
    newest.optional()?.as_deref().map(parse_id).transpose()
}

/// The grant that a code made.
pub fn find_by_code(db: &mut Db, code: &Digest) -> Result<Option<Grant>, StoreError> {
    let of_code = grants::table.filter(grants::code.eq(code.as_str()));
    let row = of_code.select(GrantRow::as_select()).first(db).optional()?;
    row.map(GrantRow::into_grant).transpose()
}

/// True for the one caller that moves the refresh tokens on from generation `from` (0 rows: another did, or it ended).
pub fn advance(db: &mut Db, id: GrantId, from: i64, to: &RefreshState) -> Result<bool, StoreError> {
    let unmoved = grants::table
        .find(id.to_string())
        .filter(grants::refresh_generation.eq(from))
        .filter(grants::ended_at.is_null());
    let moved = diesel::update(unmoved)
        .set((
            grants::refresh_generation.eq(to.generation),
            grants::refresh_digest.eq(to.digest.as_str()),
            grants::refresh_advances.eq(to_json(&to.advances)?),
        ))
        .execute(db)?;
    Ok(moved == 1)
}

/// Sets the end of those live grants that also fulfil a condition.
macro_rules! end_where {
    ($db:expr, $condition:expr, $reason:expr, $now:expr) => {
        diesel::update(grants::table.filter(grants::ended_at.is_null()).filter($condition))
            .set((grants::ended_at.eq($now.seconds()), grants::end_reason.eq($reason.as_str())))
            .execute($db)
    };
}

/// Ends one grant; false when it had ended.
pub fn end(
    db: &mut Db,
    id: GrantId,
    reason: EndReason,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(end_where!(db, grants::id.eq(id.to_string()), reason, now)? == 1)
}

/// Ends the grants of a person, of one client or of all; how many.
pub fn end_of_user(
    db: &mut Db,
    user_id: UserId,
    client_id: Option<&ClientId>,
    reason: EndReason,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let of_user = grants::user_id.eq(user_id.to_string());
    Ok(match client_id {
        None => end_where!(db, of_user, reason, now)?,
        Some(client_id) => {
            let of_both = of_user.and(grants::client_id.eq(client_id.as_str()));
            end_where!(db, of_both, reason, now)?
        }
    })
}

/// Ends the grants of a client.
pub fn end_of_client(
    db: &mut Db,
    client_id: &ClientId,
    reason: EndReason,
    now: Timestamp,
) -> Result<usize, StoreError> {
    Ok(end_where!(db, grants::client_id.eq(client_id.as_str()), reason, now)?)
}

/// Ends the grants of a session that do not outlive it.
pub(super) fn end_of_session(
    db: &mut Db,
    session_id: SessionId,
    reason: EndReason,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let bound = grants::session_id.eq(session_id.to_string()).and(grants::offline.eq(false));
    Ok(end_where!(db, bound, reason, now)?)
}

/// The clients that hold a grant of this session, or held one before it was swept.
pub fn clients_of_session(db: &mut Db, session_id: SessionId) -> Result<Vec<ClientId>, StoreError> {
    let mut ids: Vec<String> = grants::table
        .filter(grants::session_id.eq(session_id.to_string()))
        .select(grants::client_id)
        .distinct()
        .load(db)?;
    let before = session_apps::table
        .filter(session_apps::session_id.eq(session_id.to_string()))
        .select(session_apps::client_id);
    ids.extend(before.load::<String>(db)?);
    ids.sort_unstable();
    ids.dedup();
    ids.iter().map(|id| client_id(id)).collect()
}

/// Deletes grants that were over before then, at most `limit`; how many. Which apps a session has reached stays known as
/// long as it stands, so that they are told when it ends.
pub(super) fn sweep(db: &mut Db, before: i64, limit: i64) -> Result<usize, StoreError> {
    let over: Vec<(String, String, String)> = grants::table
        .filter(grants::expires_at.lt(before))
        .select((grants::id, grants::session_id, grants::client_id))
        .limit(limit)
        .load(db)?;
    let mut gone = 0;
    for (id, session, client) in over {
        let live = sessions::table.find(&session).filter(sessions::ended_at.is_null());
        if live.select(sessions::id).first::<String>(db).optional()?.is_some() {
            let app = (session_apps::session_id.eq(&session), session_apps::client_id.eq(&client));
            insert_if_new!(db, session_apps::table, app)?;
        }
        // Asked again: a refresh on another node may have given it a new life meanwhile
        let row = grants::table.find(id).filter(grants::expires_at.lt(before));
        gone += diesel::delete(row).execute(db)?;
    }
    Ok(gone)
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = grants, treat_none_as_default_value = false)]
struct GrantRow {
    id: String,
    code: String,
    user_id: String,
    client_id: String,
    session_id: String,
    scopes: String,
    auth_time: i64,
    acr: String,
    amr: String,
    offline: bool,
    refresh_generation: Option<i64>,
    refresh_digest: Option<String>,
    refresh_advances: Option<String>,
    created_at: i64,
    expires_at: i64,
    ended_at: Option<i64>,
    details: Option<String>,
}

impl GrantRow {
    fn of(grant: &Grant, ended: Option<EndReason>) -> Result<Self, StoreError> {
        let refresh = grant.refresh.as_ref();
        let burnt_at = ended.map(|_| grant.created_at);
        Ok(Self {
            id: grant.id.to_string(),
            code: grant.code.as_str().to_owned(),
            user_id: grant.user_id.to_string(),
            client_id: grant.client_id.as_str().to_owned(),
            session_id: grant.session_id.to_string(),
            scopes: grant.scopes.to_string(),
            auth_time: grant.authentication.time.seconds(),
            acr: grant.authentication.acr.as_str().to_owned(),
            amr: to_json(&grant.authentication.amr)?,
            offline: grant.offline,
            refresh_generation: refresh.map(|state| state.generation),
            refresh_digest: refresh.map(|state| state.digest.as_str().to_owned()),
            refresh_advances: refresh.map(|state| to_json(&state.advances)).transpose()?,
            created_at: grant.created_at.seconds(),
            expires_at: grant.expires_at.seconds(),
            ended_at: grant.ended_at.or(burnt_at).map(Timestamp::seconds),
            details: (!grant.details.is_empty()).then(|| to_json(&grant.details)).transpose()?,
        })
    }

    fn into_grant(self) -> Result<Grant, StoreError> {
        let refresh = match (self.refresh_generation, self.refresh_digest, self.refresh_advances) {
            (Some(generation), Some(digest), Some(advances)) => Some(RefreshState {
                generation,
                digest: Digest::from_stored(digest),
                advances: json(&advances)?,
            }),
            _ => None,
        };
        Ok(Grant {
            id: parse_id(&self.id)?,
            code: Digest::from_stored(self.code),
            user_id: parse_id(&self.user_id)?,
            client_id: client_id(&self.client_id)?,
            session_id: parse_id(&self.session_id)?,
            scopes: scopes(&self.scopes)?,
            details: self.details.as_deref().map_or(Ok(Details::default()), json)?,
            authentication: authentication(self.auth_time, &self.acr, &self.amr)?,
            offline: self.offline,
            refresh,
            created_at: Timestamp::from_seconds(self.created_at),
            expires_at: Timestamp::from_seconds(self.expires_at),
            ended_at: moment(self.ended_at),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{
        NOW, TestStore, client, grant, on_both_databases, refresh, session, user,
    };
    use crate::store::{clients, sessions as session_rows};

    on_both_databases!(
        cra_08_a_code_is_redeemed_once,
        cra_08_a_burnt_code_stays_burnt,
        cra_08_a_code_beside_tokens_is_redeemed_once,
        cra_08_refresh_tokens_move_on_once,
        cra_08_a_grant_ends_once,
        a_grant_comes_back_with_all_it_depends_on,
        cod_07_nothing_is_given_in_a_session_that_has_ended,
        grants_end_by_person_and_by_client,
    );

    fn cra_08_a_code_is_redeemed_once(store: &TestStore) {
        store.furnish();
        let same_code = |caller: usize| {
            let code = grant(1).code;
            Grant { code, ..grant(u8::try_from(caller).unwrap()) }
        };
        assert_eq!(store.winners(50, move |db, caller| insert(db, &same_code(caller), None)), 1);
        assert_eq!(store.winners(2, move |db, caller| insert(db, &same_code(caller), None)), 0);
    }

    fn cra_08_a_burnt_code_stays_burnt(store: &TestStore) {
        store.furnish();
        store
            .write_blocking(|db| {
                assert!(insert(db, &grant(1), Some(EndReason::CodeReplayed))?);
                assert!(!insert(db, &grant(1), None)?);
                assert_eq!(find_by_code(db, &grant(1).code)?.unwrap().ended_at, Some(NOW));
                Ok(())
            })
            .unwrap();
    }

    fn cra_08_a_code_beside_tokens_is_redeemed_once(store: &TestStore) {
        store.furnish();
        let front = |n| Grant {
            code: Grant::unredeemed(grant(n).id),
            refresh: None,
            offline: false,
            ..grant(n)
        };
        store
            .write_blocking(move |db| {
                assert!(!redeem(db, &grant(1))?, "there is none yet");
                assert!(insert(db, &front(1), None)? && insert(db, &front(2), None)?);
                Ok(())
            })
            .unwrap();
        assert_eq!(store.winners(50, |db, _| redeem(db, &grant(1))), 1);
        store
            .write_blocking(|db| {
                assert_eq!(find(db, grant(1).id)?, Some(grant(1)));
                assert_eq!(find_by_code(db, &grant(1).code)?, Some(grant(1)));
                end(db, grant(2).id, EndReason::Revoked, NOW)?;
                assert!(!redeem(db, &grant(2))?, "it has ended");
                Ok(())
            })
            .unwrap();
    }

    fn cra_08_refresh_tokens_move_on_once(store: &TestStore) {
        store.furnish();
        store.write_blocking(|db| insert(db, &grant(1), None)).unwrap();
        assert_eq!(store.winners(20, |db, _| advance(db, grant(1).id, 0, &refresh(1))), 1);
        store
            .write_blocking(|db| {
                let stored = find_by_code(db, &grant(1).code)?.unwrap();
                assert_eq!(stored.refresh, Some(refresh(1)));
                assert!(!advance(db, grant(1).id, 0, &refresh(1))?, "it has the new value already");
                end(db, grant(1).id, EndReason::Revoked, NOW)?;
                assert!(!advance(db, grant(1).id, 1, &refresh(2))?, "it has ended");
                Ok(())
            })
            .unwrap();
    }

    fn cra_08_a_grant_ends_once(store: &TestStore) {
        store.furnish();
        store.write_blocking(|db| insert(db, &grant(1), None)).unwrap();
        assert_eq!(store.winners(2, |db, _| end(db, grant(1).id, EndReason::Revoked, NOW)), 1);
    }

    fn a_grant_comes_back_with_all_it_depends_on(store: &TestStore) {
        store.furnish();
        store
            .write_blocking(|db| {
                let without = Grant { refresh: None, session_id: session(9).id, ..grant(2) };
                assert!(insert(db, &grant(1), None)? && insert(db, &without, None)?);
                let standing = standing(db, grant(1).id)?.unwrap();
                assert_eq!((standing.grant, standing.user), (grant(1), user(1)));
                assert_eq!(standing.session, Some(session(1)));
                let standing = super::standing(db, grant(2).id)?.unwrap();
                assert_eq!((standing.grant, standing.session), (without, None));
                assert!(super::standing(db, grant(3).id)?.is_none());
                assert_eq!(clients_of_session(db, session(1).id)?, [client("notes").id]);
                Ok(())
            })
            .unwrap();
    }

    fn cod_07_nothing_is_given_in_a_session_that_has_ended(store: &TestStore) {
        store.furnish();
        // On SQLite the caller's own look decides, in the same transaction; on PostgreSQL the row's lock.
        let given = store.winners(2, |db, caller| {
            if caller == 0 {
                return session_rows::end(db, session(1).id, EndReason::SignedOut, NOW);
            }
            let live = session_rows::find(db, session(1).id)?.unwrap().ended_at.is_none();
            Ok(live && insert(db, &grant(1), None)?)
        });
        let grant = store.read_blocking(|db| find_by_code(db, &grant(1).code)).unwrap();
        assert_eq!(grant.is_some(), given == 2);
        assert!(grant.is_none_or(|grant| grant.ended_at.is_some()), "the end found the new grant");
    }

    fn grants_end_by_person_and_by_client(store: &TestStore) {
        store.furnish();
        store
            .write_blocking(|db| {
                clients::insert(db, &client("albums"))?;
                let albums = client("albums").id;
                insert(db, &grant(1), None)?;
                insert(db, &Grant { client_id: albums.clone(), ..grant(2) }, None)?;
                insert(db, &Grant { client_id: albums.clone(), ..grant(3) }, None)?;
                let why = EndReason::Withdrawn;
                assert_eq!(end_of_user(db, user(1).id, Some(&client("notes").id), why, NOW)?, 1);
                end(db, grant(2).id, why, NOW)?;
                assert_eq!(end_of_client(db, &albums, why, NOW)?, 1);
                assert_eq!(end_of_user(db, user(1).id, None, why, NOW)?, 0);
                clients::delete(db, &albums)?;
                assert_eq!(find_by_code(db, &grant(2).code)?, None);
                Ok(())
            })
            .unwrap();
    }
}
