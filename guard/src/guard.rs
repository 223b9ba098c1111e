//! The guard: RFC 6750 and RFC 9068 section 4.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::answer::Realm;
use crate::claims::{self, Policy};
use crate::ended::Ended;
use crate::introspection::{self, Asker};
use crate::issuer::Issuer;
use crate::logout::{self, Logout};
use crate::sign_in::Client;
use crate::source;
use crate::ticket::Tickets;
use crate::token::{self, LONGEST};
use crate::{Clock, Identity, Refusal};

/// Checks the access tokens that one issuer gives for one API. Make one, and clone it: clones share what was fetched.
#[derive(Clone)]
pub struct Guard(pub(crate) Arc<Parts>);

/// What a guard is made of.
pub(crate) struct Parts {
    pub issuer: Arc<Issuer>,
    pub policy: Policy,
    pub asker: Option<Asker>,
    pub clock: Clock,
    pub ended: Ended,
    pub tickets: Tickets,
    pub cookie: Option<String>,
    pub client: Option<Arc<Client>>,
    pub realm: Realm,
}

impl Guard {
    pub(crate) fn of(parts: Parts) -> Self {
        Self(Arc::new(parts))
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

    /// The app as a client of the issuer, when people sign in through it.
    pub(crate) fn client(&self) -> Option<&Arc<Client>> {
        self.0.client.as_ref()
    }

    pub(crate) fn ended(&self) -> &Ended {
        &self.0.ended
    }

    /// Whether this is a clone of the same guard.
    pub(crate) fn is(&self, other: &Self) -> bool {
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
