//! `[server]`: how it is reached.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use super::Issuer;
use super::reading::{Reader, told};
use crate::model::{minutes, seconds};

/// `[server]`
#[derive(Clone, Debug)]
pub struct Server {
    /// `server.listen`
    pub listen: SocketAddr,
    /// `server.workers`: event loops; by default one for each core, at most four.
    pub workers: usize,
    /// `server.trusted_proxies`: networks whose `Forwarded` and `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// `server.tls`: serve https with `keys/tls/cert.pem` and `keys/tls/key.pem`.
    pub tls: bool,
    /// `server.insecure_http`: serve an http issuer that is not loopback. For tests in closed networks.
    pub insecure_http: bool,
    /// `server.shutdown_timeout`: how long requests under way may take to finish after SIGTERM.
    pub shutdown_timeout: Duration,
}

impl Server {
    pub(super) fn read(reader: &mut Reader, issuer: Option<&Issuer>) -> Self {
        Self {
            listen: reader.take(
                "server.listen",
                told("127.0.0.1:8080, or the port of a loopback issuer", default_listen(issuer)),
                "The address and port to listen on.",
            ),
            workers: reader.take_within(
                "server.workers",
                told("one for each core, at most 4", super::cores_up_to_four()),
                1..=64,
                "How many event loops serve requests.",
            ),
            trusted_proxies: reader.take(
                "server.trusted_proxies",
                Vec::new(),
                "Networks of reverse proxies whose `Forwarded` or `X-Forwarded-For` header is believed.",
            ),
            tls: reader.take(
                "server.tls",
                false,
                "Serve https itself, with `tls/cert.pem` and `tls/key.pem` of the keys folder.",
            ),
            insecure_http: reader.take(
                "server.insecure_http",
                false,
                "Serve an http issuer that is not on loopback: for closed test networks only.",
            ),
            shutdown_timeout: reader.take_within(
                "server.shutdown_timeout",
                seconds(10),
                seconds(1)..=minutes(5),
                "How long requests under way may take to finish after SIGTERM.",
            ),
        }
    }
}

fn default_listen(issuer: Option<&Issuer>) -> SocketAddr {
    let url =
        issuer.filter(|issuer| issuer.is_loopback()).and_then(|i| url::Url::parse(i.as_str()).ok());
    let port = url.as_ref().and_then(url::Url::port_or_known_default).unwrap_or(8080);
    let ip = match url.as_ref().and_then(url::Url::host) {
        Some(url::Host::Ipv6(_)) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        Some(url::Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(url::Host::Domain(_)) | None => IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    SocketAddr::new(ip, port)
}
