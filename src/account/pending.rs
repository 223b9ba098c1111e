//! A second factor that is being set up. Nothing of it is stored before it is finished: it travels sealed in the
//! forms, bound to the session, under the cookie that it has then.

use serde::{Deserialize, Serialize};

use super::visit::Visit;
use crate::identity::recovery;
use crate::identity::totp::TotpSecret;
use crate::keys::Purpose;
use crate::model::{Digest, SessionId};

/// What has been made, and not stored yet.
#[derive(Clone, Serialize, Deserialize)]
pub struct Pending {
    enrolment_of: SessionId,
    cookie: Digest,
    /// The new authenticator secret in base32, when it is about one.
    secret: Option<String>,
    /// The time step whose code confirmed it.
    step: Option<i64>,
    /// The recovery codes that are shown.
    codes: Vec<String>,
}

impl Pending {
    /// A new secret, to be confirmed by a first code.
    pub fn secret(visit: &Visit, secret: &TotpSecret) -> Self {
        Self::new(visit, Some(secret.to_base32()), None, Vec::new())
    }

    /// New recovery codes, to be kept by the person; with a confirmed secret, or for the one that there is.
    pub fn codes(visit: &Visit, confirmed: Option<(&TotpSecret, i64)>) -> Self {
        let codes = recovery::codes(&visit.app.random());
        let codes = codes.iter().map(|code| code.expose().clone()).collect();
        let step = confirmed.map(|(_, step)| step);
        Self::new(visit, confirmed.map(|(secret, _)| secret.to_base32()), step, codes)
    }

    fn new(visit: &Visit, secret: Option<String>, step: Option<i64>, codes: Vec<String>) -> Self {
        let Visit { session, .. } = visit;
        Self { enrolment_of: session.id, cookie: session.cookie.clone(), secret, step, codes }
    }

    /// Sealed, for a form.
    pub fn seal(&self, visit: &Visit) -> String {
        visit.app.sealer().seal(Purpose::Interaction, self, &visit.app.random())
    }

    /// What a form brings back, if this session sealed it.
    pub fn open(visit: &Visit, sealed: Option<&str>) -> Option<Self> {
        let pending: Self = visit.app.sealer().open(Purpose::Interaction, sealed?)?;
        let is_ours =
            pending.enrolment_of == visit.session.id && pending.cookie == visit.session.cookie;
        is_ours.then_some(pending)
    }

    /// The secret that waits for its first code.
    pub fn to_confirm(&self) -> Option<TotpSecret> {
        self.secret.as_deref().filter(|_| self.codes.is_empty()).and_then(TotpSecret::from_base32)
    }

    /// The confirmed secret with the step of its first code.
    pub fn confirmed(&self) -> Option<(TotpSecret, i64)> {
        self.secret.as_deref().and_then(TotpSecret::from_base32).zip(self.step)
    }

    /// The recovery codes to show.
    pub fn to_save(&self) -> &[String] {
        &self.codes
    }

    /// What is stored of the codes.
    pub fn digests(&self, visit: &Visit) -> Vec<Digest> {
        self.codes.iter().map(|code| recovery::digest(visit.user.id, code)).collect()
    }
}
