//! The one HTTP client.

use std::error::Error;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, RequestBuilder};
use url::{Host, Url};

use super::address::may_reach;
use super::names::{Barred, Names, Resolver};
use crate::config;

/// The longest that a request may take, from the name to the end of the answer.
const LONGEST: Duration = Duration::from_secs(5);
/// The most bytes of an answer.
pub(super) const MOST: usize = 64 * 1024;

/// Makes requests to others. Cheap until the first.
pub struct Outgoing {
    settings: config::Outgoing,
    with_tls: OnceLock<Client>,
    plain: OnceLock<Client>,
    names: Names,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Its media type, as it says.
    pub content_type: Option<String>,
    /// `DPoP-Nonce` (RFC 9449 section 8).
    pub dpop_nonce: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutgoingError {
    /// Not an http or https URL with a host.
    #[error("this is no https URL")]
    Url,
    /// The address is in no network that requests may go to.
    #[error(
        "the host is in a private or local network, or is to be reached without TLS: add its network to \
         outgoing.allowed_networks if that is meant"
    )]
    Barred,
    /// The file of further authorities, or TLS itself.
    #[error("no TLS client can be made: {0}")]
    Tls(String),
    /// It took more than five seconds.
    #[error("no answer came within 5 seconds")]
    Slow,
    /// The answer is longer than 64 kB.
    #[error("the answer is longer than 64 kB")]
    Long,
    /// The name is unknown, or the connection failed.
    #[error("{0}")]
    Failed(String),
}

impl Outgoing {
    /// With these settings. Nothing is read or made yet.
    pub const fn new(settings: config::Outgoing) -> Self {
        Self {
            settings,
            with_tls: OnceLock::new(),
            plain: OnceLock::new(),
            names: Names::OfTheSystem,
        }
    }

    /// Fetches a document.
    pub async fn get(&self, url: &str, accept: &str) -> Result<Answer, OutgoingError> {
        let (client, url) = self.client_for(url)?;
        send(client.get(url).header(ACCEPT, accept)).await
    }

    /// Fetches JSON in the name of who an access token is of.
    pub async fn get_as(&self, url: &str, token: &str) -> Result<Answer, OutgoingError> {
        let (client, url) = self.client_for(url)?;
        send(client.get(url).bearer_auth(token).header(ACCEPT, "application/json")).await
    }

    /// Posts a form.
    pub async fn post_form(
        &self,
        url: &str,
        fields: &[(&str, &str)],
    ) -> Result<Answer, OutgoingError> {
        let (client, url) = self.client_for(url)?;
        send(client.post(url).form(fields)).await
    }

    /// Makes a request as it is.
    pub async fn send(&self, request: http::Request<Vec<u8>>) -> Result<Answer, OutgoingError> {
        let (parts, body) = request.into_parts();
        let (client, url) = self.client_for(&parts.uri.to_string())?;
        send(client.request(parts.method, url).headers(parts.headers).body(body)).await
    }

    /// Posts JSON to a service that knows us by a bearer token.
    pub async fn post_json(
        &self,
        url: &str,
        token: &str,
        body: &serde_json::Value,
    ) -> Result<Answer, OutgoingError> {
        let (client, url) = self.client_for(url)?;
        send(client.post(url).bearer_auth(token).header(ACCEPT, "application/json").json(body))
            .await
    }

    #[cfg(test)]
    pub(super) fn resolve_by(&mut self, names: Names) {
        self.names = names;
    }

    #[cfg(test)]
    pub(super) fn forget_clients(&mut self) {
        (self.with_tls, self.plain) = (OnceLock::new(), OnceLock::new());
    }

    /// Looks at the URL, and chooses the client for its scheme.
    fn client_for(&self, url: &str) -> Result<(&Client, Url), OutgoingError> {
        let url = Url::parse(url).map_err(|_| OutgoingError::Url)?;
        let plain = match url.scheme() {
            "https" => false,
            "http" => true,
            _ => return Err(OutgoingError::Url),
        };
        // Names are looked at where they are resolved; an address in the URL is never resolved
        let address = match url.host().ok_or(OutgoingError::Url)? {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
        };
        let allowed = &self.settings.allowed_networks;
        if address.is_some_and(|address| !may_reach(address, allowed, plain)) {
            return Err(OutgoingError::Barred);
        }
        let held = if plain { &self.plain } else { &self.with_tls };
        if held.get().is_none() {
            let made = self.make(plain)?;
            held.get_or_init(|| made);
        }
        held.get().map(|client| (client, url)).ok_or(OutgoingError::Url)
    }

    fn make(&self, plain: bool) -> Result<Client, OutgoingError> {
        let tls = |error: &dyn Error| OutgoingError::Tls(deepest(error));
        let allowed = self.settings.allowed_networks.clone().into();
        let resolver = Resolver { allowed, plain, names: self.names.clone() };
        let mut builder = ClientBuilder::new()
            .user_agent(concat!("Hatcheck/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(resolver))
            .https_only(!plain)
            .redirect(Policy::none())
            .no_proxy()
            .timeout(LONGEST)
            .pool_max_idle_per_host(0);
        if let Some(file) = self.settings.extra_ca.as_ref().filter(|_| !plain) {
            let pem = std::fs::read(file).map_err(|error| tls(&error))?;
            let more = Certificate::from_pem_bundle(&pem).map_err(|error| tls(&error))?;
            builder = builder.tls_certs_merge(more);
        }
        builder.build().map_err(|error| tls(&error))
    }
}

async fn send(request: RequestBuilder) -> Result<Answer, OutgoingError> {
    let mut response = request.send().await.map_err(|error| cause(&error))?;
    let status = response.status().as_u16();
    let header = |name: &str| {
        let text = response.headers().get(name).and_then(|text| text.to_str().ok());
        text.map(str::to_owned)
    };
    let (content_type, dpop_nonce) = (header(CONTENT_TYPE.as_str()), header("dpop-nonce"));
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| cause(&error))? {
        if body.len() + chunk.len() > MOST {
            return Err(OutgoingError::Long);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, content_type, dpop_nonce, body })
}

fn cause(error: &reqwest::Error) -> OutgoingError {
    let mut at: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(each) = at {
        if each.is::<Barred>() {
            return OutgoingError::Barred;
        }
        at = each.source();
    }
    if error.is_timeout() { OutgoingError::Slow } else { OutgoingError::Failed(deepest(error)) }
}

/// What went wrong at the bottom: the upper layers only say that something did.
fn deepest(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut at = error.source();
    while let Some(each) = at {
        text = each.to_string();
        at = each.source();
    }
    text
}
