//! What codes of authenticator apps and recovery codes have in common: RFC 6238 section 5.2, RFC 8176.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse};

use super::flow::{Flow, Stop};
use super::machine::Step;
use super::password::signed_in;
use super::shown::Alert;
use crate::config::Throttle;
use crate::http::{App, Texts};
use crate::identity::throttle::{wait, window};
use crate::identity::totp::TotpSecret;
use crate::model::throttle::{Bucket, Failures};
use crate::model::{
    Acr, Amr, Authentication, Digest, Event, EventKind, Secret, Timestamp, TotpRecord, User, UserId,
};
use crate::session::{self, NewSignIn};
use crate::store::{self, Db, StoreError};

/// Whose second factor is asked for, in a sign-in under way.
pub struct Asked {
    /// The sign-in.
    pub flow: Flow,
    /// The person.
    pub user: User,
    /// Their authenticator app.
    pub totp: TotpRecord,
}

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

impl Asked {
    /// Opens the sign-in and finds whose second factor it lacks; leads on when it lacks none.
    pub async fn enter(request: &HttpRequest, app: &App) -> Result<Self, Stop> {
        let flow = Flow::enter(request, app).await?;
        flow.expect(app, Step::SecondFactor)?;
        let user = if let Some(signed_in) = flow.steps_up() {
            Some(signed_in.user.clone())
        } else if let Some((id, _)) = flow.interaction.progress.password {
            app.read(move |db| store::users::find(db, id)).await?
        } else {
            None
        };
        let user = user.filter(|user| user.disabled_at.is_none());
        let Some((user, totp)) = user.and_then(|user| user.totp.clone().map(|totp| (user, totp)))
        else {
            // Disabled, deleted, or without a second factor since: from the beginning
            let mut interaction = flow.interaction.clone();
            interaction.progress.password = None;
            return Err(Stop::answer(flow.go_on(app, interaction, Vec::new()).await?));
        };
        Ok(Self { flow, user, totp })
    }

    /// Judges the proof and, when it is right, signs in with it, in one transaction.
    pub async fn submit(self, app: &App, proof: Proof) -> Result<Submitted, Stop> {
        let attempt = Attempt {
            user_id: self.user.id,
            bucket: Bucket::second_factor(self.user.id),
            limits: app.settings().throttle,
            now: app.now(),
            locked: app.event(EventKind::SecondFactorLocked, Some(self.user.id), None, ""),
            recovered: app.event(EventKind::RecoveryCodeUsed, Some(self.user.id), None, ""),
            proof,
        };
        let verdict = Arc::new(Mutex::new(Verdict::Wrong));
        let told = verdict.clone();
        let new = self.new_sign_in(attempt.proof.method());
        let done = session::sign_in(app, &self.flow.browser, new, move |db| {
            let verdict = attempt.judge(db)?;
            *told.lock().unwrap_or_else(PoisonError::into_inner) = verdict;
            Ok(verdict == Verdict::Right)
        })
        .await?;
        let Some((id, cookies)) = done else {
            let verdict = *verdict.lock().unwrap_or_else(PoisonError::into_inner);
            return Ok(Submitted::Refused(Box::new(self), verdict));
        };
        let mut interaction = self.flow.interaction.clone();
        signed_in(&mut interaction, id);
        Ok(Submitted::Done(self.flow.go_on(app, interaction, cookies).await?))
    }

    fn new_sign_in(&self, method: Amr) -> NewSignIn {
        let flow = &self.flow;
        let session = flow.steps_up().map(|signed_in| &signed_in.session);
        NewSignIn {
            user_id: self.user.id,
            // Another node's clock may be ahead: what was done for a request is not before it
            authentication: authentication(
                session.map(|session| &session.authentication),
                method,
                flow.now.max(flow.interaction.started_at),
            ),
            persistent: session
                .map_or(flow.interaction.progress.persistent, |session| session.persistent),
            // Who came by a link has not shown the password
            only_for: session.and_then(|session| session.only_for.clone()),
        }
    }
}

/// A session that only lacked the factor goes on, and its time stays that of its password: `auth_time` tells of the
/// older of the two. Otherwise password and factor are one sign-in.
fn authentication(before: Option<&Authentication>, method: Amr, now: Timestamp) -> Authentication {
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

/// What came of a form with a proof.
pub enum Submitted {
    /// The way on.
    Done(HttpResponse),
    /// The form is shown again.
    Refused(Box<Asked>, Verdict),
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

impl Verdict {
    /// What the person is told. `wrong`: the text for a wrong proof.
    pub fn alert(self, app: &App, texts: &Texts, wrong: &str) -> Alert {
        match self {
            Self::Right | Self::Wrong => Alert::wrong(texts.get(wrong)),
            Self::Wait(wait) => Alert::throttled(app, texts, "login-factor-locked", wait),
        }
    }
}

impl Proof {
    const fn method(&self) -> Amr {
        match self {
            Self::Totp { .. } => Amr::Otp,
            Self::Recovery(_) => Amr::Kba,
        }
    }
}

struct Attempt {
    user_id: UserId,
    bucket: Bucket,
    limits: Throttle,
    now: Timestamp,
    locked: Event,
    recovered: Event,
    proof: Proof,
}

impl Attempt {
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
