//! A request that was admitted.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::{Guard, Identity, Refusal};

/// A request in whatever framework, on a route behind a [`crate::Rule`].
pub trait Guarded {
    /// What the rule has left with it; none when there was no rule.
    fn admitted(&self) -> Option<Admitted>;
}

/// What a request carries once it was admitted.
#[derive(Clone)]
pub struct Admitted {
    pub(crate) guard: Guard,
    /// Who calls.
    pub identity: Identity,
    /// The token, for asking about it again.
    pub(crate) token: Arc<str>,
    person: Arc<Map<String, Value>>,
}

impl Admitted {
    pub(crate) fn new(guard: &Guard, identity: Identity, token: &str) -> Self {
        let person = Arc::default();
        Self { guard: guard.clone(), identity, token: Arc::from(token), person }
    }

    pub(crate) fn with_person(self, person: Map<String, Value>) -> Self {
        Self { person: Arc::new(person), ..self }
    }

    /// The access token, for calling other services in the caller's name, or for asking the issuer. Keep it on the server.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// What the ID token says about a person who signed in through this app ([`crate::SignIn`]); nothing of other callers.
    pub fn person(&self) -> &Map<String, Value> {
        &self.person
    }

    /// A connection ticket for this caller: good for a minute and for one connection, on a route that takes tickets
    /// ([`crate::Rule::ticket_in_url`]). What is opened with it ends with the caller's token.
    pub async fn ticket(&self) -> Result<String, Refusal> {
        self.guard.0.tickets.issue(&self.token).await
    }

    /// The answer to a page that asks for a ticket: `{"ticket": …, "expires_in": 60}`.
    pub(crate) async fn ticket_answer(&self) -> Answer {
        match self.ticket().await {
            Ok(ticket) => Answer::ticket(&ticket),
            Err(refusal) => self.guard.rule().answer(&refusal, false),
        }
    }
}

impl fmt::Debug for Admitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admitted").field("identity", &self.identity).finish_non_exhaustive()
    }
}
