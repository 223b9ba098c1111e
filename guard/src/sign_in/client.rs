//! The app as a client of its issuer: OpenID Connect Core section 3.1.3, RFC 6749 sections 4.1.3 and 6, RFC 7009.

use std::sync::Arc;

use form_urlencoded::Serializer;
use serde::Deserialize;

use super::attempt::Jar;
use super::failure::Cause;
use super::flight::Flights;
use super::id_token::{self, Expected, Person};
use super::session::{self, Sessions};
use super::settings::SignIn;
use crate::claims::Policy;
use crate::cookie;
use crate::introspection::name_of;
use crate::issuer::Issuer;
use crate::store::Store;
use crate::{Clock, Refusal, token};

/// How long an access token is taken to be good when the issuer does not say, in seconds.
const LIFETIME: i64 = 300;
/// How many characters of the app's name tell its cookie from others: on one machine apps share cookies across ports.
const NAMED: usize = 8;

/// The app.
pub struct Client {
    /// What it said about how people sign in.
    pub settings: SignIn,
    /// Whom it trusts.
    pub issuer: Arc<Issuer>,
    /// What ID tokens have to be.
    pub policy: Policy,
    /// The clock.
    pub clock: Clock,
    /// Sign-ins that were begun.
    pub attempts: Jar,
    /// The cookie of a session.
    pub cookie: SessionCookie,
    /// Sessions.
    pub sessions: Sessions,
    /// Refreshes that are under way.
    pub flights: Arc<Flights>,
}

/// The cookie of a session.
pub struct SessionCookie {
    /// Its name.
    pub name: String,
    secure: bool,
    lifetime: i64,
}

impl SessionCookie {
    /// The value of the `Set-Cookie` header.
    pub fn set(&self, id: &str) -> String {
        cookie::line(&self.name, id, self.lifetime, self.secure)
    }

    /// The one that takes it away.
    pub fn clear(&self) -> String {
        cookie::line(&self.name, "", 0, self.secure)
    }
}

/// What the token endpoint gives (RFC 6749 section 5.1).
pub struct Tokens {
    /// `access_token`
    pub access_token: String,
    /// `refresh_token`
    pub refresh_token: Option<String>,
    /// `id_token`
    pub id_token: Option<String>,
    /// `expires_in`
    pub lifetime: i64,
}

/// What the token endpoint answers.
pub enum Answered {
    /// Tokens.
    Given(Tokens),
    /// The error of RFC 6749 section 5.2.
    Refused(String),
}

impl Client {
    /// The app with these settings.
    pub fn new(
        settings: SignIn,
        issuer: Arc<Issuer>,
        policy: Policy,
        clock: Clock,
        store: Arc<dyn Store>,
    ) -> Arc<Self> {
        let secure = settings.is_secure();
        let name = name_of(&format!("{} {}", policy.issuer, settings.client_id));
        let prefix = if secure { "__Host-" } else { "" };
        let name = format!("{prefix}session-{}", name.get(..NAMED).unwrap_or(&name));
        Arc::new(Self {
            cookie: SessionCookie { name, secure, lifetime: settings.lifetime },
            attempts: Jar::new(settings.keys.clone(), secure, clock.clone()),
            sessions: Sessions::new(store, settings.keys.clone()),
            flights: Arc::default(),
            settings,
            issuer,
            policy,
            clock,
        })
    }

    /// Checks an ID token.
    pub async fn check_id_token(
        &self,
        token: &str,
        expected: &Expected<'_>,
    ) -> Result<Person, Refusal> {
        let token = token::read(token, token::Kind::Id)?;
        let person = id_token::judge(token.claims()?, &self.policy, expected, self.clock.now())?;
        self.issuer.verify(&token).await?;
        Ok(person)
    }

    /// Redeems a code.
    pub async fn redeem(&self, code: &str, code_verifier: &str) -> Result<Tokens, Cause> {
        let redirect_uri = self.settings.redirect_uri();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &redirect_uri),
            ("code_verifier", code_verifier),
        ];
        match self.ask(&form).await? {
            Answered::Given(tokens) => Ok(tokens),
            Answered::Refused(error) => Err(Cause::Issuer(error)),
        }
    }

    /// Asks for newer tokens.
    pub async fn refresh(&self, refresh_token: &str) -> Result<Answered, Refusal> {
        self.ask(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// Tells the issuer that a refresh token is not needed any more. Nobody waits for more than the answer.
    pub async fn revoke(&self, refresh_token: &str) {
        let Ok(metadata) = self.issuer.metadata().await else { return };
        let Some(endpoint) = &metadata.revocation_endpoint else { return };
        let form = [("token", refresh_token), ("token_type_hint", "refresh_token")];
        let form = Serializer::new(String::new()).extend_pairs(form).finish();
        if let Err(error) =
            self.issuer.http.post(endpoint, &self.settings.authorization, form).await
        {
            tracing::warn!(%error, "a refresh token can't be revoked");
        }
    }

    /// Ends the session of a cookie, here and its tokens at the issuer.
    pub async fn end(&self, id: &str) -> Option<session::Session> {
        let session = self.sessions.end(&session::key(id)).await.ok().flatten()?;
        if let Some(refresh_token) = &session.refresh_token {
            self.revoke(refresh_token).await;
        }
        Some(session)
    }

    /// The issuer names no such endpoint.
    pub fn lacks(&self, endpoint: &'static str) -> Refusal {
        tracing::error!(issuer = self.policy.issuer, endpoint, "the issuer names no such endpoint");
        Refusal::Unavailable
    }

    async fn ask(&self, form: &[(&str, &str)]) -> Result<Answered, Refusal> {
        let metadata = self.issuer.metadata().await?;
        let Some(endpoint) = &metadata.token_endpoint else {
            return Err(self.lacks("token_endpoint"));
        };
        let resources = self.settings.resources.iter().map(|resource| ("resource", &**resource));
        let pairs = form.iter().copied().chain(resources);
        let form = Serializer::new(String::new()).extend_pairs(pairs).finish();
        let posted = self.issuer.http.post(endpoint, &self.settings.authorization, form).await;
        let (status, body) = posted.map_err(|error| {
            tracing::warn!(%error, "the issuer's token endpoint does not answer");
            Refusal::Unavailable
        })?;
        parse(status, &body)
    }
}

fn parse(status: u16, body: &[u8]) -> Result<Answered, Refusal> {
    #[derive(Deserialize)]
    struct Wire {
        access_token: String,
        token_type: String,
        refresh_token: Option<String>,
        id_token: Option<String>,
        expires_in: Option<i64>,
    }
    #[derive(Deserialize)]
    struct Refused {
        error: String,
    }
    if matches!(status, 400 | 401)
        && let Ok(Refused { error }) = serde_json::from_slice(body)
    {
        tracing::warn!(error, "the issuer's token endpoint refuses");
        return Ok(Answered::Refused(error));
    }
    let wire = serde_json::from_slice(body).ok().filter(|_| status == 200);
    let Some(wire): Option<Wire> = wire else {
        tracing::warn!(status, "the issuer's token endpoint answers something else than tokens");
        return Err(Refusal::Unavailable);
    };
    if !wire.token_type.eq_ignore_ascii_case("Bearer") {
        return Err(Refusal::NotBearer);
    }
    Ok(Answered::Given(Tokens {
        access_token: wire.access_token,
        refresh_token: wire.refresh_token,
        id_token: wire.id_token,
        lifetime: wire.expires_in.filter(|seconds| *seconds > 0).unwrap_or(LIFETIME),
    }))
}
