//! People.

use diesel::prelude::*;

use super::columns::{id, json, moment, to_json, word};
use super::schema::users;
use super::{Db, StoreError, insert_if_new};
use crate::model::{Secret, Timestamp, TotpRecord, User, UserId, Username};

/// Adds a person with their password's hash (PHC string); false when the username is taken.
pub fn insert(db: &mut Db, user: &User, password_hash: &str) -> Result<bool, StoreError> {
    let row = UserRow::of(user)?;
    let row = (&row, users::password_hash.eq(password_hash));
    Ok(insert_if_new!(db, users::table, row)? == 1)
}

/// By id.
pub fn find(db: &mut Db, id: UserId) -> Result<Option<User>, StoreError> {
    let row = users::table.find(id.to_string()).select(UserRow::as_select()).first(db);
    row.optional()?.map(UserRow::into_user).transpose()
}

/// By the name they sign in with, with the password's hash.
pub fn find_to_sign_in(
    db: &mut Db,
    username: &Username,
) -> Result<Option<(User, String)>, StoreError> {
    let row = users::table
        .filter(users::username.eq(username.as_str()))
        .select((UserRow::as_select(), users::password_hash))
        .first::<(UserRow, String)>(db)
        .optional()?;
    row.map(|(user, hash)| Ok((user.into_user()?, hash))).transpose()
}

/// The password's hash.
pub fn password_hash(db: &mut Db, id: UserId) -> Result<Option<String>, StoreError> {
    Ok(users::table.find(id.to_string()).select(users::password_hash).first(db).optional()?)
}

/// A page of people in the order of their usernames, after `after`.
pub fn list(db: &mut Db, after: Option<&Username>, limit: i64) -> Result<Vec<User>, StoreError> {
    let after = after.map(Username::as_str).unwrap_or_default();
    let page = users::table
        .filter(users::username.gt(after))
        .order(users::username)
        .limit(limit)
        .select(UserRow::as_select());
    page.load(db)?.into_iter().map(UserRow::into_user).collect()
}

/// Writes name, email, `email_verified`, claims, admin, `disabled_at`, `updated_at`; false when there is no such person.
pub fn update(db: &mut Db, user: &User) -> Result<bool, StoreError> {
    let changed = diesel::update(users::table.find(user.id.to_string()))
        .set((
            users::name.eq(&user.name),
            users::email.eq(&user.email),
            users::email_verified.eq(user.email_verified),
            users::claims.eq(to_json(&user.claims)?),
            users::admin.eq(user.admin),
            users::disabled_at.eq(user.disabled_at.map(Timestamp::seconds)),
            users::updated_at.eq(user.updated_at.seconds()),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// Sets the password's hash.
pub fn set_password(
    db: &mut Db,
    id: UserId,
    hash: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let changed = diesel::update(users::table.find(id.to_string()))
        .set((users::password_hash.eq(hash), users::updated_at.eq(now.seconds())))
        .execute(db)?;
    Ok(changed == 1)
}

/// Replaces the hash by a better one of the same password, if it still is `old`.
pub fn rehash(db: &mut Db, id: UserId, old: &str, new: &str) -> Result<bool, StoreError> {
    let unchanged = users::table.find(id.to_string()).filter(users::password_hash.eq(old));
    Ok(diesel::update(unchanged).set(users::password_hash.eq(new)).execute(db)? == 1)
}

/// Sets or removes the authenticator app.
pub fn set_totp(
    db: &mut Db,
    id: UserId,
    totp: Option<&TotpRecord>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let changed = diesel::update(users::table.find(id.to_string()))
        .set((
            users::totp_secret.eq(totp.map(|totp| totp.sealed_secret.expose())),
            users::totp_last_step.eq(totp.and_then(|totp| totp.last_step)),
            users::updated_at.eq(now.seconds()),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// True for the one caller that uses up this time step: the UPDATE's condition decides.
pub fn spend_totp_step(db: &mut Db, id: UserId, step: i64) -> Result<bool, StoreError> {
    let unused =
        users::totp_last_step.is_null().or(users::totp_last_step.assume_not_null().lt(step));
    let row =
        users::table.find(id.to_string()).filter(users::totp_secret.is_not_null()).filter(unused);
    Ok(diesel::update(row).set(users::totp_last_step.eq(step)).execute(db)? == 1)
}

/// Deletes the person and everything that hangs from them.
pub fn delete(db: &mut Db, id: UserId) -> Result<bool, StoreError> {
    Ok(diesel::delete(users::table.find(id.to_string())).execute(db)? == 1)
}

/// How many admins are not disabled.
pub fn count_usable_admins(db: &mut Db) -> Result<i64, StoreError> {
    let usable = users::table.filter(users::admin.eq(true)).filter(users::disabled_at.is_null());
    Ok(usable.count().get_result(db)?)
}

/// All columns but the password's hash, which leaves the database only where it is asked for.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub(super) struct UserRow {
    id: String,
    username: String,
    email: String,
    email_verified: bool,
    name: String,
    claims: String,
    admin: bool,
    disabled_at: Option<i64>,
    totp_secret: Option<String>,
    totp_last_step: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl UserRow {
    fn of(user: &User) -> Result<Self, StoreError> {
        Ok(Self {
            id: user.id.to_string(),
            username: user.username.as_str().to_owned(),
            email: user.email.clone(),
            email_verified: user.email_verified,
            name: user.name.clone(),
            claims: to_json(&user.claims)?,
            admin: user.admin,
            disabled_at: user.disabled_at.map(Timestamp::seconds),
            totp_secret: user.totp.as_ref().map(|totp| totp.sealed_secret.expose().clone()),
            totp_last_step: user.totp.as_ref().and_then(|totp| totp.last_step),
            created_at: user.created_at.seconds(),
            updated_at: user.updated_at.seconds(),
        })
    }

    pub(super) fn into_user(self) -> Result<User, StoreError> {
        let last_step = self.totp_last_step;
        let totp = |secret| TotpRecord { sealed_secret: Secret::new(secret), last_step };
        Ok(User {
            id: id(&self.id)?,
            username: word(&self.username)?,
            email: self.email,
            email_verified: self.email_verified,
            name: self.name,
            claims: json(&self.claims)?,
            admin: self.admin,
            disabled_at: moment(self.disabled_at),
            totp: self.totp_secret.map(totp),
            created_at: Timestamp::from_seconds(self.created_at),
            updated_at: Timestamp::from_seconds(self.updated_at),
        })
    }
}
