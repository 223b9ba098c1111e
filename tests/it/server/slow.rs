//! Clients that send a byte now and then: CWE-400. The one slow test: waiting is what it is about.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::address;
use crate::support::database::Database;
use crate::support::*;

struct Slow {
    stream: TcpStream,
    rest: std::vec::IntoIter<u8>,
}

impl Slow {
    fn new(server: &Process, begin: &str, rest: &str) -> Self {
        let mut stream = TcpStream::connect(address(server)).unwrap();
        stream.write_all(begin.as_bytes()).unwrap();
        stream.set_nonblocking(true).unwrap();
        Self { stream, rest: rest.as_bytes().to_vec().into_iter() }
    }

    /// Sends a byte; whether the server has closed.
    fn drip(&mut self) -> bool {
        let byte = self.rest.next().unwrap_or(b'a');
        if self.stream.write_all(&[byte]).is_err() {
            return true;
        }
        let mut buffer = [0; 4_096];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
                Err(_) => return true,
            }
        }
    }
}

fn open_files(server: &Process) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap().count()
}

#[actix_web::test]
async fn dos_02_slow_clients_are_closed_and_hold_nobody_up() {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Sqlite, folder.path());
    let server = Process::start(folder.path(), &database.url).await;
    let mut browser = server.signed_in().await;
    let files = open_files(&server);
    let body = "POST /token HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                content-length: 60000\r\n\r\n";
    let head = "GET /jwks HTTP/1.1\r\nhost: x\r\n";
    let second_head = format!("{head}\r\n{head}");
    let mut slow: Vec<Slow> = (0..25)
        .flat_map(|_| {
            [
                Slow::new(&server, head, "x-slow: "),
                Slow::new(&server, &second_head, "x-slow: "),
                Slow::new(&server, body, ""),
            ]
        })
        .collect();
    let begun = Instant::now();
    while !slow.is_empty() {
        slow.retain_mut(|each| !each.drip());
        assert!(begun.elapsed() < Duration::from_secs(15), "{} are still open", slow.len());
        let asked = Instant::now();
        let code = server.code(&mut browser).await;
        server.notes().redeem(&code).await.tokens();
        assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    soon("their files are closed", async || open_files(&server) <= files + 4).await;
}
