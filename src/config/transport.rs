//! Whether secrets can travel safely: RFC 6749 section 3.1.2.1 and OpenID Connect Core section 16.17 want TLS
//! wherever there is a network between.

use super::reading::Reader;
use super::{Issuer, Server};

/// What contradicts: the setting to blame, and a sentence that goes on after its name.
type Contradiction = (&'static str, &'static str);

pub(super) fn check(reader: &mut Reader, issuer: &Issuer, server: &Server) {
    if let Some((name, sentence)) = contradiction(issuer, server) {
        reader.refuse(name, sentence);
    }
}

fn contradiction(issuer: &Issuer, server: &Server) -> Option<Contradiction> {
    if issuer.is_https() {
        return of_https(server);
    }
    if server.tls {
        return Some((
            "server.tls",
            "is true, but the issuer begins with http: write the issuer with https, or server.tls = false",
        ));
    }
    if !issuer.is_loopback() && !server.insecure_http {
        return Some((
            "issuer",
            "is plain http, so passwords and tokens would travel in the clear: write it with https and let \
             server.tls or a proxy in server.trusted_proxies serve it (server.insecure_http = true is for \
             closed test networks)",
        ));
    }
    None
}

fn of_https(server: &Server) -> Option<Contradiction> {
    if server.insecure_http {
        return Some((
            "server.insecure_http",
            "is true, but the issuer begins with https: remove server.insecure_http",
        ));
    }
    let is_near = server.listen.ip().is_loopback() || !server.trusted_proxies.is_empty();
    (!server.tls && !is_near).then_some((
        "server.listen",
        "is open to the network, and nobody ends TLS: write server.tls = true, or the network of the \
         proxy that ends TLS into server.trusted_proxies, or listen on 127.0.0.1",
    ))
}
