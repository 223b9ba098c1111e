//! What the gate lets through, and what comes back.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::client::MOST;
use super::names::Names;
use super::*;
use crate::config;

fn outgoing(allowed: &[&str]) -> Outgoing {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Outgoing::new(config::Outgoing {
        allowed_networks: allowed.iter().map(|network| network.parse().unwrap()).collect(),
        extra_ca: None,
        jwks_refetch: Duration::from_mins(1),
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
        assert_eq!(
            answer,
            Ok(Answer { status: 204, content_type: None, dpop_nonce: None, body: Vec::new() }),
            "{host}"
        );
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

#[actix_web::test]
async fn ssr_07_a_slow_server_is_given_up_after_five_seconds() {
    let outgoing = outgoing(&["127.0.0.0/8"]);
    let port = server(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx".to_vec()).await;
    let start = std::time::Instant::now();
    let answer = outgoing.post_form(&format!("http://127.0.0.1:{port}/"), &[]).await;
    assert_eq!(answer, Err(OutgoingError::Slow));
    assert!(start.elapsed() < Duration::from_secs(8));
}

/// The spellings of what no client may make this server read.
const INSIDE: [&str; 12] = [
    "http://127.0.0.1:9/",
    "http://[::1]:9/",
    "http://[::ffff:127.0.0.1]:9/",
    "http://[::ffff:7f00:1]:9/",
    "http://2130706433:9/",
    "http://0.0.0.0:9/",
    "http://169.254.169.254/",
    "https://[fe80::1]/",
    "https://[fd00::1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://017700000001/",
];

#[actix_web::test]
async fn ssr_01_and_ssr_02_nothing_inside_is_fetched() {
    let outgoing = outgoing(&[]);
    for url in INSIDE {
        let answer = outgoing.get(url, "application/json").await;
        assert_eq!(answer, Err(OutgoingError::Barred), "{url}");
    }
    for url in ["file:///etc/passwd", "gopher://x", "data:,x", "jwks", ""] {
        let answer = outgoing.get(url, "application/json").await;
        assert_eq!(answer, Err(OutgoingError::Url), "{url}");
    }
}

/// Counts its connections, and answers each with these bytes.
async fn counting(address: &str, answer: &'static [u8]) -> (SocketAddr, Arc<AtomicU32>) {
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicU32::new(0));
    let counted = count.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            let mut request = [0; 4_096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer).await;
        }
    });
    (address, count)
}

#[actix_web::test]
async fn ssr_01_a_name_that_changes_its_address_leads_nowhere_else() {
    const GOOD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    let (outside, reached) = counting("127.0.0.2:0", GOOD).await;
    let (inside, canary) = counting(&format!("127.0.0.1:{}", outside.port()), GOOD).await;
    let mut gate = outgoing(&["127.0.0.2/32"]);
    let url = format!("http://rp.test:{}/jwks", outside.port());
    let at = |address: SocketAddr| SocketAddr::new(address.ip(), 0);
    let answers = Arc::new(Mutex::new(vec![vec![at(outside)], vec![at(inside)]]));
    gate.resolve_by(Names::OneAfterAnother(answers));
    let first = gate.get(&url, "application/json").await;
    assert_eq!(
        first,
        Ok(Answer { status: 200, content_type: None, dpop_nonce: None, body: b"{}".to_vec() })
    );
    // The second look-up names the inside: it is looked at again, and not the first one believed
    assert_eq!(gate.get(&url, "application/json").await, Err(OutgoingError::Barred));
    let both = Arc::new(Mutex::new(vec![vec![at(outside), at(inside)]]));
    gate.forget_clients();
    gate.resolve_by(Names::OneAfterAnother(both));
    assert_eq!(gate.get(&url, "application/json").await, Err(OutgoingError::Barred));
    assert_eq!((reached.load(Ordering::Relaxed), canary.load(Ordering::Relaxed)), (1, 0));
}

#[actix_web::test]
async fn ssr_01_a_redirect_to_the_inside_is_an_answer_and_not_a_way() {
    let (inside, canary) = counting("127.0.0.1:0", b"").await;
    let redirect =
        format!("HTTP/1.1 302 Found\r\nLocation: http://{inside}/\r\nContent-Length: 0\r\n\r\n");
    let (outside, _) =
        counting("127.0.0.2:0", Box::leak(redirect.into_boxed_str()).as_bytes()).await;
    let gate = outgoing(&["127.0.0.2/32"]);
    let answer = gate.get(&format!("http://{outside}/"), "application/json").await;
    assert_eq!(answer.map(|answer| answer.status), Ok(302));
    assert_eq!(canary.load(Ordering::Relaxed), 0);
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
