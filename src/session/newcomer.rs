//! The account of somebody who is known elsewhere: the one that is linked, one that is theirs already, or a new one.

use crate::http::{App, Known};
use crate::model::{Claims, Event, EventKind, Identity, Timestamp, User, UserId};
use crate::store::{self, Db, StoreError};

/// When an account of the same name that is here already is taken to be theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adoption {
    /// Never.
    Never,
    /// Always: the provider decides about names and passwords, so its password here goes.
    Whole,
    /// When its address was verified here as well.
    Verified,
}

/// Somebody who is known elsewhere.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// By whom.
    pub provider: String,
    /// As whom.
    pub known: Known,
    /// Whether an account of that name is theirs.
    pub adoption: Adoption,
    /// Whether they get a new one.
    pub create: bool,
}

/// What there is for them.
#[derive(Clone, Debug, PartialEq)]
pub enum Account {
    /// This one.
    Theirs(Box<User>),
    /// None, and somebody else has the name.
    Taken,
    /// None, and they get none.
    Nobodys,
}

/// Finds, links or makes it, in one transaction.
pub async fn account(app: &App, newcomer: Newcomer) -> Result<Account, StoreError> {
    let added = app.event(EventKind::UserAdded, None, None, format!("by {}", newcomer.provider));
    let entry = Entry { id: app.id(UserId::new), now: app.now(), newcomer, added };
    app.write(move |db| entry.account(db)).await
}

struct Entry {
    id: UserId,
    now: Timestamp,
    newcomer: Newcomer,
    added: Event,
}

impl Entry {
    fn account(&self, db: &mut Db) -> Result<Account, StoreError> {
        let known = &self.newcomer.known;
        let subject = known.subject.clone();
        let identity = Identity { provider: self.newcomer.provider.clone(), subject };
        if let Some(user) = store::identities::owner(db, &identity)? {
            return self.renamed(db, user);
        }
        let held = store::users::find_to_sign_in(db, &known.username)?;
        let user = match (held, self.newcomer.adoption) {
            (Some((user, _)), Adoption::Whole) => {
                // Or it would be good again when the provider does not know them any more
                let none = store::users::NO_PASSWORD;
                store::users::set_password(db, user.id, none, self.now)?;
                user
            }
            (Some((user, _)), Adoption::Verified) if user.email_verified => user,
            (Some(_), Adoption::Verified | Adoption::Never) => return Ok(Account::Taken),
            (None, _) if !self.newcomer.create => return Ok(Account::Nobodys),
            (None, _) => self.add(db)?,
        };
        store::identities::link(db, &identity, user.id, self.now)?;
        self.renamed(db, user)
    }

    /// What they are called is for the provider to say.
    fn renamed(&self, db: &mut Db, user: User) -> Result<Account, StoreError> {
        let name = &self.newcomer.known.name;
        if user.name == *name || name.is_empty() {
            return Ok(Account::Theirs(Box::new(user)));
        }
        let user = User { name: name.clone(), updated_at: self.now, ..user };
        store::users::update(db, &user)?;
        Ok(Account::Theirs(Box::new(user)))
    }

    fn add(&self, db: &mut Db) -> Result<User, StoreError> {
        let Known { username, email, email_verified, name, .. } = self.newcomer.known.clone();
        let user = User {
            id: self.id,
            username,
            email,
            email_verified,
            name,
            claims: Claims::default(),
            admin: false,
            disabled_at: None,
            totp: None,
            created_at: self.now,
            updated_at: self.now,
        };
        store::users::insert(db, &user, store::users::NO_PASSWORD)?;
        store::events::append(db, &Event { user_id: Some(user.id), ..self.added.clone() })?;
        Ok(user)
    }
}
