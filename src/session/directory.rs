//! People whose passwords are kept elsewhere: asking the deployment's own providers, and the account that goes with who they
//! know.

use std::sync::Arc;

use crate::http::{App, Authenticator, Checked, Known, Typed};
use crate::model::{Claims, Event, EventKind, Identity, Timestamp, User, UserId, Username};
use crate::store::{self, Db, StoreError};

/// What was found elsewhere.
pub enum Elsewhere {
    /// Nobody there has the name.
    Nobodys,
    /// Somebody has, and that is not their password.
    Wrong,
    /// It is; this is their account.
    Right(Box<User>),
    /// It can't be asked.
    Away,
}

/// Asks each in turn, until one knows the name.
pub async fn check(app: &App, username: &Username, typed: &str) -> Result<Elsewhere, StoreError> {
    for provider in app.extensions().authenticators() {
        match provider.check_password(app, Typed { username, password: typed }).await {
            Ok(Checked::NotTheirs) => {}
            Ok(Checked::Wrong) => return Ok(Elsewhere::Wrong),
            Ok(Checked::Right(known)) => return account(app, provider, *known).await,
            Err(error) => {
                tracing::error!(provider = provider.name(), %error, "a provider can't be asked");
                return Ok(Elsewhere::Away);
            }
        }
    }
    Ok(Elsewhere::Nobodys)
}

async fn account(
    app: &App,
    provider: &Arc<dyn Authenticator>,
    known: Known,
) -> Result<Elsewhere, StoreError> {
    let name = provider.name().to_owned();
    let added = app.event(EventKind::UserAdded, None, None, format!("by {name}"));
    let entry = Entry { provider: name, id: app.id(UserId::new), known, now: app.now(), added };
    let refused = (entry.provider.clone(), entry.known.username.clone());
    if let Some(user) = app.write(move |db| entry.user(db)).await? {
        return Ok(Elsewhere::Right(Box::new(user)));
    }
    let (provider, username) = refused;
    tracing::warn!(
        provider,
        %username,
        "somebody else has this name here: delete or rename that account, or let the provider adopt it"
    );
    Ok(Elsewhere::Wrong)
}

/// Somebody who is known elsewhere, and what their account is made of.
struct Entry {
    provider: String,
    id: UserId,
    known: Known,
    now: Timestamp,
    added: Event,
}

impl Entry {
    /// The account that is linked, the one that is adopted, or a new one. `None`: somebody else has the name.
    fn user(&self, db: &mut Db) -> Result<Option<User>, StoreError> {
        let subject = self.known.subject.clone();
        let identity = Identity { provider: self.provider.clone(), subject };
        if let Some(user) = store::identities::owner(db, &identity)? {
            return self.renamed(db, user).map(Some);
        }
        let user = match store::users::find_to_sign_in(db, &self.known.username)? {
            Some((user, _)) if self.known.adopt => {
                // Or it would be good again when the provider does not know them any more
                let none = store::users::NO_PASSWORD;
                store::users::set_password(db, user.id, none, self.now)?;
                self.renamed(db, user)?
            }
            Some(_) => return Ok(None),
            None => self.add(db)?,
        };
        store::identities::link(db, &identity, user.id, self.now)?;
        Ok(Some(user))
    }

    /// What they are called is for the provider to say.
    fn renamed(&self, db: &mut Db, user: User) -> Result<User, StoreError> {
        if user.name == self.known.name {
            return Ok(user);
        }
        let user = User { name: self.known.name.clone(), updated_at: self.now, ..user };
        store::users::update(db, &user)?;
        Ok(user)
    }

    fn add(&self, db: &mut Db) -> Result<User, StoreError> {
        let Known { username, email, email_verified, name, .. } = self.known.clone();
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
