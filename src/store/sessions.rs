//! Sign-ins of browsers.

use super::{Db, StoreError};
use crate::model::{
    Authentication, Digest, EndReason, Session, SessionId, Timestamp, User, UserId,
};

/// Records a new sign-in.
pub fn insert(db: &mut Db, session: &Session) -> Result<(), StoreError> {
    todo!()
}
/// The session behind a cookie, with its person, in one query; also when it has ended or expired.
pub fn find_by_cookie(db: &mut Db, cookie: &Digest) -> Result<Option<(Session, User)>, StoreError> {
    todo!()
}
/// By id.
pub fn find(db: &mut Db, id: SessionId) -> Result<Option<Session>, StoreError> {
    todo!()
}
/// A new sign-in by the same person in the same browser: new cookie, new authentication, seen now.
/// False when it has ended or `old_cookie` is its cookie no longer.
pub fn renew(
    db: &mut Db,
    id: SessionId,
    old_cookie: &Digest,
    new_cookie: &Digest,
    authentication: &Authentication,
    persistent: bool,
    now: Timestamp,
) -> Result<bool, StoreError> {
    todo!()
}
/// Ends one session and the grants without offline access that hang from it; false when it had ended.
pub fn end(
    db: &mut Db,
    id: SessionId,
    reason: EndReason,
    now: Timestamp,
) -> Result<bool, StoreError> {
    todo!()
}
/// Ends all sessions of a person but `except`; how many.
pub fn end_of_user(
    db: &mut Db,
    user_id: UserId,
    except: Option<SessionId>,
    reason: EndReason,
    now: Timestamp,
) -> Result<usize, StoreError> {
    todo!()
}
/// The sessions of a person that have not ended, newest first, at most 200; they may have expired.
pub fn list_of_user(db: &mut Db, user_id: UserId) -> Result<Vec<Session>, StoreError> {
    todo!()
}
/// Notes when sessions were last seen, many at once.
pub fn touch(db: &mut Db, seen: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
    todo!()
}
