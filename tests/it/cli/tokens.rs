//! `hatcheck client token`: initial access tokens, made and taken back beside a running server (RFC 7591 section 3).

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::database::Database;
use crate::support::*;

/// A running server at which those may register who have a token.
async fn started(folder: &TempDir) -> Process {
    let database = Database::fresh(Backend::Sqlite, folder.path());
    let mut server = Process::prepare(folder.path(), &database.url);
    server.set("HATCHECK_REGISTRATION__MODE", "token");
    server.serve().await;
    server
}

/// What follows when an app registers with this token.
async fn register(server: &Process, token: &str) -> (u16, Value) {
    let metadata = json!({"redirect_uris": ["https://rp.example/cb"], "client_name": "Robot"});
    let request = server.http.post(format!("{}/register", server.issuer)).bearer_auth(token);
    let answer = request.json(&metadata).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn status(server: &Process, token: &str) -> u16 {
    register(server, token).await.0
}

fn add(server: &Process, more: &[&str]) -> Value {
    server.run_json(&[&["client", "token", "add", "--json"], more].concat(), "")
}

fn text<'a>(made: &'a Value, name: &str) -> &'a str {
    made[name].as_str().unwrap_or_else(|| panic!("no {name} in {made}"))
}

/// The line of `list` about a token.
fn listed(server: &Process, name: &str) -> String {
    let all = server.run_ok(&["client", "token", "list"], "");
    let mut lines = all.lines().filter(|line| line.starts_with(&format!("{name}  ")));
    lines.next().unwrap_or_default().to_owned()
}

#[actix_web::test]
async fn a_token_is_shown_once_and_good_for_one_app_and_a_day() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    let token = server.run_ok(&["client", "token", "add"], "").trim().to_owned();
    assert_eq!(token.len(), 43, "256 bits, and nothing beside it");
    let all = server.run_json(&["client", "token", "list", "--json"], "");
    let name = text(&all[0], "name").to_owned();
    assert!(name.starts_with("token-") && !all.to_string().contains(&token), "{all}");
    let life = all[0]["expires_at"].as_i64().unwrap() - all[0]["created_at"].as_i64().unwrap();
    assert_eq!((life, &all[0]["uses_left"]), (86_400, &json!(1)));
    assert!(listed(&server, &name).contains("good  1 left"), "{}", listed(&server, &name));
    for expected in [201, 401] {
        assert_eq!(status(&server, &token).await, expected);
    }
    assert!(listed(&server, &name).contains("over  0 left"), "{}", listed(&server, &name));
    for name in ["hatcheck.sqlite", "hatcheck.sqlite-wal"] {
        let kept = std::fs::read(folder.path().join(name)).unwrap();
        assert!(!kept.windows(43).any(|part| part == token.as_bytes()), "a digest alone is kept");
    }
}

#[actix_web::test]
async fn name_uses_and_expires_say_what_a_token_is_good_for() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    let two = add(&server, &["--name", "for the robots", "--uses", "2", "--expires", "30m"]);
    assert_eq!((text(&two, "name"), &two["uses_left"]), ("for the robots", &json!(2)));
    let life = two["expires_at"].as_i64().unwrap() - two["created_at"].as_i64().unwrap();
    assert_eq!(life, 1_800);
    for expected in [201, 201, 401] {
        assert_eq!(status(&server, text(&two, "token")).await, expected);
    }
    let any = add(&server, &["--uses", "any"]);
    assert_eq!(any["uses_left"], Value::Null);
    for _ in 0..3 {
        assert_eq!(status(&server, text(&any, "token")).await, 201);
    }
    assert!(listed(&server, text(&any, "name")).contains("good  any number of apps"));
    let over = add(&server, &["--name", "over", "--expires", "0s"]);
    assert_eq!(status(&server, text(&over, "token")).await, 401);
    assert!(listed(&server, "over").contains("over  1 left"), "{}", listed(&server, "over"));
    let long = "x".repeat(101);
    for bad in [
        &["--name", "over"][..],
        &["--name", ""],
        &["--name", "two\nlines"],
        &["--name", &long],
        &["--uses", "0"],
        &["--uses", "some"],
        &["--expires", "soon"],
        &["--expires", "400d"],
    ] {
        let (code, told) = server.run_refused(&[&["client", "token", "add"], bad].concat(), "");
        assert!(code == 2 && told.contains(bad[0]), "{bad:?}: {code} {told}");
    }
    let all = server.run_json(&["client", "token", "list", "--json"], "");
    assert_eq!(all.as_array().unwrap().len(), 3, "what is refused leaves nothing");
}

#[actix_web::test]
async fn a_deleted_token_registers_nobody_and_its_apps_stay() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    let made = add(&server, &["--name=--once", "--uses", "any"]);
    let (_, registered) = register(&server, text(&made, "token")).await;
    let deleted = server.run_json(&["client", "token", "delete", "--once", "--json"], "");
    assert_eq!(deleted, json!({"deleted": "--once"}));
    assert_eq!(status(&server, text(&made, "token")).await, 401);
    let shown = server
        .http
        .get(text(&registered, "registration_client_uri"))
        .bearer_auth(text(&registered, "registration_access_token"));
    assert_eq!(shown.send().await.unwrap().status(), 200);
    assert_eq!(server.run_ok(&["client", "token", "list"], ""), "");
    let (code, told) = server.run_refused(&["client", "token", "delete", "--once"], "");
    assert!(code == 1 && told.contains("hatcheck client token list"), "{code} {told}");
}

#[test]
fn a_token_that_nobody_would_take_is_made_with_a_warning() {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Sqlite, folder.path());
    let mut server = Process::prepare(folder.path(), &database.url);
    for (mode, warned) in [("closed", true), ("token", false), ("open", false)] {
        server.set("HATCHECK_REGISTRATION__MODE", mode);
        let output = server.run(&["client", "token", "add"], "");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        assert_eq!(said.contains("registration.mode is closed"), warned, "{mode}: {said}");
    }
}
