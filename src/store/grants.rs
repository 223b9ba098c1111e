//! What authorizations gave: one row is the grant, its spent code and its refresh tokens.

use super::{Db, StoreError};
use crate::model::{
    ClientId, Digest, EndReason, Grant, GrantId, RefreshState, Session, SessionId, Timestamp, User,
    UserId,
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
/// `ended`: recorded as ended at once, to burn a code that was presented wrongly.
pub fn insert(db: &mut Db, grant: &Grant, ended: Option<EndReason>) -> Result<bool, StoreError> {
    todo!()
}
/// By id, with all that it depends on.
pub fn standing(db: &mut Db, id: GrantId) -> Result<Option<Standing>, StoreError> {
    todo!()
}
/// The grant that a code made.
pub fn find_by_code(db: &mut Db, code: &Digest) -> Result<Option<Grant>, StoreError> {
    todo!()
}
/// True for the one caller that moves the refresh tokens on from generation `from` (0 rows: another did, or it ended).
pub fn advance(db: &mut Db, id: GrantId, from: i64, to: &RefreshState) -> Result<bool, StoreError> {
    todo!()
}
/// Ends one grant; false when it had ended.
pub fn end(
    db: &mut Db,
    id: GrantId,
    reason: EndReason,
    now: Timestamp,
) -> Result<bool, StoreError> {
    todo!()
}
/// Ends the grants of a person, of one client or of all; how many.
pub fn end_of_user(
    db: &mut Db,
    user_id: UserId,
    client_id: Option<&ClientId>,
    reason: EndReason,
    now: Timestamp,
) -> Result<usize, StoreError> {
    todo!()
}
/// Ends the grants of a client.
pub fn end_of_client(
    db: &mut Db,
    client_id: &ClientId,
    reason: EndReason,
    now: Timestamp,
) -> Result<usize, StoreError> {
    todo!()
}
/// The clients that hold a grant of this session, ended or not.
pub fn clients_of_session(db: &mut Db, session_id: SessionId) -> Result<Vec<ClientId>, StoreError> {
    todo!()
}
