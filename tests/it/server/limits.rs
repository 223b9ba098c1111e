//! Limits of requests: RFC 9110 section 15.5, RFC 6585 section 5, RFC 6749 sections 3.1 and 3.2.

use std::time::{Duration, Instant};

use tempfile::TempDir;
use url::form_urlencoded;

use super::{ask, status};
use crate::support::client::{VERIFIER, query_of};
use crate::support::database::Database;
use crate::support::*;

async fn started(folder: &TempDir) -> Process {
    let database = Database::fresh(Backend::Sqlite, folder.path());
    let mut server = Process::prepare(folder.path(), &database.url);
    server.serve().await;
    server
}

/// What of the server's memory is in use and not shared with its file, in kB.
fn memory(server: &Process) -> i64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[actix_web::test]
async fn dos_01_what_is_too_much_is_refused_at_once_and_costs_no_memory() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let head = format!("POST /token HTTP/1.1\r\nhost: x\r\n{form}");
    let chunk = format!("1000\r\n{}\r\n", "a".repeat(4_096));
    let fields = "a=b&".repeat(1_001);
    let cases = [
        (
            "64 kB and a byte",
            format!("{head}content-length: 65537\r\n\r\n{}", "a".repeat(65_537)),
            413,
        ),
        (
            "a megabyte",
            format!("{head}content-length: 1048576\r\n\r\n{}", "a".repeat(200_000)),
            413,
        ),
        (
            "chunks without end",
            format!("{head}transfer-encoding: chunked\r\n\r\n{}", chunk.repeat(40)),
            413,
        ),
        (
            "a long header",
            format!("GET /jwks HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "a".repeat(33_000)),
            431,
        ),
        (
            "200 headers",
            format!("GET /jwks HTTP/1.1\r\nhost: x\r\n{}\r\n", "x: y\r\n".repeat(200)),
            431,
        ),
        (
            "a long request line",
            format!("GET /authorize?{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(8_193)),
            414,
        ),
        (
            "1,001 fields",
            format!("{head}content-length: {}\r\n\r\n{fields}", fields.len()),
            400,
        ),
        (
            "multipart",
            "POST /token HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=x\r\n\
             content-length: 3\r\n\r\n--x"
                .to_owned(),
            415,
        ),
        (
            "json",
            "POST /token HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
                .to_owned(),
            415,
        ),
    ];
    // Once before it counts: what is made at the first refusal stays
    for (_, request, _) in &cases {
        ask(&server, request.as_bytes());
    }
    let before = memory(&server);
    for _ in 0..10 {
        for (what, request, expected) in &cases {
            let begun = Instant::now();
            let answer = ask(&server, request.as_bytes());
            assert_eq!(status(&answer), *expected, "{what}: {answer}");
            assert!(begun.elapsed() < Duration::from_secs(1), "{what}: {:?}", begun.elapsed());
        }
    }
    let grown = memory(&server) - before;
    assert!(grown < 5_000, "{grown} kB more");
    assert_eq!(server.get("/health/live").await.status, 200);
}

#[actix_web::test]
async fn dos_03_compressed_bodies_are_not_even_looked_at() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    for coding in ["gzip", "br", "zstd", "deflate", "gzip, identity"] {
        for path in ["/token", "/introspect", "/authorize", "/login"] {
            let request = format!(
                "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-encoding: {coding}\r\n\
                 content-type: application/x-www-form-urlencoded\r\ncontent-length: 4\r\n\r\n\u{1f}\u{8b}x"
            );
            let answer = ask(&server, request.as_bytes());
            assert_eq!(status(&answer), 415, "{coding} {path}: {answer}");
        }
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

#[actix_web::test]
async fn dos_04_no_parameter_of_the_token_endpoint_comes_twice() {
    let app = TestApp::start(Backend::Sqlite).await;
    let notes = app.client("notes").await;
    let mut browser = app.browser();
    let code = app.authorize(&mut browser, &notes, "ada@example.org", &[]).await;
    let held = app.authorize(&mut browser, &notes, "ada@example.org", &[]).await;
    let refresh = notes.redeem(&held).await.tokens().refresh_token.unwrap();
    let by_code = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", &notes.redirect_uri),
        ("code_verifier", VERIFIER),
    ];
    let by_refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &refresh),
        ("scope", "openid offline_access"),
    ];
    for good in [&by_code[..], &by_refresh[..]] {
        for (name, value) in good {
            for second in [value, "another"] {
                let mut fields = good.to_vec();
                fields.push((name, second));
                let answer = notes.post("/token", &fields).await;
                assert_eq!(answer.error(), (400, "invalid_request".into()), "{name} {second}");
            }
        }
    }
    let mut in_body = by_code.to_vec();
    in_body.extend([("client_id", "notes"), ("client_secret", notes.secret.as_str())]);
    for again in [("client_id", "notes"), ("client_secret", "another"), ("client_id", "photos")] {
        let mut fields = in_body.clone();
        fields.push(again);
        let answer = notes.send("/token", None, &fields).await;
        assert_eq!(answer.error(), (400, "invalid_request".into()), "{again:?}");
    }
    assert_eq!(notes.redeem(&code).await.status, 200, "the code was not spent by all that");
    assert_eq!(notes.refresh(&refresh).await.status, 200);
}

#[actix_web::test]
async fn dos_04_no_parameter_of_an_authorization_request_comes_twice() {
    let app = TestApp::start(Backend::Sqlite).await;
    let notes = app.client("notes").await;
    let more =
        [("prompt", "login"), ("max_age", "60"), ("login_hint", "ada"), ("ui_locales", "en")];
    let url = url::Url::parse(&notes.authorization_url(&more)).unwrap();
    let params = query_of(&url);
    assert_eq!(params.len(), 12);
    for (name, value) in &params {
        for second in [value.as_str(), "another"] {
            let again = encoded(&[(name, second)]);
            let doubled = format!("{url}&{again}");
            match app.browser().open(&doubled).await {
                Landing::Page(page) => {
                    assert!(["client_id", "redirect_uri"].contains(&name.as_str()), "{name}");
                    assert_eq!(page.status, 400, "{name}");
                    assert!(page.text().contains("Invalid request"), "{}", page.text());
                }
                Landing::Away(back) => {
                    assert!(!["client_id", "redirect_uri"].contains(&name.as_str()), "{name}");
                    assert!(back.as_str().starts_with(&notes.redirect_uri), "{back}");
                    assert_eq!(param(&back, "error").as_deref(), Some("invalid_request"), "{name}");
                }
            }
        }
    }
}
