//! Test logins: `[development]`, `/autosession` and `hatcheck token mint`.

use futures_util::future::join_all;
use hatcheck_guard::{Guard, Refusal};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::database::Database;
use crate::support::*;
use crate::{both, both_with};

async fn ask(browser: &mut Browser, app: &TestApp, fields: &[(&str, &str)]) -> Page {
    let fields: Vec<_> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    browser.send(Method::POST, &app.url("/autosession").parse().unwrap(), Some(&fields)).await
}

async fn code(app: &TestApp, browser: &mut Browser) -> Option<String> {
    let app = app.add_client("diary", json!({"skip_consent": true})).await;
    let landing = browser.open(&app.authorization_url(&[])).await;
    let Landing::Away(back) = landing else { return None };
    param(&back, "code")
}

both_with! {
    &[("HATCHECK_DEVELOPMENT__ENABLED", "true"), ("HATCHECK_DEVELOPMENT__PEOPLE", "tess@example.org,ada@example.org")];

    async fn a_test_person_is_signed_in_without_a_page(app: TestApp) {
        let mut browser = app.browser();
        let page = ask(&mut browser, &app, &[]).await;
        let told: Value = page.json();
        assert_eq!((page.status, told["username"].as_str()), (200, Some("tess@example.org")), "{}", page.body);
        assert!(told["sid"].is_string() && page.header("cache-control") == "no-store");
        assert!(code(&app, &mut browser).await.is_some());
        let again = ask(&mut app.browser(), &app, &[("user", "tess@example.org")]).await.json();
        assert_eq!(again["sub"], told["sub"]);
        let ada = ask(&mut app.browser(), &app, &[("user", "ada@example.org")]).await;
        assert_eq!(ada.json()["sub"], app.person("ada@example.org").await.id.to_string());
        let account = browser.open(&app.url("/account")).await.page();
        assert!(account.text().contains("This server is for tests"), "{}", account.text());
    }

    async fn only_test_people_and_no_page_of_others(app: TestApp) {
        for user in ["grace@example.org", "nobody@example.org", "x", &"x".repeat(5_000)] {
            assert_eq!(ask(&mut app.browser(), &app, &[("user", user)]).await.status, 400, "{user:.20}");
        }
        let twice = ask(&mut app.browser(), &app, &[("user", "ada@example.org"), ("user", "ada@example.org")]).await;
        assert_eq!(twice.status, 400);
        let mut elsewhere = app.browser();
        elsewhere.headers = vec![("origin".to_owned(), "https://eve.example".to_owned())];
        assert_eq!(ask(&mut elsewhere, &app, &[]).await.status, 403);
        app.disable("ada@example.org").await;
        assert_eq!(ask(&mut app.browser(), &app, &[("user", "ada@example.org")]).await.status, 403);
    }

    async fn at_once_on_two_nodes_it_is_one_person(app: TestApp) {
        let node = app.second_node().await;
        let mut browsers: Vec<_> = (0..6).map(|_| app.browser()).collect();
        for browser in browsers.iter_mut().step_by(2) {
            browser.go_to(&node.base);
        }
        let asked = browsers.iter_mut().map(|browser| ask(browser, &app, &[]));
        let mut subs: Vec<_> = join_all(asked).await.iter().map(|page| page.json()["sub"].to_string()).collect();
        subs.dedup();
        assert_eq!(subs.len(), 1);
    }
}

both! {
    async fn without_it_there_is_nothing(app: TestApp) {
        let page = ask(&mut app.browser(), &app, &[]).await;
        let unknown = app.browser().send(Method::POST, &app.url("/nothing").parse().unwrap(), Some(&[])).await;
        assert_eq!((page.status, unknown.status), (404, 404));
        assert_eq!(page.header("content-type"), unknown.header("content-type"));
        assert!(!page.text().contains("for tests"), "{}", page.text());
    }
}

#[actix_web::test]
async fn a_minted_token_is_good_for_guards_and_an_old_one_has_expired() {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Sqlite, folder.path());
    let mut server = Process::prepare(folder.path(), &database.url);
    server.add_ada_and_notes();
    let mint = [
        "token",
        "mint",
        "--user",
        "ada@example.org",
        "--audience",
        "notes",
        "--scope",
        "notes:read",
    ];
    let (_, refused) = server.run_refused(&mint, "");
    assert!(refused.contains("development.enabled"), "{refused}");
    server.set("HATCHECK_DEVELOPMENT__ENABLED", "true");
    server.serve().await;
    let guard = Guard::builder(&server.issuer, "notes").build().unwrap();
    let rule = guard.scope("notes:read");
    let good = server.run_ok(&mint, "");
    let identity = rule.check(good.trim()).await.unwrap();
    assert_eq!(
        (identity.client_id.as_str(), identity.scopes.join(" ").as_str()),
        ("notes", "notes:read")
    );
    let late = server.run_ok(&[&mint[..], &["--lifetime", "-5m"]].concat(), "");
    assert!(matches!(rule.check(late.trim()).await, Err(Refusal::Expired { ago: 240.. })));
    let other =
        server.run_ok(&["token", "mint", "--user", "ada@example.org", "--audience", "photos"], "");
    assert_eq!(rule.check(other.trim()).await, Err(Refusal::Audience));
    let userinfo = server.http.get(format!("{}/userinfo", server.issuer)).bearer_auth(good.trim());
    assert_eq!(userinfo.send().await.unwrap().status(), 401, "it hangs from no grant");
}
