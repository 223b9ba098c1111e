//! The guard: RFC 6750 and RFC 9068 section 4.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::answer::{Answer, Realm};
use crate::claims::{self, Policy};
use crate::demand::Demand;
use crate::ended::Ended;
use crate::introspection::{self, Asker};
use crate::issuer::Issuer;
use crate::logout::{self, Logout};
use crate::source::{self, Credential, Headers, Places, Reading, Request};
use crate::ticket::{self, Tickets};
use crate::token::{self, LONGEST};
use crate::{Clock, Identity, Refusal};

/// Checks the access tokens that one issuer gives for one API. Make one, and clone it: clones share what was fetched.
#[derive(Clone)]
pub struct Guard(Arc<Parts>);

/// What a guard is made of.
pub(crate) struct Parts {
    pub issuer: Arc<Issuer>,
    pub policy: Policy,
    pub asker: Option<Asker>,
    pub clock: Clock,
    pub ended: Ended,
    pub tickets: Tickets,
    pub cookie: Option<String>,
    pub realm: Realm,
}

impl Guard {
    pub(crate) fn of(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// A rule that asks for a good token and nothing more.
    pub fn rule(&self) -> Rule {
        Rule { guard: self.clone(), demand: Arc::default(), told: None }
    }

    /// A rule that asks for a scope.
    pub fn scope(&self, scope: &str) -> Rule {
        self.rule().scope(scope)
    }

    /// Checks a token that came by another way than a request, such as a message on a WebSocket.
    pub async fn check(&self, token: &str) -> Result<Identity, Refusal> {
        if token.len() > LONGEST {
            return Err(Refusal::TooLong);
        }
        if !source::is_token(token) {
            return Err(Refusal::Malformed("it has characters that no token has"));
        }
        let identity = self.recognise(token).await?;
        self.0.ended.judge(&identity).map(|()| identity)
    }

    async fn recognise(&self, token: &str) -> Result<Identity, Refusal> {
        match &self.0.asker {
            None => self.verify(token).await,
            Some(asker) if token::is_jwt(token) => {
                let identity = self.verify(token).await?;
                let facts = asker.ask(token, &self.0.issuer).await?;
                facts.map(|_| identity).ok_or(Refusal::Inactive)
            }
            Some(asker) => {
                let facts = asker.ask(token, &self.0.issuer).await?.ok_or(Refusal::Inactive)?;
                let claims = complete(facts.as_ref().clone(), token, &self.0.policy, self.now());
                claims::judge(claims, &self.0.policy, self.now())
            }
        }
    }

    /// The claims first: a token that expired, or is another issuer's, is told so without looking for its key.
    async fn verify(&self, token: &str) -> Result<Identity, Refusal> {
        let token = token::read(token, token::Kind::Access)?;
        let identity = claims::judge(token.claims()?, &self.0.policy, self.now())?;
        self.0.issuer.verify(&token).await?;
        Ok(identity)
    }

    fn now(&self) -> i64 {
        self.0.clock.now()
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// From when on a token is refused, in seconds since 1970.
    pub(crate) fn refused_from(&self, identity: &Identity) -> i64 {
        identity.expires_at.saturating_add(self.0.policy.leeway)
    }

    /// Checks a logout token that the issuer sent to the app `client_id` (OpenID Connect Back-Channel Logout section 2.6).
    /// Whether it came before is not asked: who was signed out stays so.
    pub async fn check_logout(&self, token: &str, client_id: &str) -> Result<Logout, Refusal> {
        let token = token::read(token, token::Kind::Logout)?;
        let policy = &self.0.policy;
        let expected =
            logout::Expected { issuer: &policy.issuer, client_id, leeway: policy.leeway };
        let claims = logout::judge(token.claims()?, &expected, self.now())?;
        self.0.issuer.verify(&token).await?;
        Ok(claims)
    }

    /// From now on refuses the tokens of who was signed out, though they have not expired. This is kept in memory, for a
    /// day and for 100,000 sessions.
    pub fn sign_out(&self, logout: &Logout) {
        self.0.ended.remember(logout, self.now());
    }

    pub(crate) fn ended(&self) -> &Ended {
        &self.0.ended
    }

    /// Whether this is a clone of the same guard.
    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("policy", &self.0.policy).finish_non_exhaustive()
    }
}

/// What RFC 7662 section 2.2 leaves to the issuer and a token of RFC 9068 has.
fn complete(
    mut facts: Map<String, Value>,
    token: &str,
    policy: &Policy,
    now: i64,
) -> Map<String, Value> {
    let mut default = |name: &str, value: Value| {
        facts.entry(name).or_insert(value);
    };
    default("iss", json!(policy.issuer));
    default("iat", json!(now));
    default("jti", json!(introspection::name_of(token)));
    facts
}

/// What a route asks for. With the feature of a framework it is a middleware of it.
#[derive(Clone)]
pub struct Rule {
    guard: Guard,
    demand: Arc<Demand>,
    told: Option<Told>,
}

/// Who is told of refusals.
type Told = Arc<dyn Fn(&Refusal) + Send + Sync>;

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
        Ok(Admitted { guard: self.guard.clone(), identity, token: Arc::from(token) })
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
            (_, Err(refusal)) => Err(refusal.clone()),
        };
        verdict.map_err(|refusal| self.answer(&refusal, reading.stream))
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule").field("demand", &self.demand).finish_non_exhaustive()
    }
}

/// A request in whatever framework, on a route behind a [`Rule`].
pub trait Guarded {
    /// What the rule has left with it; none when there was no rule.
    fn admitted(&self) -> Option<Admitted>;
}

/// What a request carries once it was admitted.
#[derive(Clone)]
pub struct Admitted {
    guard: Guard,
    /// Who calls.
    pub identity: Identity,
    /// The token, for asking about it again.
    pub(crate) token: Arc<str>,
}

impl Admitted {
    /// A connection ticket for this caller: good for a minute and for one connection, on a route that takes tickets
    /// ([`Rule::ticket_in_url`]). What is opened with it ends with the caller's token.
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
