//! Sessions in the database and their cookies.

use actix_web::cookie::Cookie;

use super::interaction::fresh_value;
use super::state;
use crate::config::Sessions;
use crate::http::{App, Browser, cookies};
use crate::model::{
    Authentication, ClientId, Digest, EndReason, Event, EventKind, Session, SessionId, Timestamp,
    UpstreamSession, User, UserId, minutes,
};
use crate::store::{self, Db, StoreError};

/// A session that stands, and its person, who is not disabled.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The person.
    pub user: User,
}

/// A sign-in to record.
#[derive(Clone, Debug)]
pub struct NewSignIn {
    /// Who.
    pub user_id: UserId,
    /// How.
    pub authentication: Authentication,
    /// "Keep me signed in".
    pub persistent: bool,
    /// The only app that the session will be good for; all of them without it.
    pub only_for: Option<ClientId>,
    /// The session elsewhere by which it began.
    pub upstream: Option<UpstreamSession>,
}

/// When a session is over at the latest: counted from the last sign-in, which may be later than its beginning.
pub fn expires_at(session: &Session, settings: &Sessions) -> Timestamp {
    let limit = if session.persistent { settings.persistent } else { settings.absolute };
    session.authentication.time + limit
}

/// Who is signed in in this browser: the cookie's session if it has not ended, its person is not disabled, and it is
/// within its idle and absolute limits. Notes (in memory, written now and then) that it was seen.
pub async fn current(app: &App, browser: &Browser) -> Result<Option<SignedIn>, StoreError> {
    let found = peek(app, browser).await?;
    if let Some(SignedIn { session, .. }) = &found {
        used(app, session);
    }
    Ok(found)
}

/// [`current`] without noting anything.
pub async fn peek(app: &App, browser: &Browser) -> Result<Option<SignedIn>, StoreError> {
    let Some(cookie) = browser.session.as_deref().map(Digest::of) else { return Ok(None) };
    let found = app.read(move |db| store::sessions::find_by_cookie(db, &cookie)).await?;
    let Some((session, user)) = found else { return Ok(None) };
    Ok(live(app, session, user))
}

/// A session and its person, if it has neither ended nor run out and the person is not disabled.
pub fn live(app: &App, session: Session, user: User) -> Option<SignedIn> {
    let session = as_seen(app, session);
    let stands = stands(&session, &app.settings().sessions, app.now());
    (stands && user.disabled_at.is_none()).then_some(SignedIn { session, user })
}

/// Another request may have noted a moment ago that it was seen, and the database not know yet.
fn as_seen(app: &App, session: Session) -> Session {
    let seen_at = session.seen_at.max(app.seen().of(session.id).unwrap_or_default());
    Session { seen_at, ..session }
}

/// Notes that an app has used a session on behalf of its person, who so keeps it from running idle. One that has run out
/// stays so.
pub fn used(app: &App, session: &Session) {
    let (now, seen) = (app.now(), as_seen(app, session.clone()));
    if stands(&seen, &app.settings().sessions, now) && now.since(seen.seen_at) >= minutes(1) {
        app.seen().note(session.id, now);
    }
}

/// Writes when sessions were last seen: for the background, once a minute and before the end. No session seen, no write.
pub async fn flush(app: &App) -> Result<(), StoreError> {
    let seen = app.seen().unwritten();
    if seen.is_empty() {
        return Ok(());
    }
    let to_write = seen.clone();
    app.write(move |db| store::sessions::touch(db, &to_write)).await?;
    app.seen().written(&seen);
    Ok(())
}

/// Whether a session has neither ended nor run out.
fn stands(session: &Session, settings: &Sessions, now: Timestamp) -> bool {
    let idle = if session.persistent { settings.persistent } else { settings.idle };
    session.ended_at.is_none()
        && now <= session.seen_at + idle
        && now <= expires_at(session, settings)
}

/// Records a sign-in in one transaction and gives the cookies to set: the same person's session goes on under a new
/// cookie; another person's session in this browser ends first. The device is remembered. `also` runs in the same
/// transaction (spends a code, rehashes a password); when it answers false nothing is recorded and this is `None`.
pub async fn sign_in(
    app: &App,
    browser: &Browser,
    new: NewSignIn,
    also: impl Fn(&mut Db) -> Result<bool, StoreError> + Send + 'static,
) -> Result<Option<(SessionId, Vec<Cookie<'static>>)>, StoreError> {
    sign_in_and(app, browser, new, also, |_, _| Ok(())).await
}

