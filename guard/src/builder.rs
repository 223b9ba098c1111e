//! Making a guard.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use url::{Host, Url};

use crate::answer::Realm;
use crate::claims::Policy;
use crate::ended::Ended;
use crate::guard::Parts;
use crate::introspection::{Asker, Introspection};
use crate::issuer::http::Http;
use crate::issuer::{Issuer, Setup, metadata};
use crate::sign_in::Client;
use crate::store::{Memory, Store};
use crate::ticket::Tickets;
use crate::{Algorithm, Clock, Guard, SignIn};

/// Makes a [`Guard`].
#[derive(Debug)]
pub struct Builder {
    issuer: String,
    audiences: Vec<String>,
    algorithms: Vec<Algorithm>,
    leeway: Duration,
    cookie: Option<String>,
    resource_metadata: Option<String>,
    introspection: Option<Introspection>,
    authorities: Vec<Vec<u8>>,
    plain_http: bool,
    pause: Duration,
    timeout: Duration,
    clock: Clock,
    store: Option<Shared>,
    sign_in: Option<SignIn>,
}

/// A store, which has nothing to print.
struct Shared(Arc<dyn Store>);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// Why there is no guard.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// RFC 8414 section 2: an issuer is an https URL.
    #[error(
        "the issuer {0:?} is no https URL without query and fragment; for http in a network of your own say plain_http()"
    )]
    Issuer(String),
    /// A guard without a name of its API would take tokens that were meant for others.
    #[error(
        "the audience is empty: it is the name by which tokens are meant for this API (RFC 9068 section 4)"
    )]
    Audience,
    /// Browsers would not keep the cookies, or would not find the way back.
    #[error(
        "the base URL {0:?} is no https origin such as https://notes.example; for http in a network of your own say plain_http()"
    )]
    BaseUrl(String),
    /// Nothing would pass.
    #[error("no algorithm is allowed")]
    Algorithms,
    /// The certificate authorities, or TLS itself.
    #[error("no HTTP client can be made: {0}")]
    Http(#[from] reqwest::Error),
}

impl Guard {
    /// A guard for the tokens of `issuer` that name `audience`. With Hatcheck the audience is the app's `client_id`, or the
    /// identifier of the resource (RFC 8707).
    pub fn builder(issuer: &str, audience: &str) -> Builder {
        Builder::new(issuer, audience)
    }
}

