//! `hatcheck key rewrap`: beside a running server, and ended in the middle.

use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;

use super::tokens;
use crate::support::app::{TOTP_SECRET, code_of};
use crate::support::database::Database;
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
