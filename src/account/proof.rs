//! A code of the authenticator app, or a recovery code, checked and used up in the transaction of what it allows:
//! RFC 6238 section 5.2, each code once.

use std::time::Duration;

use super::visit::Visit;
use crate::config::Throttle;
use crate::http::open_totp;
use crate::identity::recovery;
use crate::identity::throttle::{wait, window};
use crate::identity::totp::TotpSecret;
use crate::keys::KeyError;
use crate::model::throttle::{Bucket, Failures};
use crate::model::{Digest, Event, EventKind, Secret, Timestamp, UserId};
use crate::store::{self, Db, StoreError};

/// What somebody typed to prove that they have the second factor.
pub struct Proof {
    user_id: UserId,
    /// The secret as it is stored and as it is, when the person has an app.
    secret: Option<(Secret<String>, TotpSecret)>,
    code: String,
    recovery: Digest,
    settings: Throttle,
    now: Timestamp,
    used: Event,
    locked: Event,
}

impl Proof {
    /// Of what was typed.
    pub fn new(visit: &Visit, typed: &str) -> Result<Self, KeyError> {
        let (app, id) = (&visit.app, visit.user.id);
        let stored = visit.user.totp.as_ref();
        let secret = stored.map(|record| open_totp(app, record)).transpose()?;
        Ok(Self {
            user_id: id,
            secret: stored.map(|record| record.sealed_secret.clone()).zip(secret),
            code: typed.to_owned(),
            recovery: recovery::digest(id, typed),
            settings: app.settings().throttle,
            now: visit.now,
            used: app.event(EventKind::RecoveryCodeUsed, Some(id), None, "on the account page"),
            locked: app.event(EventKind::SecondFactorLocked, Some(id), None, "on the account page"),
        })
    }

    /// True when it is right, and used up by that. A wrong one is counted, together with those of sign-ins.
    pub fn redeem(&self, db: &mut Db) -> Result<bool, StoreError> {
        let bucket = Bucket::second_factor(self.user_id);
        let failures = store::throttle::find(db, &bucket)?;
        if self.wait(&bucket, failures).is_some() {
            return Ok(false);
        }
        // Counted before it is looked at, so that tries at once, on whichever nodes, never are more than the limit
        let window = window(bucket.kind, &self.settings);
        let counted = store::throttle::count(db, &bucket, window, self.now)?;
        let before = Failures { count: counted.count - 1, ..counted };
        if self.wait(&bucket, before).is_some() {
            return Ok(false);
        }
        if self.spend(db)? {
            store::throttle::clear(db, &bucket)?;
            return Ok(true);
        }
        if self.wait(&bucket, counted).is_some() {
            store::events::append(db, &self.locked)?;
        }
        Ok(false)
    }

    fn wait(&self, bucket: &Bucket, failures: Failures) -> Option<Duration> {
        wait(bucket.kind, failures, &self.settings, self.now)
    }

    fn spend(&self, db: &mut Db) -> Result<bool, StoreError> {
        if self.is_fresh_code(db)? {
            return Ok(true);
        }
        let spent = store::recovery_codes::spend(db, self.user_id, &self.recovery, self.now)?;
        if spent {
            store::events::append(db, &self.used)?;
        }
        Ok(spent)
    }

    fn is_fresh_code(&self, db: &mut Db) -> Result<bool, StoreError> {
        let Some((sealed, secret)) = &self.secret else { return Ok(false) };
        let user = store::users::find(db, self.user_id)?;
        let record = user.and_then(|user| user.totp).filter(|now| now.sealed_secret == *sealed);
        let Some(record) = record else { return Ok(false) };
        match secret.step_of(&self.code, self.now, record.last_step) {
            Some(step) => store::users::spend_totp_step(db, self.user_id, step),
            None => Ok(false),
        }
    }
}

/// How long this person has to wait before the next code, if they have to.
pub async fn wait_for(visit: &Visit) -> Result<Option<Duration>, StoreError> {
    let bucket = Bucket::second_factor(visit.user.id);
    let kind = bucket.kind;
    let failures = visit.app.read(move |db| store::throttle::find(db, &bucket)).await?;
    Ok(wait(kind, failures, &visit.app.settings().throttle, visit.now))
}
