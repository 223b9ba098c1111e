//! The server from outside: a listener on a free port, and bytes over a socket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::rt::System;

use super::start;
use crate::config::Settings;
use crate::http::{App, Clock};

struct Started {
    address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

impl Started {
    fn new(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::parse(settings, folder.path()).unwrap();
        let app = App::open(settings, Clock::system()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            System::new().block_on(async move {
                let running = start(app, listener).unwrap();
                sender.send((running.address(), running.handle())).unwrap();
                running.finish().await.unwrap();
            });
        });
        let (address, handle) = receiver.recv().unwrap();
        Self { address, handle, thread: Some(thread), _folder: folder }
    }

    fn on_loopback() -> Self {
        Self::new("issuer = \"http://localhost:8080\"\n[server]\nworkers = 1\n")
    }

    /// The answer's text, head and body, to a request on a connection of its own.
    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        // A refusal may come before all was sent
        let _ = stream.write_all(request.as_bytes());
        read_answer(&mut stream)
    }

    fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))
    }

    fn stop(&mut self) {
        drop(self.handle.stop(true));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.stop();
    }
}

fn read_answer(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
        if bytes.windows(4).any(|end| end == b"\r\n\r\n") && bytes.starts_with(b"HTTP/1.1 4") {
            break;
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
}

#[test]
fn dos_01_and_dos_03_limits_hold_on_the_wire() {
    let server = Started::on_loopback();
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let head = format!("POST /token HTTP/1.1\r\nhost: x\r\n{form}");
    let chunk = format!("1000\r\n{}\r\n", "a".repeat(4096));
    for (what, request, expected) in [
        ("a long body", format!("{head}content-length: 65537\r\n\r\n{}", "a".repeat(65537)), 413),
        (
            "chunks without end",
            format!("{head}transfer-encoding: chunked\r\n\r\n{}", chunk.repeat(17)),
            413,
        ),
        (
            "a compressed body",
            format!("{head}content-encoding: gzip\r\ncontent-length: 1\r\n\r\na"),
            415,
        ),
        (
            "a compressed body where none is read",
            "GET /jwks HTTP/1.1\r\nhost: x\r\ncontent-encoding: br\r\ncontent-length: 1\r\n\r\na"
                .to_owned(),
            415,
        ),
        (
            "long headers",
            format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "a".repeat(33_000)),
            431,
        ),
        (
            "many headers",
            format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "x: y\r\n".repeat(200)),
            431,
        ),
        ("a long line", format!("GET /?{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(8200)), 414),
        (
            "two lengths",
            format!("{head}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
            400,
        ),
    ] {
        let begun = Instant::now();
        let answer = server.ask(&request);
        assert_eq!(status(&answer), expected, "{what}: {answer}");
        assert!(begun.elapsed() < Duration::from_secs(2), "{what} took {:?}", begun.elapsed());
    }
    assert_eq!(status(&server.get("/health/live")), 200);
}

#[test]
fn rfc_9110_15_5_what_is_not_there_and_what_is_asked_wrongly() {
    let server = Started::on_loopback();
    let json = server.get("/nothing?secret=1");
    assert!(json.starts_with("HTTP/1.1 404") && json.contains("\"reference\""), "{json}");
    assert!(!json.contains("secret"), "{json}");
    let page =
        server.ask("GET /nothing HTTP/1.1\r\nhost: x\r\naccept: text/html,*/*;q=0.8\r\n\r\n");
    assert!(page.contains("content-type: text/html"), "{page}");
    let wrong = server.ask("DELETE /health/live HTTP/1.1\r\nhost: x\r\n\r\n");
    assert!(wrong.starts_with("HTTP/1.1 405") && wrong.contains("allow: GET, HEAD"), "{wrong}");
    let answers = [server.get("/health/live"), server.get("/health/ready"), json, page, wrong];
    let ids: std::collections::BTreeSet<_> = answers
        .iter()
        .map(|answer| answer.lines().find(|line| line.starts_with("x-request-id: ")).unwrap())
        .collect();
    assert_eq!(ids.len(), answers.len(), "each request has its own");
    for answer in &answers {
        assert!(
            !answer.contains("\r\nserver:") && !answer.contains("strict-transport"),
            "{answer}"
        );
    }
    assert!(answers[1].contains("\"database\":\"ok\",\"signature\":\"ok\""), "{}", answers[1]);
}

#[test]
fn an_issuer_with_a_path_has_everything_below_it_and_comes_from_no_header() {
    let server = Started::new("issuer = \"https://id.example/hat\"\n[server]\nworkers = 1\n");
    let discovery = server.get("/hat/.well-known/openid-configuration");
    assert_eq!(status(&discovery), 200, "{discovery}");
    assert!(discovery.contains("strict-transport-security: max-age=63072000"), "{discovery}");
    let spoofed = server.ask(
        "GET /hat/.well-known/openid-configuration HTTP/1.1\r\nhost: evil.example\r\nx-forwarded-host: evil.example\r\n\
         x-forwarded-proto: http\r\nforwarded: host=evil.example\r\nconnection: close\r\n\r\n",
    );
    let body = |answer: &str| answer.split_once("\r\n\r\n").unwrap().1.to_owned();
    assert_eq!(body(&discovery), body(&spoofed));
    assert_eq!(status(&server.get("/.well-known/openid-configuration")), 404);
    assert_eq!(status(&server.get("/health/live")), 200);
    assert_eq!(status(&server.get("/hat/health/live")), 200);
}

#[test]
fn cra_07_requests_under_way_finish_and_new_ones_are_refused() {
    let mut server = Started::on_loopback();
    let mut under_way = TcpStream::connect(server.address).unwrap();
    let form = "content-type: application/x-www-form-urlencoded\r\ncontent-length: 3\r\n";
    under_way
        .write_all(format!("POST /token HTTP/1.1\r\nhost: x\r\n{form}\r\na").as_bytes())
        .unwrap();
    // The first answer of a second connection tells that the loop has read the first request as well
    assert_eq!(status(&server.get("/health/live")), 200);
    let address = server.address;
    drop(server.handle.stop(true));
    let refused = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        TcpStream::connect(address).is_err()
    });
    assert!(refused, "the listener is closed");
    under_way.write_all(b"=b").unwrap();
    let answer = read_answer(&mut under_way);
    assert!(matches!(status(&answer), 400 | 401), "{answer}");
    let begun = Instant::now();
    server.stop();
    assert!(begun.elapsed() < Duration::from_secs(10));
}
