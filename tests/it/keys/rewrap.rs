//! `hatcheck key rewrap`: beside a running server, and ended in the middle.

use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use super::tokens;
use crate::support::app::{TOTP_SECRET, code_of};
use crate::support::database::Database;
use crate::support::key::hmac_signed;
use crate::support::*;

const ADA: &str = "ada@example.org";

/// Signs in with password and authenticator, as far as the page after it.
async fn sign_in_with_totp(server: &Process, now: i64) -> Landing {
    let mut browser = server.browser();
    let page = server.sign_in(&mut browser, ADA, PASSWORD).await.page();
    assert!(page.url.path().ends_with("/login/totp"), "{}", page.text());
    browser.submit(&page, &[("totp", &code_of(TOTP_SECRET, now))], None).await
}

fn now() -> i64 {
    hatcheck::http::Clock::system().now().seconds()
}

async fn a_running_server_takes_no_notice(backend: Backend) {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(backend, folder.path());
    let mut server = Process::start(folder.path(), &database.url).await;
    let mut browser = server.signed_in().await;
    let before = server.get("/jwks").await.body;
    server.run_ok(&["key", "rewrap"], "");
    assert!(folder.path().join("keys/master.key.previous").exists());
    tokens(&server, &mut browser).await;
    // What is sealed after it, by a command and by the running server, opens on both sides
    server.run_ok(&["user", "set-totp", ADA, "--secret-stdin"], TOTP_SECRET);
    let landing = sign_in_with_totp(&server, now()).await;
    assert!(!matches!(&landing, Landing::Page(page) if page.url.path().contains("totp")));
    let told = server.run_json(&["key", "rewrap", "--json"], "");
    assert_eq!(told["encrypted_anew"]["authenticators"], 1, "{told}");
    server.kill();
    server.serve().await;
    assert_eq!(server.get("/jwks").await.body, before);
    // The step before may have been spent: the window allows the next
    let landing = sign_in_with_totp(&server, now() + 30).await;
    assert!(!matches!(&landing, Landing::Page(page) if page.url.path().contains("totp")));
}

#[actix_web::test]
async fn a_running_server_takes_no_notice_of_a_new_master_key_on_sqlite() {
    a_running_server_takes_no_notice(Backend::Sqlite).await;
}

#[actix_web::test]
async fn a_running_server_takes_no_notice_of_a_new_master_key_on_postgres() {
    a_running_server_takes_no_notice(Backend::Postgres).await;
}

/// The status of a token request of an app that signs with its secret.
async fn signed_with(server: &Process, id: &str, secret: &str, number: usize) -> u16 {
    let claims = json!({
        "iss": id, "sub": id, "aud": server.issuer, "iat": now(), "exp": now() + 60,
        "jti": format!("assertion {number}"),
    });
    let assertion = hmac_signed("HS256", secret, &claims);
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", &assertion),
    ];
    server.notes().send("/token", None, &fields).await.status
}

async fn secrets_that_apps_sign_with_are_rewrapped(backend: Backend) {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(backend, folder.path());
    let mut server = Process::start(folder.path(), &database.url).await;
    let metadata = json!({
        "client_id": "robot", "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "client_secret_jwt", "scope": "email",
    });
    let added = server.run_json(&["client", "add", "--file", "-"], &metadata.to_string());
    let first = added["client_secret"].as_str().unwrap().to_owned();
    assert_eq!(signed_with(&server, "robot", &first, 1).await, 200);
    let told = server.run_json(&["key", "rewrap", "--json"], "");
    assert_eq!(told["encrypted_anew"]["client_secrets"], 1, "{told}");
    assert_eq!(signed_with(&server, "robot", &first, 2).await, 200, "at once, from memory");
    // The next secret is sealed under the new key, beside the first
    let rotated = server.run_json(&["client", "rotate-secret", "robot"], "");
    let second = rotated["client_secret"].as_str().unwrap().to_owned();
    let mut number = 2;
    soon("the second is good", async || {
        number += 1;
        signed_with(&server, "robot", &second, number).await == 200
    })
    .await;
    let said = server.run_ok(&["key", "rewrap"], "");
    assert!(said.contains("2 secrets of clients"), "{said}");
    // What the older master keys open is of no use to anybody any more
    std::fs::remove_file(folder.path().join("keys/master.key.previous")).unwrap();
    server.kill();
    server.serve().await;
    for (number, secret) in [(101, &first), (102, &second)] {
        assert_eq!(signed_with(&server, "robot", secret, number).await, 200);
    }
    assert_eq!(signed_with(&server, "robot", &"x".repeat(86), 103).await, 401);
}

#[actix_web::test]
async fn secrets_that_apps_sign_with_are_rewrapped_beside_a_running_server_on_sqlite() {
    secrets_that_apps_sign_with_are_rewrapped(Backend::Sqlite).await;
}

#[actix_web::test]
async fn secrets_that_apps_sign_with_are_rewrapped_beside_a_running_server_on_postgres() {
    secrets_that_apps_sign_with_are_rewrapped(Backend::Postgres).await;
}

#[actix_web::test]
async fn a_rewrap_that_is_killed_at_any_moment_is_ended_by_the_next() {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Sqlite, folder.path());
    let mut server = Process::start(folder.path(), &database.url).await;
    let mut browser = server.signed_in().await;
    let before = server.get("/jwks").await.body;
    for round in 0..15 {
        let mut command = server.command(&["key", "rewrap"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(5 + round * 6)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        tokens(&server, &mut browser).await;
        server.run_ok(&["key", "list"], "");
    }
    server.run_ok(&["key", "rewrap"], "");
    assert!(!folder.path().join("keys/master.key.next").exists());
    server.kill();
    server.serve().await;
    assert_eq!(server.get("/jwks").await.body, before);
    tokens(&server, &mut browser).await;
}
