//! Servers side by side on one database, many writers at once, and what a stolen database file tells.

use diesel::connection::SimpleConnection;
use tempfile::TempDir;

use super::{open_file, sql};
use crate::support::database::Database;
use crate::support::*;

async fn any_process_answers(backend: Backend) {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(backend, folder.path());
    let one = Process::start(folder.path(), &database.url).await;
    let (other, base) = one.second().await;
    let (here, there) = (one.notes(), one.notes().at(&base));
    let mut browser = one.signed_in().await;
    for _ in 0..5 {
        let code = one.code(&mut browser).await;
        let tokens = there.redeem(&code).await.tokens();
        assert_eq!(one.userinfo(&tokens.access_token).await, 200);
        let second = here.refresh(&tokens.refresh_token.unwrap()).await.tokens();
        let held = second.refresh_token.unwrap();
        let third = there.refresh(&held).await.tokens();
        assert_eq!(here.refresh(&held).await.tokens().refresh_token, third.refresh_token);
        let mut party = RelyingParty::new(&one.http, &base);
        party.fetch(0).await;
        party.verify(&second.access_token).unwrap();
        let last = third.refresh_token.unwrap();
        assert_eq!(here.post("/revoke", &[("token", &last)]).await.status, 200);
        assert_eq!(there.refresh(&last).await.error(), (400, "invalid_grant".into()));
        assert_eq!(one.userinfo(&third.access_token).await, 401);
        assert_eq!(here.redeem(&code).await.error(), (400, "invalid_grant".into()));
    }
    let keys = one.get("/jwks").await.body;
    let request = other.http.get(format!("{base}/jwks")).send().await.unwrap();
    assert_eq!(request.text().await.unwrap(), keys);
}

#[actix_web::test]
async fn a_code_of_one_process_is_redeemed_at_another_on_postgres() {
    any_process_answers(Backend::Postgres).await;
}

#[actix_web::test]
async fn a_code_of_one_process_is_redeemed_at_another_on_sqlite() {
    any_process_answers(Backend::Sqlite).await;
}

#[actix_web::test]
async fn cod_06_the_database_file_holds_no_code_token_or_cookie() {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Sqlite, folder.path());
    let server = Process::start(folder.path(), &database.url).await;
    let mut browser = server.signed_in().await;
    let mut secrets: Vec<String> = browser.cookies.values().cloned().collect();
    assert!(browser.cookie("session").is_some());
    for round in 0..40 {
        let code = server.code(&mut browser).await;
        if round % 4 > 0 {
            let tokens = server.notes().redeem(&code).await.tokens();
            let refresh = tokens.refresh_token.unwrap();
            let next = server.notes().refresh(&refresh).await.tokens();
            secrets.extend([tokens.access_token, refresh, next.refresh_token.unwrap()]);
        }
        secrets.push(code);
    }
    secrets.push(server.notes().secret);
    secrets.push(PASSWORD.to_owned());
    let mut stored = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            stored.extend(std::fs::read(path).unwrap());
        }
    }
    let holds = |text: &[u8]| stored.windows(text.len()).any(|part| part == text);
    assert!(holds(b"ada@example.org"), "it is the right file");
    for secret in &secrets {
        // A part of it would be as good as the whole
        let part = &secret.as_bytes()[secret.len() / 2..];
        assert!(!holds(&part[..part.len().min(20)]), "{secret}");
    }
    let codes: std::collections::BTreeSet<&str> =
        secrets.iter().map(|secret| secret.split_at(secret.len() - 16).1).collect();
    assert!(codes.len() >= secrets.len() - 1, "no two end alike");
}

#[actix_web::test]
async fn pain_7_sixty_four_writers_and_a_backup_meet_no_lock() {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Sqlite, folder.path());
    let server = Process::start(folder.path(), &database.url).await;
    let browser = server.signed_in().await;
    let writers: Vec<_> = (0..64)
        .map(|_| {
            let (mut browser, notes) = (browser.clone(), server.notes());
            actix_web::rt::spawn(async move {
                for _ in 0..4 {
                    let url = browser.open(&notes.authorization_url(&[])).await.away();
                    let code = param(&url, "code").unwrap_or_else(|| panic!("{url}"));
                    let tokens = notes.redeem(&code).await.tokens();
                    let next = notes.refresh(&tokens.refresh_token.unwrap()).await.tokens();
                    let revocation = [("token", next.refresh_token.as_deref().unwrap())];
                    assert_eq!(notes.post("/revoke", &revocation).await.status, 200);
                }
            })
        })
        .collect();
    let path = folder.path().to_owned();
    let backups = std::thread::spawn(move || {
        for number in 0..3 {
            let copy = path.join(format!("copy-{number}.sqlite"));
            let statement = format!("VACUUM INTO '{}'", copy.display());
            open_file(&path).batch_execute(&statement).unwrap();
        }
    });
    for writer in writers {
        writer.await.unwrap();
    }
    backups.join().unwrap();
    assert_eq!(server.get("/health/ready").await.status, 200);
    server.run_ok(&["user", "list"], "");
    sql(folder.path(), "PRAGMA integrity_check");
}
