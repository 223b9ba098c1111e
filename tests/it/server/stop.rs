//! SIGTERM: requests under way finish, new ones are refused, and the next start needs no wait.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use tempfile::TempDir;

use super::{address, read_answer, status};
use crate::support::client::VERIFIER;
use crate::support::database::Database;
use crate::support::*;

#[actix_web::test]
async fn cra_07_requests_in_flight_finish_at_sigterm_and_a_second_start_works_at_once() {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Sqlite, folder.path());
    let mut server = Process::start(folder.path(), &database.url).await;
    let mut browser = server.signed_in().await;
    let notes = server.notes();
    let mut under_way = Vec::new();
    for _ in 0..50 {
        let code = server.code(&mut browser).await;
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", &code)
            .append_pair("redirect_uri", &notes.redirect_uri)
            .append_pair("code_verifier", VERIFIER)
            .append_pair("client_id", &notes.id)
            .append_pair("client_secret", &notes.secret)
            .finish();
        let (begin, rest) = body.split_at(10);
        let mut stream = TcpStream::connect(address(&server)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let head = format!(
            "POST /token HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: {}\r\n\r\n{begin}",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        under_way.push((stream, rest.to_owned()));
    }
    // Answers to later connections tell that every worker has met the earlier ones
    for _ in 0..20 {
        assert_eq!(server.get("/health/live").await.status, 200);
    }
    let listening = address(&server);
    let finishing = std::thread::spawn(move || {
        let refused = (0..200).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            TcpStream::connect(&listening).is_err()
        });
        let mut answers = Vec::new();
        for (stream, rest) in &mut under_way {
            stream.write_all(rest.as_bytes()).unwrap();
            answers.push(status(&read_answer(stream)));
        }
        (refused, answers)
    });
    let (code, took) = server.terminate().await;
    let (refused, answers) = finishing.join().unwrap();
    assert!(refused, "the listener is closed");
    assert_eq!(answers, vec![200; 50]);
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(10), "{took:?}");

    server.serve().await;
    let code = server.code(&mut browser).await;
    assert_eq!(server.notes().redeem(&code).await.status, 200);
    let (code, took) = server.terminate().await;
    assert!(code == Some(0) && took < Duration::from_secs(10), "{code:?} {took:?}");
}