/// [`sign_in`], and `then` something in the same transaction for the session that there is now.
pub async fn sign_in_and(
    app: &App,
    browser: &Browser,
    new: NewSignIn,
    also: impl Fn(&mut Db) -> Result<bool, StoreError> + Send + 'static,
    then: impl Fn(&mut Db, SessionId) -> Result<(), StoreError> + Send + 'static,
) -> Result<Option<(SessionId, Vec<Cookie<'static>>)>, StoreError> {
    let settings = app.settings();
    let now = app.now();
    let value = fresh_value(app);
    let device = browser.device.clone().unwrap_or_else(|| fresh_value(app));
    let lasting = new.persistent.then_some(settings.sessions.persistent.as_secs());
    let set = |kind, value: &str| cookies::set(&settings.issuer, kind, value, lasting);
    let mut cookies =
        vec![set(cookies::Kind::Session, &value), set(cookies::Kind::Device, &device)];
    let record = Record {
        session: Session {
            id: app.id(SessionId::new),
            cookie: Digest::of(&value),
            user_id: new.user_id,
            authentication: new.authentication,
            persistent: new.persistent,
            user_agent: browser.user_agent.clone(),
            created_at: now,
            seen_at: now,
            ended_at: None,
            only_for: new.only_for,
        },
        old_cookie: browser.session.as_deref().map(Digest::of),
        device: Digest::of(&device),
        event: app.event(EventKind::SignedIn, Some(new.user_id), None, ""),
        limits: settings.sessions,
    };
    let upstream = new.upstream;
    let new = record.session.clone();
    let id = app
        .write(move |db| {
            if !also(db)? {
                return Ok(None);
            }
            let id = record.write(db)?;
            if let Some(upstream) = &upstream {
                store::upstream_sessions::note(db, id, upstream)?;
            }
            then(db, id).map(|()| Some(id))
        })
        .await?;
    Ok(id.map(|id| {
        cookies.push(state::cookie_of(app, &Session { id, ..new }));
        (id, cookies)
    }))
}

/// What a sign-in writes.
struct Record {
    session: Session,
    old_cookie: Option<Digest>,
    device: Digest,
    event: Event,
    limits: Sessions,
}

impl Record {
    fn write(&self, db: &mut Db) -> Result<SessionId, StoreError> {
        let new = &self.session;
        store::devices::remember(db, new.user_id, &self.device, new.created_at)?;
        store::events::append(db, &self.event)?;
        if let Some(id) = self.renew(db)? {
            return Ok(id);
        }
        store::sessions::insert(db, new)?;
        Ok(new.id)
    }

    /// Goes on with the same person's session under a new cookie; any other session of this browser ends.
    fn renew(&self, db: &mut Db) -> Result<Option<SessionId>, StoreError> {
        let new = &self.session;
        let Some(cookie) = &self.old_cookie else { return Ok(None) };
        let Some((old, _)) = store::sessions::find_by_cookie(db, cookie)? else { return Ok(None) };
        let now = new.created_at;
        // Who comes by a link has not proved as much as another session may stand for
        let same =
            old.user_id == new.user_id && (new.only_for.is_none() || new.only_for == old.only_for);
        if same && stands(&old, &self.limits, now) {
            let renewed = store::sessions::renew(db, old.id, cookie, new)?;
            return Ok(renewed.then_some(old.id));
        }
        store::sessions::end(db, old.id, EndReason::Replaced, now)?;
        Ok(None)
    }
}

/// Ends a session with all that hangs from it; the cookies to set.
pub async fn sign_out(
    app: &App,
    session: SessionId,
    reason: EndReason,
) -> Result<Vec<Cookie<'static>>, StoreError> {
    let now = app.now();
    let event = app.event(EventKind::SignedOut, None, None, reason.as_str());
    app.write(move |db| {
        let Some(found) = store::sessions::find(db, session)? else { return Ok(()) };
        if store::sessions::end(db, session, reason, now)? {
            let user_id = Some(found.user_id);
            store::events::append(db, &Event { user_id, ..event.clone() })?;
        }
        Ok(())
    })
    .await?;
    let gone = cookies::remove(&app.settings().issuer, cookies::Kind::Session);
    Ok(vec![gone, state::nobodys_cookie(app)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Acr, days, hours};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn ses_04_idle_and_absolute_limits() {
        let settings = Sessions {
            idle: hours(8),
            absolute: hours(12),
            persistent: days(30),
            fresh: minutes(10),
        };
        let hour = 3_600;
        for (persistent, seen, now, ended, expected) in [
            (false, 0, 8 * hour, None, true),
            (false, 0, 8 * hour + 1, None, false),
            (false, 11 * hour, 12 * hour, None, true),
            (false, 11 * hour, 12 * hour + 1, None, false),
            (true, 11 * hour, 12 * hour + 1, None, true),
            (true, 29 * 24 * hour, 30 * 24 * hour + 1, None, false),
            (false, 0, 1, Some(at(1)), false),
        ] {
            let session = Session {
                id: SessionId::new(at(0), &[1; 10]),
                cookie: Digest::of("cookie"),
                user_id: UserId::new(at(0), &[1; 10]),
                authentication: Authentication { time: at(0), acr: Acr::OneFactor, amr: vec![] },
                persistent,
                user_agent: String::new(),
                created_at: at(0),
                seen_at: at(seen),
                ended_at: ended,
                only_for: None,
            };
            assert_eq!(stands(&session, &settings, at(now)), expected, "{persistent} {seen} {now}");
        }
    }
}
