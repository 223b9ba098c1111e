//! Where a request comes from, seen through the proxies that are trusted.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use actix_web::HttpRequest;
use ipnet::IpNet;

/// The address of the browser or app that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    /// The nearest address that is no trusted proxy. Headers count only as far as trusted proxies wrote them.
    pub fn of(request: &HttpRequest, trusted: &[IpNet]) -> Self {
        let peer = request
            .peer_addr()
            .map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.ip().to_canonical());
        let headers = request.headers();
        let lines =
            |name: &'static str| headers.get_all(name).filter_map(|value| value.to_str().ok());
        let hops: Vec<IpAddr> = if headers.contains_key("forwarded") {
            lines("forwarded").flat_map(|line| line.split(',')).filter_map(forwarded_for).collect()
        } else {
            lines("x-forwarded-for").flat_map(|line| line.split(',')).filter_map(address).collect()
        };
        Self(nearest_untrusted(peer, &hops, trusted))
    }

    /// The text that failures are counted under: for IPv6 the /64, which one household has.
    pub fn network(self) -> String {
        match self.0 {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => {
                let network = u128::from(ip) >> 64 << 64;
                format!("{}/64", Ipv6Addr::from(network))
            }
        }
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn nearest_untrusted(peer: IpAddr, hops: &[IpAddr], trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|network| network.contains(ip));
    if !is_trusted(&peer) {
        return peer;
    }
    // Each proxy appends whom it heard from, so the list is read from its end
    hops.iter().rev().find(|ip| !is_trusted(ip)).or_else(|| hops.first()).copied().unwrap_or(peer)
}

/// The address in one element of `Forwarded` (RFC 7239 section 4): `for=192.0.2.1`, `for="[2001:db8::1]:4711"`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let pair = element.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for").then_some(value)
    })?;
    address(pair.trim_matches('"'))
}

fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None if text.matches(':').count() == 1 => text.split(':').next()?,
        None => text,
    };
    bare.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_7239_only_trusted_proxies_are_believed() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let hops = [ip("203.0.113.9"), ip("198.51.100.7"), ip("10.0.0.2")];
        assert_eq!(nearest_untrusted(ip("192.0.2.1"), &hops, &trusted), ip("192.0.2.1"));
        assert_eq!(nearest_untrusted(ip("10.0.0.1"), &hops, &trusted), ip("198.51.100.7"));
        assert_eq!(nearest_untrusted(ip("10.0.0.1"), &[], &trusted), ip("10.0.0.1"));
        assert_eq!(
            forwarded_for("proto=https;for=\"[2001:db8::1]:4711\""),
            Some(ip("2001:db8::1"))
        );
        assert_eq!(forwarded_for("For=192.0.2.60:80"), Some(ip("192.0.2.60")));
        assert_eq!(forwarded_for("for=unknown"), None);
    }

    #[test]
    fn an_ipv6_household_is_one_address() {
        assert_eq!(
            ClientAddress("2001:db8:1:2:3::9".parse().unwrap()).network(),
            "2001:db8:1:2::/64"
        );
        assert_eq!(ClientAddress("192.0.2.1".parse().unwrap()).network(), "192.0.2.1");
    }
}
