//! Which addresses may be connected to: the registries of RFC 6890 for special purposes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Whether a request may go there: to public addresses, and to networks that were allowed. `plain`: without TLS, which
/// is for allowed networks only.
pub(super) fn may_reach(address: IpAddr, allowed: &[IpNet], plain: bool) -> bool {
    let address = address.to_canonical();
    allowed.iter().any(|network| network.contains(&address)) || (!plain && is_public(address))
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

const fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        // RFC 6598 (carriers), RFC 6890 (protocol assignments), RFC 7526 (6to4 relays), RFC 2544 (benchmarks)
        || (a == 100 && b >= 64 && b < 128)
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

const fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // RFC 6052: the IPv4 address that a translator makes of it
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // RFC 2928 (protocol assignments, Teredo), RFC 3056 (6to4), RFC 3849 and RFC 9637 (documentation)
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x2002, ..] => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        // RFC 4291 section 2.4: what is global and unicast
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCAL: [&str; 25] = [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.8",
        "198.18.0.1",
        "203.0.113.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "fe80::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "2002:7f00:1::1",
    ];

    #[test]
    fn ssr_04_private_and_local_addresses_are_barred() {
        for text in LOCAL {
            assert!(!may_reach(text.parse().unwrap(), &[], false), "{text}");
        }
        for text in ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "64:ff9b::101:101"] {
            assert!(may_reach(text.parse().unwrap(), &[], false), "{text}");
            assert!(!may_reach(text.parse().unwrap(), &[], true), "without TLS: {text}");
        }
    }

    #[test]
    fn networks_that_are_allowed_are_reached_in_every_spelling() {
        let allowed = ["127.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        for (text, reached) in [
            ("127.0.0.1", true),
            ("::ffff:127.0.0.1", true),
            ("fd12::1", true),
            ("::1", false),
            ("10.0.0.1", false),
        ] {
            for plain in [false, true] {
                assert_eq!(may_reach(text.parse().unwrap(), &allowed, plain), reached, "{text}");
            }
        }
    }
}
