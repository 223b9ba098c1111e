//! The server's own TLS: RFC 9325 sections 3.1 and 4.2.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme, StreamOwned,
    SupportedProtocolVersion,
};
use tempfile::TempDir;

use super::read_answer;
use crate::support::*;

const ONE: (&str, &str) = (
    include_str!("../../../src/server/testdata/one.pem"),
    include_str!("../../../src/server/testdata/one.key"),
);
const TWO: (&str, &str) = (
    include_str!("../../../src/server/testdata/two.pem"),
    include_str!("../../../src/server/testdata/two.key"),
);

/// Takes every certificate, and checks that the server holds its key.
#[derive(Debug)]
struct Trusting(Arc<CryptoProvider>);

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

const ECDHE_ECDSA_AES128_GCM: u16 = 0xc02b;

type Connection = StreamOwned<ClientConnection, TcpStream>;

fn connect(address: &str, version: &'static SupportedProtocolVersion) -> Connection {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[version])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trusting(provider)))
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    StreamOwned::new(client, stream)
}

fn get(connection: &mut Connection) -> String {
    connection.write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    read_answer(connection)
}

fn certificate(connection: &Connection) -> Vec<u8> {
    connection.conn.peer_certificates().unwrap()[0].to_vec()
}

fn write(keys: &Path, (chain, key): (&str, &str)) {
    let folder = keys.join("tls");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("cert.pem"), chain).unwrap();
    fs::write(folder.join("key.pem"), key).unwrap();
    fs::set_permissions(folder.join("key.pem"), fs::Permissions::from_mode(0o600)).unwrap();
}

/// A server with TLS, not started, and where it will listen.
fn prepared(folder: &Path) -> (Process, String) {
    let url = format!("sqlite://{}", folder.join("hatcheck.sqlite").display());
    let mut server = Process::prepare(folder, &url);
    let address = super::address(&server);
    server.issuer = format!("https://{address}");
    let issuer = server.issuer.clone();
    server.set("HATCHECK_ISSUER", &issuer);
    server.set("HATCHECK_SERVER__TLS", "true");
    server.http = reqwest::Client::builder().danger_accept_invalid_certs(true).build().unwrap();
    (server, address)
}

/// A `ClientHello` of an old client: a version, and cipher suites without ECDHE or without AEAD.
fn old_hello(version: [u8; 2], suites: &[u16]) -> Vec<u8> {
    let mut body = version.to_vec();
    body.extend([7; 32]);
    body.push(0);
    body.extend(u16::try_from(suites.len() * 2).unwrap().to_be_bytes());
    body.extend(suites.iter().flat_map(|suite| suite.to_be_bytes()));
    body.extend([1, 0]);
    // supported_groups (x25519, P-256), ec_point_formats, signature_algorithms (ECDSA and RSA with SHA-256)
    let extensions: &[u8] =
        &[0, 10, 0, 6, 0, 4, 0, 29, 0, 23, 0, 11, 0, 2, 1, 0, 0, 13, 0, 6, 0, 4, 4, 3, 4, 1];
    body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
    body.extend(extensions);
    let mut hello = vec![1, 0];
    hello.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
    hello.extend(body);
    let mut record = vec![22, 3, 1];
    record.extend(u16::try_from(hello.len()).unwrap().to_be_bytes());
    record.extend(hello);
    record
}

#[actix_web::test]
async fn key_04_tls_1_2_and_1_3_with_ecdhe_and_aead_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    write(&folder.path().join("keys"), ONE);
    let (mut server, address) = prepared(folder.path());
    server.serve().await;
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let mut connection = connect(&address, version);
        let answer = get(&mut connection);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("strict-transport-security: max-age=63072000"), "{answer}");
        assert_eq!(connection.conn.protocol_version(), Some(version.version));
        let suite = format!("{:?}", connection.conn.negotiated_cipher_suite().unwrap().suite());
        assert!(suite.starts_with("TLS13_") || suite.starts_with("TLS_ECDHE_"), "{suite}");
    }
    for (what, version, suites) in [
        ("SSL 3.0", [3, 0], &[ECDHE_ECDSA_AES128_GCM][..]),
        ("TLS 1.0", [3, 1], &[0xc009, 0xc00a, 0x002f]),
        ("TLS 1.1", [3, 2], &[0xc009, 0xc00a, 0x002f]),
        ("RC4", [3, 3], &[0x0005, 0xc007, 0xc011]),
        ("3DES", [3, 3], &[0x000a, 0xc008, 0xc012]),
        ("CBC", [3, 3], &[0xc009, 0xc00a, 0xc023, 0xc024, 0x002f]),
        ("RSA key exchange", [3, 3], &[0x009c, 0x009d]),
        ("no encryption", [3, 3], &[0x0001, 0x0002, 0xc006]),
    ] {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(&old_hello(version, suites)).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert_eq!(answer.first(), Some(&21), "{what} is answered by an alert: {answer:?}");
        assert_eq!(answer.get(5), Some(&2), "{what}: a fatal one");
    }
    // The same hello with what is offered is understood, so that the refusals above mean something
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(&old_hello([3, 3], &[ECDHE_ECDSA_AES128_GCM])).unwrap();
    let mut first = [0; 1];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(first, [22], "a ServerHello");
    assert_eq!(connect_plain(&address), 0, "plain http gets no answer of ours");
}

/// How many bytes of HTTP come back to a client that speaks plain http.
fn connect_plain(address: &str) -> usize {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).matches("HTTP/").count()
}

#[actix_web::test]
async fn a_new_certificate_is_served_and_no_connection_dropped() {
    let folder = TempDir::new().unwrap();
    let keys = folder.path().join("keys");
    write(&keys, ONE);
    let (mut server, address) = prepared(folder.path());
    server.serve().await;
    let mut kept = connect(&address, &rustls::version::TLS13);
    assert!(get(&mut kept).starts_with("HTTP/1.1 200"));
    let first = certificate(&kept);
    // The answer's body has been read with its head or stands before the next one: a connection of its own counts
    write(&keys, TWO);
    soon("the new certificate is served", async || {
        let mut fresh = connect(&address, &rustls::version::TLS13);
        assert!(get(&mut fresh).starts_with("HTTP/1.1 200"));
        certificate(&fresh) != first
    })
    .await;
    assert!(get(&mut kept).contains("HTTP/1.1 200"), "the old connection goes on");
    assert_eq!(certificate(&kept), first);
}

#[actix_web::test]
async fn key_03_a_certificate_that_cannot_be_used_is_named() {
    let folder = TempDir::new().unwrap();
    let (server, _) = prepared(folder.path());
    let (code, told) = server.refused();
    assert!(code == Some(78) && told.contains("tls/cert.pem"), "{code:?} {told}");
    write(&folder.path().join("keys"), (ONE.0, TWO.1));
    let (code, told) = server.refused();
    assert!(code == Some(78) && told.contains("do not fit together"), "{code:?} {told}");
    let (code, told) = server.run_refused(&["config", "check"], "");
    assert!(code == 78 && told.contains("do not fit together"), "{code} {told}");
}