impl Builder {
    fn new(issuer: &str, audience: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            audiences: vec![audience.to_owned()],
            algorithms: Algorithm::ALL.to_vec(),
            leeway: Duration::from_mins(1),
            cookie: None,
            resource_metadata: None,
            introspection: None,
            authorities: Vec::new(),
            plain_http: false,
            pause: Duration::from_secs(10),
            timeout: Duration::from_secs(5),
            clock: Clock::system(),
            store: None,
            sign_in: None,
        }
    }

    /// One more name of this API.
    #[must_use]
    pub fn audience(mut self, audience: &str) -> Self {
        self.audiences.push(audience.to_owned());
        self
    }

    /// The algorithms that tokens may be signed with; without this call all that [`Algorithm`] knows.
    #[must_use]
    pub fn algorithms(mut self, algorithms: &[Algorithm]) -> Self {
        self.algorithms = algorithms.to_vec();
        self
    }

    /// How far the clocks of issuer and app may be apart; a minute without this call.
    #[must_use]
    pub const fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// A cookie that may hold the token. Make it `HttpOnly`, `Secure` and `SameSite=Lax`, and name it `__Host-…`. What
    /// changes something, and `WebSocket`, work with it from pages of the app's own origin alone.
    #[must_use]
    pub fn cookie(mut self, name: &str) -> Self {
        self.cookie = Some(name.to_owned());
        self
    }

    /// The URL of this API's metadata, which refusals then name (RFC 9728 section 5.1).
    #[must_use]
    pub fn resource_metadata(mut self, url: &str) -> Self {
        self.resource_metadata = Some(url.to_owned());
        self
    }

    /// Asks the issuer about each token (RFC 7662).
    #[must_use]
    pub fn introspection(mut self, introspection: Introspection) -> Self {
        self.introspection = Some(introspection);
        self
    }

    /// Certificate authorities, as PEM, that are trusted besides those of the system.
    #[must_use]
    pub fn authorities(mut self, pem: &[u8]) -> Self {
        self.authorities.push(pem.to_vec());
        self
    }

    /// Lets the issuer be reached without TLS, which otherwise only one on this machine is.
    #[must_use]
    pub const fn plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// How much time lies between two fetches of the keys at least; ten seconds without this call.
    #[must_use]
    pub const fn pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// How long the issuer may take for an answer; five seconds without this call.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Another clock, for tests.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Where connection tickets and the sessions of [`Builder::sign_in`] are kept, for an app on several nodes; in memory
    /// without this call, where they are gone when the app is started anew.
    #[must_use]
    pub fn store(mut self, store: impl Store + 'static) -> Self {
        self.store = Some(Shared(Arc::new(store)));
        self
    }

    /// Lets people sign in through the app itself, in a browser. Its pages come with the feature of a framework, and the guard's
    /// rules then take the session's cookie, send people who go to a page and are not signed in to the issuer, and keep
    /// their tokens fresh.
    #[must_use]
    pub fn sign_in(mut self, sign_in: SignIn) -> Self {
        self.sign_in = Some(sign_in);
        self
    }

    /// The guard. Nothing is fetched before the first request, so the app starts while its issuer is away.
    pub fn build(self) -> Result<Guard, SetupError> {
        let location = self.location()?;
        let Some(realm) =
            self.audiences.first().filter(|_| !self.audiences.iter().any(String::is_empty))
        else {
            return Err(SetupError::Audience);
        };
        self.judge_base_url()?;
        if self.algorithms.is_empty() {
            return Err(SetupError::Algorithms);
        }
        let realm = Realm { name: realm.clone(), metadata: self.resource_metadata };
        let http = Http::new(&self.authorities, self.timeout, location.scheme() == "http")?;
        let issuer = Issuer::new(Setup {
            name: self.issuer.clone(),
            location,
            algorithms: self.algorithms,
            pause: self.pause.as_secs(),
            clock: self.clock.clone(),
            http,
        });
        let leeway = i64::try_from(self.leeway.as_secs()).unwrap_or(i64::MAX);
        let policy = Policy { issuer: self.issuer, audiences: self.audiences, leeway };
        let asker = self.introspection.map(|settings| Asker::new(settings, self.clock.clone()));
        let (clock, cookie) = (self.clock, self.cookie);
        let ended = Ended::default();
        let store = match self.store {
            Some(Shared(store)) => store,
            None => Arc::new(Memory::new(clock.clone())),
        };
        let tickets = Tickets::new(store.clone(), clock.clone());
        let client = self.sign_in.map(|settings| {
            Client::new(settings, issuer.clone(), policy.clone(), clock.clone(), store)
        });
        let parts = Parts { issuer, policy, asker, clock, ended, tickets, cookie, client, realm };
        Ok(Guard::of(parts))
    }

    /// Whether a URL is reached by TLS, or need not be.
    fn is_safe(&self, url: &Url) -> bool {
        let local = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let secure = url.scheme() == "https" || local || self.plain_http;
        let http = ["http", "https"].contains(&url.scheme());
        http && secure && url.query().is_none() && url.fragment().is_none()
    }

    fn judge_base_url(&self) -> Result<(), SetupError> {
        let Some(sign_in) = &self.sign_in else { return Ok(()) };
        let fits =
            |url: &Url| self.is_safe(url) && url.origin().ascii_serialization() == sign_in.base_url;
        let url = Url::parse(&sign_in.base_url).ok().filter(fits);
        url.map(drop).ok_or_else(|| SetupError::BaseUrl(sign_in.base_url.clone()))
    }

    fn location(&self) -> Result<Url, SetupError> {
        Url::parse(&self.issuer)
            .ok()
            .filter(|url| self.is_safe(url))
            .and_then(|_| metadata::location(&self.issuer))
            .ok_or_else(|| SetupError::Issuer(self.issuer.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_8414_section_2_an_issuer_is_reached_by_tls_unless_it_is_near() {
        for (issuer, good) in [
            ("https://login.ada.example", true),
            ("https://login.ada.example/hat", true),
            ("http://localhost:8080", true),
            ("http://127.0.0.1:8080", true),
            ("http://[::1]:8080", true),
            ("http://login.ada.example", false),
            ("http://localhost.eve.example", false),
            ("https://login.ada.example?x", false),
            ("https://login.ada.example#x", false),
            ("ftp://localhost", false),
            ("login.ada.example", false),
            ("", false),
        ] {
            let built = Builder::new(issuer, "notes").build();
            assert_eq!(built.is_ok(), good, "{issuer}");
        }
        assert!(Builder::new("http://hatcheck:8080", "notes").plain_http().build().is_ok());
    }

    #[test]
    fn a_guard_without_a_name_or_an_algorithm_is_none() {
        let issuer = "https://login.ada.example";
        assert!(matches!(Builder::new(issuer, "").build(), Err(SetupError::Audience)));
        let none = Builder::new(issuer, "notes").algorithms(&[]).build();
        assert!(matches!(none, Err(SetupError::Algorithms)));
        let pem =
            Builder::new(issuer, "notes").authorities(b"-----BEGIN CERTIFICATE-----\nx").build();
        assert!(matches!(pem, Err(SetupError::Http(_))));
    }
}
