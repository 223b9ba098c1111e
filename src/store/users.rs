//! People.

use diesel::prelude::*;

use super::columns::{id, json, moment, to_json, word};
use super::schema::users;
use super::{Db, StoreError, insert_if_new};
use crate::model::{Secret, Timestamp, TotpRecord, User, UserId, Username};

/// What stands in the place of a password's hash with people whose password is kept elsewhere: no password fits it.
pub const NO_PASSWORD: &str = "";

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Claims;
    use crate::store::testing::{NOW, TestStore, on_both_databases, user};
    use crate::store::{grants, sessions};

    on_both_databases!(
        a_person_comes_back_as_they_were_stored,
        cra_08_a_username_is_taken_once,
        cra_08_a_totp_step_is_spent_once,
        a_password_is_rehashed_only_while_it_is_the_same,
        deleting_a_person_removes_what_hangs_from_them,
    );

    fn a_person_comes_back_as_they_were_stored(store: &TestStore) {
        store
            .write_blocking(|db| {
                let mut ada = user(1);
                let claims = serde_json::json!({"given_name": "Ada", "given_name#ja": "エイダ"});
                ada.claims = Claims::from_map(claims.as_object().unwrap().clone()).unwrap();
                ada.admin = true;
                insert(db, &ada, "hash")?;
                insert(db, &user(2), "hash")?;
                assert_eq!(find(db, ada.id)?, Some(ada.clone()));
                assert_eq!(find_to_sign_in(db, &ada.username)?, Some((ada.clone(), "hash".into())));
                assert_eq!(list(db, None, 10)?, [ada.clone(), user(2)]);
                assert_eq!(list(db, Some(&ada.username), 10)?, [user(2)]);
                assert_eq!(count_usable_admins(db)?, 1);
                ada.disabled_at = Some(NOW);
                assert!(update(db, &ada)? && !update(db, &user(3))?);
                assert_eq!((count_usable_admins(db)?, find(db, ada.id)?), (0, Some(ada)));
                Ok(())
            })
            .unwrap();
    }

    fn cra_08_a_username_is_taken_once(store: &TestStore) {
        let same_name = |caller: usize| {
            let mut user = user(if caller == 0 { 1 } else { 2 });
            user.username = Username::canonical("ada@example.org");
            user
        };
        assert_eq!(store.winners(2, move |db, caller| insert(db, &same_name(caller), "hash")), 1);
    }

    fn cra_08_a_totp_step_is_spent_once(store: &TestStore) {
        store.furnish();
        let totp = TotpRecord { sealed_secret: Secret::new("sealed".into()), last_step: None };
        assert!(
            !store.write_blocking(|db| spend_totp_step(db, user(1).id, 7)).unwrap(),
            "none set up"
        );
        let stored = totp.clone();
        store.write_blocking(move |db| set_totp(db, user(1).id, Some(&stored), NOW)).unwrap();
        assert_eq!(store.winners(50, |db, _| spend_totp_step(db, user(1).id, 7)), 1);
        store
            .write_blocking(move |db| {
                assert!(
                    !spend_totp_step(db, user(1).id, 6)? && spend_totp_step(db, user(1).id, 8)?
                );
                let expected = TotpRecord { last_step: Some(8), ..totp.clone() };
                assert_eq!(find(db, user(1).id)?.unwrap().totp, Some(expected));
                set_totp(db, user(1).id, None, NOW)?;
                assert_eq!(find(db, user(1).id)?.unwrap().totp, None);
                Ok(())
            })
            .unwrap();
    }

    fn a_password_is_rehashed_only_while_it_is_the_same(store: &TestStore) {
        store.furnish();
        assert_eq!(store.winners(2, |db, _| rehash(db, user(1).id, "$argon2id$1", "better")), 1);
        assert!(store.write_blocking(|db| set_password(db, user(1).id, "other", NOW)).unwrap());
        assert!(!store.write_blocking(|db| rehash(db, user(1).id, "better", "best")).unwrap());
        let hash = store.read_blocking(|db| password_hash(db, user(1).id)).unwrap();
        assert_eq!(hash.as_deref(), Some("other"));
    }

    fn deleting_a_person_removes_what_hangs_from_them(store: &TestStore) {
        use crate::store::testing::{grant, session};
        store.furnish();
        store
            .write_blocking(|db| {
                assert!(grants::insert(db, &grant(1), None)?);
                assert!(delete(db, user(1).id)? && !delete(db, user(1).id)?);
                assert_eq!(sessions::find(db, session(1).id)?, None);
                assert_eq!(grants::find_by_code(db, &grant(1).code)?, None);
                Ok(())
            })
            .unwrap();
    }
}
