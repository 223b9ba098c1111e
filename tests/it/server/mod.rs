//! The server as a process: its limits, its certificate, its database away, its clock, its end.

mod clock;
mod gone;
mod limits;
mod log;
mod nodes;
mod outage;
mod proxy;
mod slow;
mod stop;
mod tls;
mod upgrade;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

use crate::support::{Process, TestClient};

/// A connection to the test's SQLite file, beside the server's.
pub fn open_file(folder: &Path) -> SqliteConnection {
    let file = folder.join("hatcheck.sqlite");
    let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
    connection
}

/// Runs statements on the test's SQLite file.
pub fn sql(folder: &Path, statements: &str) {
    open_file(folder).batch_execute(statements).unwrap();
}

/// What an app holds before the database goes away: a code to redeem, and the tokens of another.
struct Held {
    notes: TestClient,
    code: String,
    access_token: String,
    refresh_token: String,
}

impl Held {
    async fn of(server: &Process) -> Self {
        let mut browser = server.signed_in().await;
        let notes = server.notes();
        let code = server.code(&mut browser).await;
        let other = server.code(&mut browser).await;
        let tokens = notes.redeem(&other).await.tokens();
        let refresh_token = tokens.refresh_token.unwrap();
        Self { notes, code, access_token: tokens.access_token, refresh_token }
    }
}

/// Where the server listens.
fn address(server: &Process) -> String {
    server.issuer.split_once("://").unwrap().1.to_owned()
}

/// The answer, or its beginning, to bytes on a connection of their own.
fn ask(server: &Process, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address(server)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    // A refusal may come before all was sent
    let _ = stream.write_all(request);
    read_answer(&mut stream)
}

/// The head of an answer, and as much of its body as came with it.
fn read_answer(stream: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4_096];
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(read) => bytes.extend(buffer.iter().take(read)),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
}
