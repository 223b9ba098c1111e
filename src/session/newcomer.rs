//! The account of somebody who is known elsewhere: the one that is linked, one that is theirs already, or a new one.

use crate::http::{App, Known};
use crate::model::{Claims, Entitlement, Event, EventKind, Identity, Timestamp, User, UserId};
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
    /// What is renewed at each sign-in.
    pub profile: Profile,
}

/// What a provider decides about people who come by it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Claims about them.
    pub claims: Claims,
    /// What they get.
    pub given: Vec<Entitlement>,
    /// What they lose: all else that the provider may give.
    pub taken: Vec<Entitlement>,
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
    let entitled = app.event(EventKind::UserChanged, None, None, "");
    let entry = Entry { id: app.id(UserId::new), now: app.now(), newcomer, added, entitled };
    app.write(move |db| entry.account(db)).await
}

struct Entry {
    id: UserId,
    now: Timestamp,
    newcomer: Newcomer,
    added: Event,
    entitled: Event,
}

impl Entry {
    fn account(&self, db: &mut Db) -> Result<Account, StoreError> {
        let known = &self.newcomer.known;
        let subject = known.subject.clone();
        let identity = Identity { provider: self.newcomer.provider.clone(), subject };
        if let Some(user) = store::identities::owner(db, &identity)? {
            return self.renewed(db, user);
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
        self.renewed(db, user)
    }

    /// What they are called, and what they are given by it, is for the provider to say.
    fn renewed(&self, db: &mut Db, mut user: User) -> Result<Account, StoreError> {
        self.entitle(db, user.id)?;
        let name = &self.newcomer.known.name;
        let mut claims = user.claims.clone();
        for (name, value) in self.newcomer.profile.claims.as_map() {
            claims.insert(name, value.clone());
        }
        let renamed = !name.is_empty() && user.name != *name;
        if renamed || claims != user.claims {
            if renamed {
                user.name.clone_from(name);
            }
            user = User { claims, updated_at: self.now, ..user };
            store::users::update(db, &user)?;
        }
        Ok(Account::Theirs(Box::new(user)))
    }

    fn entitle(&self, db: &mut Db, id: UserId) -> Result<(), StoreError> {
        let Profile { given, taken, .. } = &self.newcomer.profile;
        let mut changes = Vec::new();
        for entitlement in given {
            if store::entitlements::grant(db, id, entitlement, self.now)? {
                changes.push(format!("given {entitlement}"));
            }
        }
        for entitlement in taken {
            if store::entitlements::revoke(db, id, entitlement)? {
                changes.push(format!("taken {entitlement}"));
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        let detail = format!("by {}: {}", self.newcomer.provider, changes.join(", "));
        let event = Event { user_id: Some(id), detail, ..self.entitled.clone() };
        store::events::append(db, &event)
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
