//! `hatcheck user disable`, `enable` and `delete`: the last admin stays.

use super::{Refused, find};
use crate::cli::CliError;
use crate::http::App;
use crate::model::{EndReason, EventKind, Timestamp, User, UserId};
use crate::store::{self, Db, StoreError};

/// Shuts the person out, everywhere and at once.
pub fn disable(app: &App, email: &str) -> Result<User, CliError> {
    let user = find(app, email)?;
    let event = app.event(EventKind::UserChanged, Some(user.id), None, "disabled by command");
    let (id, now) = (user.id, app.now());
    app.store().write_blocking(move |db| {
        let user = match dispensable(db, id)? {
            Ok(user) => user,
            Err(refused) => return Ok(Err(refused)),
        };
        let disabled_at = user.disabled_at.or(Some(now));
        store::users::update(db, &User { disabled_at, updated_at: now, ..user })?;
        end_all(db, id, now)?;
        store::events::append(db, &event)?;
        Ok(Ok(()))
    })??;
    Ok(user)
}

/// Lets the person in again.
pub fn enable(app: &App, email: &str) -> Result<User, CliError> {
    let user = find(app, email)?;
    let event = app.event(EventKind::UserChanged, Some(user.id), None, "enabled by command");
    let (id, now) = (user.id, app.now());
    app.store().write_blocking(move |db| {
        let Some(user) = store::users::find(db, id)? else {
            return Ok(Err(Refused::Unknown));
        };
        store::users::update(db, &User { disabled_at: None, updated_at: now, ..user })?;
        store::events::append(db, &event)?;
        Ok(Ok(()))
    })??;
    Ok(user)
}

/// Deletes the person.
pub fn delete(app: &App, email: &str) -> Result<User, CliError> {
    let user = find(app, email)?;
    let event = app.event(EventKind::UserDeleted, Some(user.id), None, "by command");
    let (id, now) = (user.id, app.now());
    app.store().write_blocking(move |db| {
        if let Err(refused) = dispensable(db, id)? {
            return Ok(Err(refused));
        }
        end_all(db, id, now)?;
        store::users::delete(db, id)?;
        store::events::append(db, &event)?;
        Ok(Ok(()))
    })??;
    Ok(user)
}

/// The person, unless nobody could administer the server without them.
fn dispensable(db: &mut Db, id: UserId) -> Result<Result<User, Refused>, StoreError> {
    let Some(user) = store::users::find(db, id)? else {
        return Ok(Err(Refused::Unknown));
    };
    let usable = user.admin && user.disabled_at.is_none();
    if usable && store::users::count_usable_admins(db)? <= 1 {
        return Ok(Err(Refused::LastAdmin));
    }
    Ok(Ok(user))
}

fn end_all(db: &mut Db, id: UserId, now: Timestamp) -> Result<(), StoreError> {
    store::sessions::end_of_user(db, id, None, EndReason::Admin, now)?;
    store::grants::end_of_user(db, id, None, EndReason::Admin, now)?;
    Ok(())
}
