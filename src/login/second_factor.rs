//! What codes of authenticator apps and recovery codes have in common: RFC 6238 section 5.2, RFC 8176.

use actix_web::{HttpRequest, HttpResponse};

use super::flow::{Flow, Stop};
use super::machine::Step;
use super::shown::Alert;
use crate::http::{App, Texts};
use crate::model::{Acr, Amr, Authentication, TotpRecord, User};
use crate::session::NewSignIn;
use crate::session::second_factor::{self, Attempt, Proof, Verdict, authentication};
use crate::store;

/// Whose second factor is asked for, in a sign-in under way.
pub struct Asked {
    /// The sign-in.
    pub flow: Flow,
    /// The person.
    pub user: User,
    /// Their authenticator app.
    pub totp: TotpRecord,
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
        let new = self.new_sign_in(proof.method());
        let attempt = Attempt::new(app, self.user.id, proof);
        let done = second_factor::sign_in(app, &self.flow.browser, new, attempt).await?;
        let (id, cookies) = match done {
            Ok(done) => done,
            Err(verdict) => return Ok(Submitted::Refused(Box::new(self), verdict)),
        };
        let mut interaction = self.flow.interaction.clone();
        interaction.signed_in(id);
        Ok(Submitted::Done(self.flow.go_on(app, interaction, cookies).await?))
    }

    fn new_sign_in(&self, method: Amr) -> NewSignIn {
        let flow = &self.flow;
        let session = flow.steps_up().map(|signed_in| &signed_in.session);
        let progress = &flow.interaction.progress;
        let elsewhere = progress.upstream.as_ref().and(progress.password).map(|(_, time)| {
            Authentication { time, acr: Acr::OneFactor, amr: vec![Amr::Upstream] }
        });
        NewSignIn {
            user_id: self.user.id,
            // Another node's clock may be ahead: what was done for a request is not before it
            authentication: authentication(
                session.map(|session| &session.authentication).or(elsewhere.as_ref()),
                method,
                flow.now.max(flow.interaction.started_at),
            ),
            persistent: session
                .map_or(flow.interaction.progress.persistent, |session| session.persistent),
            // Who came by a link has not shown the password
            only_for: session.and_then(|session| session.only_for.clone()),
            upstream: progress.upstream.clone().filter(|_| session.is_none()),
        }
    }
}

/// What came of a form with a proof.
pub enum Submitted {
    /// The way on.
    Done(HttpResponse),
    /// The form is shown again.
    Refused(Box<Asked>, Verdict),
}

/// What the person is told. `wrong`: the text for a wrong proof.
pub fn alert(verdict: Verdict, app: &App, texts: &Texts, wrong: &str) -> Alert {
    match verdict {
        Verdict::Right | Verdict::Wrong => Alert::wrong(texts.get(wrong)),
        Verdict::Wait(wait) => Alert::throttled(app, texts, "login-factor-locked", wait),
    }
}
