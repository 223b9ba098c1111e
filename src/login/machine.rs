//! Which page comes next: what OpenID Connect Core section 3.1.2.3 and 3.1.2.4 still want, as a step.

use crate::http::App;
use crate::model::{Interaction, Purpose, Timestamp, minutes};
use crate::session::{self, Missing};

/// For how many minutes a right password waits for its second factor.
const PASSWORD_MINUTES: u64 = 10;

/// A page of this room, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Name and password.
    Password,
    /// A code of the authenticator app, or a recovery code.
    SecondFactor,
    /// Whether to link the account with who they are elsewhere.
    Link,
    /// Which account to go on with.
    Account,
    /// Allow or deny.
    Consent,
    /// Nothing is missing, or the person gave up.
    Done,
}

impl Step {
    /// The step for what is missing.
    pub fn of(interaction: &Interaction, missing: Option<&Missing>, now: Timestamp) -> Self {
        if interaction.progress.denied {
            return Self::Done;
        }
        match missing {
            Some(Missing::SignIn { .. }) => match interaction.progress.password {
                Some((_, at)) if now <= at + minutes(PASSWORD_MINUTES) => Self::SecondFactor,
                Some(_) | None => Self::Password,
            },
            Some(Missing::SecondFactor) => Self::SecondFactor,
            Some(Missing::Link) => Self::Link,
            Some(Missing::ChooseAccount) => Self::Account,
            Some(Missing::Consent(_)) => Self::Consent,
            // What can be said of it is said at `/authorize/resume`
            Some(Missing::Unreachable) | None => Self::Done,
        }
    }

    /// Where the step is done, as path and query.
    pub fn url(self, app: &App, interaction: &Interaction, sealed: &str) -> String {
        let path = match self {
            Self::Password => "/login",
            Self::SecondFactor => "/login/totp",
            Self::Link => "/login/linking",
            Self::Account => "/login/account",
            Self::Consent => "/login/consent",
            Self::Done => match &interaction.purpose {
                Purpose::Authorize(_) => "/authorize/resume",
                Purpose::Device { user_code, .. } => {
                    let query = user_code.as_ref().map(|code| format!("?user_code={code}"));
                    let path = app.settings().issuer.path();
                    return format!("{path}/device{}", query.unwrap_or_default());
                }
                Purpose::Account { page, .. } => {
                    return format!("{}/account{page}", app.settings().issuer.path());
                }
            },
        };
        session::url_of_sealed(app, path, sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Access, Digest, Progress, UserId};

    #[test]
    fn otp_04_a_right_password_alone_leads_to_the_second_factor_and_nowhere_else() {
        let at = Timestamp::from_seconds;
        let mut interaction = Interaction {
            purpose: Purpose::Account { page: String::new(), fresh: false },
            started_at: at(1_000),
            browser: Digest::of("browser"),
            session: None,
            progress: Progress::default(),
        };
        let sign_in = Missing::SignIn { again: false };
        let consent = Missing::Consent(Access::default());
        for (missing, expected) in [
            (Some(&sign_in), Step::Password),
            (Some(&Missing::SecondFactor), Step::SecondFactor),
            (Some(&Missing::Link), Step::Link),
            (Some(&Missing::ChooseAccount), Step::Account),
            (Some(&consent), Step::Consent),
            (Some(&Missing::Unreachable), Step::Done),
            (None, Step::Done),
        ] {
            assert_eq!(Step::of(&interaction, missing, at(1_000)), expected);
        }
        interaction.progress.password = Some((UserId::new(at(1), &[1; 10]), at(1_000)));
        for (now, expected) in
            [(1_000, Step::SecondFactor), (1_600, Step::SecondFactor), (1_601, Step::Password)]
        {
            assert_eq!(Step::of(&interaction, Some(&sign_in), at(now)), expected, "{now}");
        }
        interaction.progress.denied = true;
        assert_eq!(Step::of(&interaction, Some(&sign_in), at(1_000)), Step::Done);
    }
}
