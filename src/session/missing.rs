//! What an interaction still lacks: the rules of OpenID Connect Core section 3.1.2.3 and 3.1.2.4, purely.

use super::SignedIn;
use crate::model::{
    AuthorizationRequest, Client, Consent, Interaction, Prompt, Purpose, Scopes, Session,
    Timestamp, minutes, seconds,
};

/// How many minutes a sign-in made for a request stays good for it, where the request's `max_age` is shorter: so long
/// may a person read the consent page.
const READING_MINUTES: u64 = 10;

/// The next thing to be done by the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Sign in; `again`: there is a session, but it is too old, of somebody else, or `prompt=login`.
    SignIn {
        /// Whether somebody is signed in already.
        again: bool,
    },
    /// A second factor for the session there is.
    SecondFactor,
    /// Choose which account to go on with.
    ChooseAccount,
    /// Allow these scopes.
    Consent(Scopes),
}

/// What is missing next, in this order: sign-in, second factor, account, consent; `None`: nothing.
/// `client` and `consent`: of the app behind the interaction, if there is one.
pub fn missing(
    interaction: &Interaction,
    signed_in: Option<&SignedIn>,
    client: Option<&Client>,
    consent: Option<&Consent>,
    now: Timestamp,
) -> Option<Missing> {
    let Some(SignedIn { session, user }) = signed_in else {
        return Some(Missing::SignIn { again: false });
    };
    if interaction.progress.declined.as_ref() == Some(&session.cookie)
        || !sign_in_will_do(interaction, session, now)
    {
        return Some(Missing::SignIn { again: true });
    }
    let request = interaction.request()?;
    // Core section 5.5.1.1: a class that the person can't reach is no error, and `acr` tells the truth
    if request.acr > Some(session.authentication.acr) && user.has_second_factor() {
        return Some(Missing::SecondFactor);
    }
    if request.prompts(Prompt::SelectAccount) && interaction.progress.chosen != Some(session.id) {
        return Some(Missing::ChooseAccount);
    }
    let just_allowed = interaction.progress.consented == Some(session.id);
    (!just_allowed && !consent_stands(request, client?, consent, session))
        .then(|| Missing::Consent(request.scopes.clone()))
}

/// Whether the sign-in is recent enough, and the right person's.
fn sign_in_will_do(interaction: &Interaction, session: &Session, now: Timestamp) -> bool {
    let for_this = is_made_since(interaction, session);
    let request = match &interaction.purpose {
        Purpose::Account { fresh, .. } => return for_this || !*fresh,
        Purpose::Authorize(request) => request,
    };
    let right_person = request.hinted_user.is_none_or(|hinted| hinted == session.user_id);
    let prompted = !request.prompts(Prompt::Login) || for_this;
    let age = now.since(session.authentication.time);
    let young = request.max_age.is_none_or(|most| {
        if for_this {
            age <= seconds(most).max(minutes(READING_MINUTES))
        } else {
            // `max_age=0` means `prompt=login`, also within one second
            most > 0 && age <= seconds(most)
        }
    });
    right_person && prompted && young
}

/// Whether somebody signed in after the interaction began. Times are in seconds, so the cookie decides within one: every
/// sign-in brings a new one.
fn is_made_since(interaction: &Interaction, session: &Session) -> bool {
    session.authentication.time >= interaction.started_at
        && interaction.session.as_ref() != Some(&session.cookie)
}

/// Whether what is asked for was allowed before. `offline_access` is only ever allowed by the person (Core section 11).
fn consent_stands(
    request: &AuthorizationRequest,
    client: &Client,
    consent: Option<&Consent>,
    session: &Session,
) -> bool {
    let allowed = consent
        .filter(|consent| consent.user_id == session.user_id && consent.client_id == client.id)
        .map(|consent| consent.scopes.clone())
        .unwrap_or_default();
    let to_ask = if client.metadata.skip_consent {
        request.scopes.common(&offline_access())
    } else {
        request.scopes.clone()
    };
    !request.prompts(Prompt::Consent) && allowed.covers(&to_ask)
}

fn offline_access() -> Scopes {
    Scopes::parse("offline_access").unwrap_or_default()
}
