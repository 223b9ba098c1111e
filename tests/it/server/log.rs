//! What the log tells at its most talkative: whom, what and when, but no secret.

use tempfile::TempDir;

use crate::support::app::{TOTP_SECRET, code_of};
use crate::support::client::VERIFIER;
use crate::support::database::Database;
use crate::support::*;

const ADA: &str = "ada@example.org";
const WRONG: &str = "a wrong password 99";

#[actix_web::test]
async fn key_06_the_most_talkative_log_holds_no_secret() {
    for format in ["json", "human"] {
        logged(format).await;
    }
}

async fn logged(format: &str) {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Sqlite, folder.path());
    let mut server = Process::prepare(folder.path(), &database.url);
    server.set("HATCHECK_LOG__LEVEL", "trace");
    server.set("HATCHECK_LOG__FORMAT", format);
    server.log = Some(folder.path().join("log"));
    server.add_ada_and_notes();
    server.run_ok(&["user", "set-totp", ADA, "--secret-stdin"], TOTP_SECRET);
    server.serve().await;
    let (secrets, step) = everything_secret(&server).await;
    server.terminate().await;

    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    let told = std::fs::read_to_string(folder.path().join("refusals.jsonl")).unwrap();
    assert!(log.contains("refused") && log.lines().count() > 10, "{log}");
    for secret in secrets {
        // Its signature, of a token: the part that makes it worth anything
        let part = secret.rsplit('.').next().unwrap();
        assert!(!log.contains(part), "the log ({format}) holds {secret}");
        assert!(!told.contains(part), "the refusals hold {secret}");
    }
    let is_step = |line: &str| line.split(|c: char| !c.is_ascii_digit()).any(|word| word == step);
    assert!(!log.lines().any(is_step), "the log holds the one-time code");
}

/// A sign-in, tokens, refusals and the end; what of it nobody may read, and the one-time code.
async fn everything_secret(server: &Process) -> (Vec<String>, String) {
    let notes = server.notes();

    let mut browser = server.browser();
    let page = server.sign_in(&mut browser, ADA, WRONG).await.page();
    let page =
        browser.submit(&page, &[("username", ADA), ("password", PASSWORD)], None).await.page();
    let step = code_of(TOTP_SECRET, hatcheck::http::Clock::system().now().seconds());
    let consent = browser.submit(&page, &[("totp", &step)], None).await.page();
    let url = browser.submit(&consent, &[], Some("allow")).await.away();
    let code = param(&url, "code").unwrap();
    let tokens = notes.redeem(&code).await.tokens();
    assert_eq!(
        notes.redeem_with(&code, "another-verifier-of-the-right-length-0123456789").await.status,
        400
    );
    assert_eq!(server.userinfo(&tokens.access_token).await, 401, "the replay ended it");
    let code = server.code(&mut browser).await;
    let tokens = notes.redeem(&code).await.tokens();
    let refresh = tokens.refresh_token.clone().unwrap();
    let next = notes.refresh(&refresh).await.tokens();
    let stranger = notes.send("/token", Some(("notes", "a wrong secret of notes")), &[]).await;
    assert_eq!(stranger.status, 401);
    assert_eq!(notes.post("/introspect", &[("token", &next.access_token)]).await.status, 200);
    let hint = tokens.id_token.clone().unwrap();
    server.get(&format!("/end-session?id_token_hint={hint}")).await;
    server.get(&format!("/account?password={PASSWORD}")).await;
    let last = next.refresh_token.clone().unwrap();
    assert_eq!(notes.post("/revoke", &[("token", &last)]).await.status, 200);
    let mut secrets = vec![
        PASSWORD.to_owned(),
        WRONG.to_owned(),
        "horse+battery".to_owned(),
        "horse%20battery".to_owned(),
        "a wrong secret of notes".to_owned(),
        notes.secret.clone(),
        TOTP_SECRET.to_owned(),
        VERIFIER.to_owned(),
        code,
        refresh,
        last,
        hint,
        ADA.to_owned(),
    ];
    secrets.extend([tokens.access_token, next.access_token]);
    secrets.extend(browser.cookies.values().cloned());
    (secrets, step)
}
