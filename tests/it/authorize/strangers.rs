//! What strangers can't bring about: redirects that carry a password on, addresses of their own, rows in the database.

use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection};

use crate::both;
use crate::support::{Backend, Landing, PASSWORD, TestApp};

both! {
    async fn red_20_no_redirect_after_a_password_repeats_the_post(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        let page = browser.open(&notes.authorization_url(&[])).await.page();
        let fields = [("username", "ada@example.org"), ("password", PASSWORD)];
        let mut answer = browser.press(&page, &fields, None).await;
        let mut hops = 0;
        while let Some(location) = answer.location() {
            assert!(matches!(answer.status, 302 | 303), "{} to {location}", answer.status);
            answer = browser.send(reqwest::Method::GET, &location, None).await;
            hops += 1;
        }
        assert!(hops > 0 && answer.body.contains("value=\"allow\""), "{}", answer.text());
        let allowed = browser.press(&answer, &[], Some("allow")).await;
        assert!(matches!(allowed.status, 302 | 303), "{}", allowed.status);
    }

    async fn lgo_03_no_page_leads_to_an_address_that_a_link_names(app: TestApp) {
        for path in ["/login", "/account", "/end-session", "/"] {
            for target in ["//evil.example", "/\\evil.example", "https:evil.example", "/%09/evil.example", "/\\t/evil.example"] {
                for name in ["return_to", "next", "redirect", "url"] {
                    let value: String = url::form_urlencoded::byte_serialize(target.as_bytes()).collect();
                    match app.browser().open(&app.url(&format!("{path}?{name}={value}"))).await {
                        Landing::Page(page) => assert!(!page.body.contains("evil.example"), "{path} {name}={target}"),
                        Landing::Away(url) => panic!("{path} {name}={target} leads to {url}"),
                    }
                }
            }
        }
    }
}

#[actix_web::test]
async fn dos_06_requests_of_strangers_leave_no_row() {
    let app = TestApp::start(Backend::Sqlite).await;
    let notes = app.client("notes").await;
    let before = rows(&app);
    for _ in 0..200 {
        app.browser().open(&notes.authorization_url(&[])).await.page();
    }
    assert_eq!(rows(&app), before);
    app.authorize(&mut app.browser(), &notes, "ada@example.org", &[]).await;
    assert_ne!(rows(&app), before, "somebody who signs in leaves some");
}

/// Every table with the number of its rows.
pub fn rows(app: &TestApp) -> Vec<(String, i64)> {
    let file = app.folder.path().join("hatcheck.sqlite");
    let mut database = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    let tables =
        "SELECT name AS text, 0 AS number FROM sqlite_master WHERE type = 'table' ORDER BY name";
    let tables: Vec<Row> = diesel::sql_query(tables).load(&mut database).unwrap();
    let count = |table: Row| {
        let query = format!("SELECT '' AS text, count(*) AS number FROM \"{}\"", table.text);
        let counted: Row = diesel::sql_query(query).get_result(&mut database).unwrap();
        (table.text, counted.number)
    };
    tables.into_iter().map(count).collect()
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[actix_web::test]
async fn cli_06_the_database_holds_no_client_secret() {
    let app = TestApp::start(Backend::Sqlite).await;
    let notes = app.client("notes").await;
    let code = app.authorize(&mut app.browser(), &notes, "ada@example.org", &[]).await;
    notes.redeem(&code).await.tokens();
    for entry in std::fs::read_dir(app.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let found =
                bytes.windows(notes.secret.len()).any(|part| part == notes.secret.as_bytes());
            assert!(!found, "{} holds the secret", path.display());
        }
    }
}
