//! Tokens that are there when a request needs them: RFC 6749 section 6, OpenID Connect Core section 12.
//!
//! An issuer that gives a new refresh token with each answer, and takes a second use of the old one for theft, signs people
//! out when two requests refresh at once or an answer gets lost. Here one node asks at a time, which a lease in the
//! session says, and a node that asks with a token that another has used looks whether there is a newer one.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::sleep;

use super::client::{Answered, Client, Tokens};
use super::flight::Landing;
use super::id_token::Expected;
use super::session::{self, Age, Held, Session};
use crate::{Refusal, token};

/// For how many seconds a node may ask, before another takes over: longer than an answer may take.
const LEASE: i64 = 15;
/// How long a node waits before it looks again whether another is ready.
const LOOK: Duration = Duration::from_millis(100);
/// How often it looks: for as long as a lease lasts.
const LOOKS: usize = 150;

/// What is at hand for a request.
pub struct Current {
    /// The access token.
    pub access_token: String,
    /// The claims of the ID token.
    pub person: Map<String, Value>,
}

/// How an attempt to refresh went.
enum Step {
    /// There are newer tokens, or the session is over.
    Done,
    /// Another node is at it.
    Wait,
    /// It did not work, and may the next time.
    Failed,
}

impl Client {
    /// The tokens of a session, refreshed where that has to be.
    pub async fn current(self: &Arc<Self>, id: &str) -> Result<Current, Refusal> {
        let key = session::key(id);
        let held = self.sessions.find(&key).await?.ok_or(Refusal::SessionEnded)?;
        match held.session.age(self.clock.now()) {
            Age::Fresh => Ok(at_hand(held.session)),
            Age::Due => {
                drop(self.fly(&key));
                Ok(at_hand(held.session))
            }
            Age::Expired => {
                if let Some(landing) = self.fly(&key) {
                    landing.landed().await;
                }
                let held = self.sessions.find(&key).await?.ok_or(Refusal::SessionEnded)?;
                match held.session.age(self.clock.now()) {
                    Age::Fresh | Age::Due => Ok(at_hand(held.session)),
                    Age::Expired => Err(Refusal::Unavailable),
                    Age::Over => Err(Refusal::SessionEnded),
                }
            }
            Age::Over => {
                self.sessions.end(&key).await?;
                Err(Refusal::SessionEnded)
            }
        }
    }

    fn fly(self: &Arc<Self>, key: &str) -> Option<Landing> {
        let (this, owned) = (self.clone(), key.to_owned());
        let work = || async move { this.renew(&owned).await };
        self.flights.join(key, self.clock.now(), work)
    }

    /// Sees to it that a session has fresh tokens, by this node or another; whether it has, or is over.
    async fn renew(&self, key: &str) -> bool {
        for _ in 0..LOOKS {
            match self.step(key).await {
                Ok(Step::Done) => return true,
                Ok(Step::Wait) => sleep(LOOK).await,
                Ok(Step::Failed) | Err(_) => return false,
            }
        }
        false
    }

    async fn step(&self, key: &str) -> Result<Step, Refusal> {
        let Some(held) = self.sessions.find(key).await? else { return Ok(Step::Done) };
        let now = self.clock.now();
        let refresh_token = match (held.session.age(now), &held.session.refresh_token) {
            (Age::Due | Age::Expired, Some(refresh_token)) => refresh_token.clone(),
            _ => return Ok(Step::Done),
        };
        if held.session.leased_until > now {
            return Ok(Step::Wait);
        }
        let leased = Session { leased_until: now.saturating_add(LEASE), ..held.session.clone() };
        let Some(held) = self.sessions.replace(key, &held, leased).await? else {
            return Ok(Step::Wait);
        };
        match self.renewed(&held.session, &refresh_token).await {
            Ok(Renewed::Session(session)) => self.keep(key, &held, *session).await,
            Ok(Renewed::Over) => self.give_up(key, &held).await,
            Err(_) => {
                let free = Session { leased_until: 0, ..held.session.clone() };
                self.sessions.replace(key, &held, free).await?;
                Ok(Step::Failed)
            }
        }
    }

    async fn renewed(&self, session: &Session, refresh_token: &str) -> Result<Renewed, Refusal> {
        let tokens = match self.refresh(refresh_token).await? {
            Answered::Given(tokens) => tokens,
            Answered::Refused(error) if error == "invalid_grant" => return Ok(Renewed::Over),
            Answered::Refused(_) => return Err(Refusal::Unavailable),
        };
        if let Some(id_token) = &tokens.id_token {
            let client_id = &self.settings.client_id;
            let expected = Expected { client_id, nonce: None, subject: Some(&session.subject) };
            self.check_id_token(id_token, &expected).await.inspect_err(|refusal| {
                tracing::error!(%refusal, "a refreshed ID token can't be trusted");
            })?;
        }
        Ok(Renewed::Session(Box::new(session.with(tokens, self.clock.now()))))
    }

    /// Keeps the newer tokens. A session that ended meanwhile does not come back, and its tokens go.
    async fn keep(&self, key: &str, held: &Held, session: Session) -> Result<Step, Refusal> {
        let refresh_token = session.refresh_token.clone();
        let kept = self.sessions.replace(key, held, session).await?;
        if let (None, Some(refresh_token)) = (kept, refresh_token)
            && self.sessions.find(key).await?.is_none()
        {
            self.revoke(&refresh_token).await;
        }
        Ok(Step::Done)
    }

    /// The issuer does not take the refresh token any more. When another node has got a newer one meanwhile, that stands.
    async fn give_up(&self, key: &str, held: &Held) -> Result<Step, Refusal> {
        let over = Session { until: 0, ..held.session.clone() };
        if self.sessions.replace(key, held, over).await?.is_some() {
            self.sessions.end(key).await?;
        }
        Ok(Step::Done)
    }
}

/// What the issuer's answer makes of a session.
enum Renewed {
    Session(Box<Session>),
    Over,
}

impl Session {
    fn with(&self, tokens: Tokens, now: i64) -> Self {
        let before = self.clone();
        Self {
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token.or(before.refresh_token),
            id_token: tokens.id_token.unwrap_or(before.id_token),
            expires_at: now.saturating_add(tokens.lifetime),
            lifetime: tokens.lifetime,
            leased_until: 0,
            ..before
        }
    }
}

fn at_hand(session: Session) -> Current {
    // It was checked when it came
    let claims = token::read(&session.id_token, token::Kind::Id).and_then(|token| token.claims());
    Current { access_token: session.access_token, person: claims.unwrap_or_default() }
}
