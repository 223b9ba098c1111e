//! What a route asks for, and who is admitted: RFC 6750 section 3, RFC 9470.

use std::fmt;
use std::sync::Arc;

use crate::admitted::Admitted;
use crate::answer::Answer;
use crate::demand::Demand;
use crate::sign_in;
use crate::source::{self, Credential, Headers, Places, Reading, Request};
use crate::ticket;
use crate::{Guard, Identity, Refusal};

/// What a route asks for. With the feature of a framework it is a middleware of it.
#[derive(Clone)]
pub struct Rule {
    guard: Guard,
    demand: Arc<Demand>,
    told: Option<Told>,
}

/// Who is told of refusals.
type Told = Arc<dyn Fn(&Refusal) + Send + Sync>;

impl Guard {
    /// A rule that asks for a good token and nothing more.
    pub fn rule(&self) -> Rule {
        Rule { guard: self.clone(), demand: Arc::default(), told: None }
    }

    /// A rule that asks for a scope.
    pub fn scope(&self, scope: &str) -> Rule {
        self.rule().scope(scope)
    }
}

impl Rule {
    /// Asks for one more scope.
    #[must_use]
    pub fn scope(self, scope: &str) -> Self {
        self.with(|demand| demand.scopes.push(scope.to_owned()))
    }

    /// Asks for a role; called more than once, for one of them.
    #[must_use]
    pub fn role(self, role: &str) -> Self {
        self.with(|demand| demand.roles.push(role.to_owned()))
    }

    /// Asks that the person is in a group; called more than once, in one of them.
    #[must_use]
    pub fn group(self, group: &str) -> Self {
        self.with(|demand| demand.groups.push(group.to_owned()))
    }

    /// Asks for one more permission.
    #[must_use]
    pub fn permission(self, permission: &str) -> Self {
        self.with(|demand| demand.permissions.push(permission.to_owned()))
    }

    /// Asks for a way of signing in, such as `urn:hatcheck:acr:2fa`; called more than once, for one of them. Who signed in
    /// otherwise is told to do so again (RFC 9470).
    #[must_use]
    pub fn acr(self, acr: &str) -> Self {
        self.with(|demand| demand.acr.push(acr.to_owned()))
    }

    /// Takes the token from the parameter `token` of the URL too: for WebSocket and `EventSource`, which can't send headers.
    /// The app and what logs inside of this middleware see the URL without it.
    #[must_use]
    pub fn token_in_url(self) -> Self {
        self.with(|demand| demand.in_url = true)
    }

    /// Takes a connection ticket from the parameter `ticket` of the URL too ([`Admitted::ticket`]). The app and what logs inside
    /// of this middleware see the URL without it.
    #[must_use]
    pub fn ticket_in_url(self) -> Self {
        self.with(|demand| demand.ticket_in_url = true)
    }

    /// Tells of each request that is refused, for an app that counts them.
    #[must_use]
    pub fn on_refusal(mut self, told: impl Fn(&Refusal) + Send + Sync + 'static) -> Self {
        self.told = Some(Arc::new(told));
        self
    }

    /// The guard that this is a rule of.
    pub const fn guard(&self) -> &Guard {
        &self.guard
    }

    fn with(mut self, change: impl FnOnce(&mut Demand)) -> Self {
        change(Arc::make_mut(&mut self.demand));
        self
    }

    /// Reads the token of a request, for a framework that this crate does not know.
    pub fn read<H: Headers>(&self, request: &Request<'_, H>) -> Reading {
        let places = Places {
            cookie: self.guard.0.cookie.as_deref(),
            session: self.guard.0.client.as_ref().map(|client| client.cookie.name.as_str()),
            token_in_url: self.demand.in_url,
            ticket_in_url: self.demand.ticket_in_url,
        };
        source::read(request, places)
    }

    /// Checks a token, and that it has what this rule asks for.
    pub async fn check(&self, token: &str) -> Result<Identity, Refusal> {
        let identity = self.guard.check(token).await?;
        self.demand.judge(&identity).map(|()| identity)
    }

    /// The answer to a refused request. `stream`: the caller speaks a streaming protocol.
    pub fn answer(&self, refusal: &Refusal, stream: bool) -> Answer {
        tracing::debug!(reason = %refusal, "a request was refused");
        if let Some(told) = &self.told {
            told(refusal);
        }
        Answer::new(refusal, &self.demand, &self.guard.0.realm, stream)
    }

    /// Admits who brings this: a token, or a ticket where the rule takes them.
    pub(crate) async fn admit_text(&self, text: &str) -> Result<Admitted, Refusal> {
        if self.demand.ticket_in_url && ticket::is_ticket(text) {
            self.admit_ticket(text).await
        } else {
            self.admit_token(text).await
        }
    }

    /// Admits the holder of a ticket, with the token that it was given for.
    async fn admit_ticket(&self, ticket: &str) -> Result<Admitted, Refusal> {
        let token = self.guard.0.tickets.redeem(ticket).await?;
        self.admit_token(&token).await
    }

    async fn admit_token(&self, token: &str) -> Result<Admitted, Refusal> {
        let identity = self.check(token).await?;
        Ok(Admitted::new(&self.guard, identity, token))
    }

    /// Admits the browser of a person who signed in here, with the token that is kept for it.
    async fn admit_session(&self, id: &str) -> Result<Admitted, Refusal> {
        let client = self.guard.0.client.as_ref().ok_or(Refusal::Missing)?;
        let current = client.current(id).await?;
        match self.admit_token(&current.access_token).await {
            Ok(admitted) => Ok(admitted.with_person(current.person)),
            // It was revoked, and no newer one will be given
            Err(Refusal::Inactive) => {
                client.end(id).await;
                Err(Refusal::SessionEnded)
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// A person whose browser goes to a page is sent to sign in, if that is what it takes.
    fn refuse(&self, refusal: &Refusal, reading: &Reading) -> Answer {
        let mends = matches!(refusal, Refusal::Missing | Refusal::SessionEnded | Refusal::Acr);
        let answer = self.answer(refusal, reading.stream);
        match (&self.guard.0.client, &reading.navigation) {
            (Some(_), Some(to)) if mends => {
                Answer::redirect(&sign_in::login(to, &self.demand.acr), Vec::new())
            }
            _ => answer,
        }
    }

    /// Admits the caller of a request that was read, or says what to answer. `before`: what a rule outside of this one has
    /// left with the request; when it was of the same guard the token is not checked again.
    pub async fn admit(
        &self,
        reading: &Reading,
        before: Option<Admitted>,
    ) -> Result<Admitted, Answer> {
        let verdict = match (before, &reading.credential) {
            (Some(before), _) if before.guard.is(&self.guard) => {
                self.demand.judge(&before.identity).map(|()| before)
            }
            (_, Ok(Credential::Token(token))) => self.admit_token(token).await,
            (_, Ok(Credential::Ticket(ticket))) => self.admit_ticket(ticket).await,
            (_, Ok(Credential::Session(id))) => self.admit_session(id).await,
            (_, Err(refusal)) => Err(refusal.clone()),
        };
        verdict.map_err(|refusal| self.refuse(&refusal, reading))
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule").field("demand", &self.demand).finish_non_exhaustive()
    }
}
