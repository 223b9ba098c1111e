//! What an interaction still lacks: the rules of OpenID Connect Core section 3.1.2.3 and 3.1.2.4, purely.

use super::SignedIn;
use crate::model::{Client, Consent, Interaction, Scopes, Timestamp};

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
    _interaction: &Interaction,
    _signed_in: Option<&SignedIn>,
    _client: Option<&Client>,
    _consent: Option<&Consent>,
    _now: Timestamp,
) -> Option<Missing> {
    todo!()
}
