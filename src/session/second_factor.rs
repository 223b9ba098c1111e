//! Judging a second factor, in the transaction of what it allows: RFC 6238 section 5.2, RFC 8176.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::cookie::Cookie;

use super::record::{self, NewSignIn};
use crate::config::Throttle;
use crate::http::{App, Browser};
use crate::identity::throttle::{wait, window};
use crate::identity::totp::TotpSecret;
use crate::model::throttle::{Bucket, Failures};
use crate::model::{
    Acr, Amr, Authentication, Digest, Event, EventKind, Secret, SessionId, Timestamp, UserId,
};
use crate::store::{self, Db, StoreError};

/// What the person showed.
pub enum Proof {
    /// A code of the authenticator app.
    Totp {
        /// The secret as it is stored.
        sealed: Secret<String>,
        /// The secret.
        secret: TotpSecret,
        /// What was typed.
        code: String,
    },
    /// A recovery code.
    Recovery(Digest),
}

/// What a proof is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Right, and used up.
    Right,
    /// Wrong, or used before.
    Wrong,
    /// Not even tried: wait.
    Wait(Duration),
}

/// A session that only lacked the factor goes on, and its time stays that of its password: `auth_time` tells of the
/// older of the two. Otherwise password and factor are one sign-in.
pub fn authentication(
    before: Option<&Authentication>,
    method: Amr,
    now: Timestamp,
) -> Authentication {
    let (time, mut amr) = match before {
        Some(before) => (before.time, before.amr.clone()),
        None => (now, vec![Amr::Pwd]),
    };
    for each in [method, Amr::Mfa] {
        if !amr.contains(&each) {
            amr.push(each);
        }
    }
    Authentication { time, acr: Acr::TwoFactor, amr }
}

impl Proof {
    /// What it is called in `amr`.
    pub const fn method(&self) -> Amr {
        match self {
            Self::Totp { .. } => Amr::Otp,
            Self::Recovery(_) => Amr::Kba,
        }
    }
}

/// Judges the proof and, when it is right, signs in with it, in one transaction; what it was worth otherwise.
pub async fn sign_in(
    app: &App,
    browser: &Browser,
    new: NewSignIn,
    attempt: Attempt,
) -> Result<Result<(SessionId, Vec<Cookie<'static>>), Verdict>, StoreError> {
    let verdict = Arc::new(Mutex::new(Verdict::Wrong));
    let told = verdict.clone();
    let done = record::sign_in(app, browser, new, move |db| {
        let verdict = attempt.judge(db)?;
        *told.lock().unwrap_or_else(PoisonError::into_inner) = verdict;
        Ok(verdict == Verdict::Right)
    })
    .await?;
    Ok(done.ok_or_else(|| *verdict.lock().unwrap_or_else(PoisonError::into_inner)))
}

/// A try.
pub struct Attempt {
    user_id: UserId,
    bucket: Bucket,
    limits: Throttle,
    now: Timestamp,
    locked: Event,
    recovered: Event,
    proof: Proof,
}

impl Attempt {
    /// Of a person, now.
    pub fn new(app: &App, user_id: UserId, proof: Proof) -> Self {
        Self {
            user_id,
            bucket: Bucket::second_factor(user_id),
            limits: app.settings().throttle,
            now: app.now(),
            locked: app.event(EventKind::SecondFactorLocked, Some(user_id), None, ""),
            recovered: app.event(EventKind::RecoveryCodeUsed, Some(user_id), None, ""),
            proof,
        }
    }

    /// Counts the try before it looks, so that tries at once, on whichever nodes, never are more than the limit.
    fn judge(&self, db: &mut Db) -> Result<Verdict, StoreError> {
        if let Some(wait) = self.wait(store::throttle::find(db, &self.bucket)?) {
            return Ok(Verdict::Wait(wait));
        }
        let window = window(self.bucket.kind, &self.limits);
        let counted = store::throttle::count(db, &self.bucket, window, self.now)?;
        let before = Failures { count: counted.count - 1, ..counted };
        if let Some(wait) = self.wait(before) {
            return Ok(Verdict::Wait(wait));
        }
        if self.spend(db)? {
            store::throttle::clear(db, &self.bucket)?;
            return Ok(Verdict::Right);
        }
        if self.wait(counted).is_some() {
            store::events::append(db, &self.locked)?;
        }
        Ok(Verdict::Wrong)
    }

    fn wait(&self, failures: Failures) -> Option<Duration> {
        wait(self.bucket.kind, failures, &self.limits, self.now)
    }

    /// True for the one who uses it up.
    fn spend(&self, db: &mut Db) -> Result<bool, StoreError> {
        let user = store::users::find(db, self.user_id)?;
        let Some(user) = user.filter(|user| user.disabled_at.is_none()) else { return Ok(false) };
        match &self.proof {
            Proof::Totp { sealed, secret, code } => {
                let Some(totp) = user.totp.filter(|totp| totp.sealed_secret == *sealed) else {
                    return Ok(false);
                };
                match secret.step_of(code, self.now, totp.last_step) {
                    Some(step) => store::users::spend_totp_step(db, self.user_id, step),
                    None => Ok(false),
                }
            }
            Proof::Recovery(code) => {
                let spent = store::recovery_codes::spend(db, self.user_id, code, self.now)?;
                if spent {
                    store::events::append(db, &self.recovered)?;
                }
                Ok(spent)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_8176_acr_and_amr_tell_what_was_done() {
        let at = Timestamp::from_seconds;
        let whole = authentication(None, Amr::Otp, at(90));
        assert_eq!((whole.time, whole.acr), (at(90), Acr::TwoFactor));
        assert_eq!(whole.amr, [Amr::Pwd, Amr::Otp, Amr::Mfa]);
        let before = Authentication { time: at(10), acr: Acr::OneFactor, amr: vec![Amr::Pwd] };
        let stepped_up = authentication(Some(&before), Amr::Kba, at(90));
        assert_eq!((stepped_up.time, stepped_up.acr), (at(10), Acr::TwoFactor));
        assert_eq!(stepped_up.amr, [Amr::Pwd, Amr::Kba, Amr::Mfa]);
    }
}
