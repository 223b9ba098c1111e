//! The one HTTP client.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::ACCEPT;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, RequestBuilder};
use url::{Host, Url};

use super::address::may_reach;
use crate::config;

/// The longest that a request may take, from the name to the end of the answer.
const LONGEST: Duration = Duration::from_secs(5);
/// The most bytes of an answer.
const MOST: usize = 64 * 1024;

/// Makes requests to others. Cheap until the first.
pub struct Outgoing {
    settings: config::Outgoing,
    with_tls: OnceLock<Client>,
    plain: OnceLock<Client>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
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
        Self { settings, with_tls: OnceLock::new(), plain: OnceLock::new() }
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

    /// Gets a document; `accept`: the media types that are read.
    pub async fn get(&self, url: &str, accept: &str) -> Result<Answer, OutgoingError> {
        let (client, url) = self.client_for(url)?;
        send(client.get(url).header(ACCEPT, accept)).await
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
        let resolver = Resolver { allowed: self.settings.allowed_networks.clone().into(), plain };
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
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| cause(&error))? {
        if body.len() + chunk.len() > MOST {
            return Err(OutgoingError::Long);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, body })
}

/// Resolves names, and hands on addresses that may be reached: the connection goes to these, and nowhere else.
struct Resolver {
    allowed: Arc<[IpNet]>,
    plain: bool,
}

/// A name that leads to an address that is barred.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to an address that is barred")]
struct Barred;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (allowed, plain) = (self.allowed.clone(), self.plain);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found: Vec<SocketAddr> = found.collect();
            // One bad address among good ones is a mistake or an attack
            if found.iter().any(|address| !may_reach(address.ip(), &allowed, plain)) {
                return Err(Barred.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    fn outgoing(allowed: &[&str]) -> Outgoing {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        Outgoing::new(config::Outgoing {
            allowed_networks: allowed.iter().map(|network| network.parse().unwrap()).collect(),
            extra_ca: None,
        })
    }

    /// Answers one request with these bytes, and then holds the connection for a while.
    async fn server(answer: Vec<u8>) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4_096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(&answer).await;
            tokio::time::sleep(Duration::from_secs(30)).await;
        });
        port
    }

    #[actix_web::test]
    async fn ssr_04_no_spelling_of_a_local_address_is_reached() {
        let outgoing = outgoing(&[]);
        for url in [
            "http://127.0.0.1/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0.0.0.0/",
            "https://169.254.169.254/",
            "https://localhost/",
            "http://93.184.215.14/",
        ] {
            let refused = outgoing.post_form(url, &[]).await;
            assert_eq!(refused, Err(OutgoingError::Barred), "{url}");
        }
        for url in ["file:///etc/passwd", "gopher://x", "", "https://"] {
            assert_eq!(outgoing.post_form(url, &[]).await, Err(OutgoingError::Url), "{url}");
        }
    }

    #[actix_web::test]
    async fn an_allowed_network_is_reached_by_address_and_by_name() {
        let outgoing = outgoing(&["127.0.0.0/8", "::1/128"]);
        for host in ["127.0.0.1", "localhost"] {
            let port = server(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()).await;
            let answer = outgoing.post_form(&format!("http://{host}:{port}/"), &[("a", "b")]).await;
            assert_eq!(answer, Ok(Answer { status: 204, body: Vec::new() }), "{host}");
        }
    }

    #[actix_web::test]
    async fn ssr_04_redirects_are_not_followed_and_ssr_07_long_answers_are_cut_off() {
        let outgoing = outgoing(&["127.0.0.0/8"]);
        let redirect =
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n";
        let port = server(redirect.to_vec()).await;
        let answer = outgoing.post_form(&format!("http://127.0.0.1:{port}/"), &[]).await;
        assert_eq!(answer.map(|answer| answer.status), Ok(302));
        let mut long = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        long.resize(MOST + 1_000, b'x');
        let port = server(long).await;
        let answer = outgoing.post_form(&format!("http://127.0.0.1:{port}/"), &[]).await;
        assert_eq!(answer, Err(OutgoingError::Long));
    }

    /// The version that a client of ours agrees on, whatever it then says of the certificate.
    fn tls_version(listener: &std::net::TcpListener) -> Option<rustls::ProtocolVersion> {
        use rustls::pki_types::pem::PemObject;
        use rustls::pki_types::{CertificateDer, PrivateKeyDer};
        let chain = include_bytes!("../server/testdata/one.pem");
        let chain = CertificateDer::pem_slice_iter(chain).collect::<Result<Vec<_>, _>>().unwrap();
        let key = PrivateKeyDer::from_pem_slice(include_bytes!("../server/testdata/one.key"));
        let config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, key.unwrap())
            .unwrap();
        let mut connection = rustls::ServerConnection::new(config.into()).unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        let _ = connection.complete_io(&mut stream);
        connection.protocol_version()
    }

    #[actix_web::test]
    async fn back_channel_logout_connects_with_tls_1_3() {
        let outgoing = outgoing(&["127.0.0.0/8"]);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
        let version = std::thread::spawn(move || tls_version(&listener));
        assert!(outgoing.post_form(&url, &[]).await.is_err(), "nobody vouches for the certificate");
        assert_eq!(version.join().unwrap(), Some(rustls::ProtocolVersion::TLSv1_3));
    }

    #[actix_web::test]
    async fn ssr_07_a_slow_server_is_given_up_after_five_seconds() {
        let outgoing = outgoing(&["127.0.0.0/8"]);
        let port = server(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx".to_vec()).await;
        let start = std::time::Instant::now();
        let answer = outgoing.post_form(&format!("http://127.0.0.1:{port}/"), &[]).await;
        assert_eq!(answer, Err(OutgoingError::Slow));
        assert!(start.elapsed() < Duration::from_secs(8));
    }
}
