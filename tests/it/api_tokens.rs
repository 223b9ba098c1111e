//! Tokens that people make for themselves: `/account/tokens`, introspection (RFC 7662), exchange (RFC 8693).

use std::time::Duration;

use hatcheck_guard::{Guard, Introspection};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::on_both;
use crate::support::chromium::Chromium;
use crate::support::client::claims_of;
use crate::support::*;

const ADA: &str = "ada@example.org";
const API: &str = "https://tasks.example";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const SETTINGS: &str = r#"
    [api_tokens]
    targets = ["journal", "https://tasks.example"]
    longest = "90d"
    [scopes."notes:read"]
    description = "Read your notes"
    [scopes."tasks:write"]
    description = "Change your tasks"
    [scopes."mail:send"]
    description = "Send mail"
    [resources."https://tasks.example"]
    scopes = ["tasks:write"]
    introspected_by = ["tasks"]
    [resources."https://mail.example"]
    exchanged_by = ["journal"]
"#;

/// A server that offers tokens, and Ada in a browser.
struct World {
    app: TestApp,
    browser: Browser,
    journal: TestClient,
    tasks: TestClient,
}

async fn world(backend: Backend) -> World {
    let app = TestApp::start_with_file(backend, SETTINGS).await;
    let browser = app.signed_in(ADA).await;
    let exchanges = |scope: &str| {
        let grants = ["authorization_code", "refresh_token", EXCHANGE];
        json!({"scope": scope, "grant_types": grants})
    };
    let journal =
        app.add_client("journal", exchanges("openid profile notes:read tasks:write")).await;
    let tasks = app.add_client("tasks", exchanges("openid")).await;
    World { app, browser, journal, tasks }
}

impl World {
    async fn page(&mut self, path: &str) -> Page {
        self.browser.open(&self.app.url(path)).await.page()
    }

    /// Fills the form in and sends it, and what it was filled with.
    async fn make_with(
        &mut self,
        target: &str,
        fields: &[(&str, &str)],
    ) -> (Page, Vec<(String, String)>) {
        let page = self.page(&format!("/account/tokens/new?for={target}")).await;
        let (url, mut filled) = page.filled(&[("name", "Backup")], None);
        filled.retain(|(name, _)| !fields.iter().any(|(other, _)| other == name));
        filled.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        (self.browser.send(Method::POST, &url, Some(&filled)).await, filled)
    }

    /// A new token.
    async fn make(&mut self, target: &str, fields: &[(&str, &str)]) -> String {
        text_on(&self.make_with(target, fields).await.0)
    }

    async fn introspected(&self, client: &TestClient, token: &str) -> Value {
        client.post("/introspect", &[("token", token)]).await.json()
    }

    async fn is_active(&self, client: &TestClient, token: &str) -> bool {
        self.introspected(client, token).await["active"].as_bool().unwrap()
    }

    async fn exchange(&self, client: &TestClient, token: &str, target: &str) -> Answer {
        let access_token = "urn:ietf:params:oauth:token-type:access_token";
        let fields = [
            ("grant_type", EXCHANGE),
            ("subject_token", token),
            ("subject_token_type", access_token),
            ("audience", target),
        ];
        client.post("/token", &fields).await
    }

    async fn delete_first(&mut self) -> Page {
        let page = self.page("/account/tokens").await;
        self.browser.submit(&page, &[], Some("Delete")).await.page()
    }
}

fn text_on(page: &Page) -> String {
    let secret = page.body.split("class=\"secret\">").nth(1);
    let secret = secret.unwrap_or_else(|| panic!("no token: {} {}", page.status, page.text()));
    secret.split('<').next().unwrap().to_owned()
}

on_both!(
    world;
    a_token_is_made_shown_once_used_and_deleted,
    rfc_7662_only_who_it_is_for_learns_of_it,
    rfc_8693_it_is_exchanged_for_one_that_is_verified_alone,
    a_form_that_is_sent_twice_makes_one,
    making_one_wants_a_fresh_sign_in_and_a_form_of_ours,
    what_is_not_offered_is_not_given,
    it_opens_nothing_of_ours,
    it_ends_with_its_day_and_with_its_person,
    a_guard_takes_it_where_it_asks,
);

async fn a_token_is_made_shown_once_used_and_deleted(mut world: World) {
    let empty = world.page("/account/tokens").await;
    assert!(empty.text().contains("You have not made any token"), "{}", empty.text());
    let fields = [("may.notes:read", "on"), ("name", "  <b>Backup</b>  "), ("days", "90")];
    let (made, _) = world.make_with("journal", &fields).await;
    assert_eq!((made.status, made.header("cache-control")), (200, "no-store"));
    let token = text_on(&made);
    assert!(token.starts_with("hat_") && !made.body.contains("<b>Backup"), "{}", made.body);
    let list = world.page("/account/tokens").await;
    assert!(!list.body.contains(&token) && list.text().contains("Never used"), "{}", list.text());
    assert!(list.text().contains("<b>Backup</b>") && list.text().contains("Read your notes"));
    let facts = world.introspected(&world.journal, &token).await;
    let now = world.app.app.now().seconds();
    assert_eq!(
        (&facts["active"], &facts["scope"], &facts["aud"], &facts["token_type"]),
        (&json!(true), &json!("notes:read"), &json!(["journal"]), &json!("Bearer"))
    );
    assert!((facts["exp"].as_i64().unwrap() - now - 90 * 86_400).abs() < 60);
    assert_eq!(facts["sub"], json!(world.app.person(ADA).await.id));
    assert!(world.page("/account/tokens").await.text().contains("Last used just now"));
    world.app.later(3 * 3_600);
    assert!(world.page("/account/tokens").await.text().contains("Last used 3 hours ago"));
    assert!(world.delete_first().await.text().contains("Deleted"));
    assert!(!world.is_active(&world.journal, &token).await);
    let events = world.app.events().await;
    assert!(events.contains(&"api_token_added") && events.contains(&"api_token_deleted"));
}

async fn rfc_7662_only_who_it_is_for_learns_of_it(mut world: World) {
    let mine = world.make("journal", &[]).await;
    let api = world.make(API, &[("may.tasks:write", "on")]).await;
    assert!(world.is_active(&world.journal, &mine).await);
    assert!(!world.is_active(&world.tasks, &mine).await);
    assert!(!world.is_active(&world.journal, &api).await);
    let facts = world.introspected(&world.tasks, &api).await;
    assert_eq!((&facts["aud"], &facts["scope"]), (&json!([API]), &json!("tasks:write")));
    let mut wrong = mine.clone();
    wrong.replace_range(10..11, if wrong.get(10..11) == Some("x") { "y" } else { "x" });
    for bad in [wrong.as_str(), "hat_", &format!("{mine}x")] {
        assert!(!world.is_active(&world.journal, bad).await, "{bad}");
    }
}

async fn rfc_8693_it_is_exchanged_for_one_that_is_verified_alone(mut world: World) {
    let api = world.make(API, &[("may.tasks:write", "on")]).await;
    let answer = world.exchange(&world.tasks, &api, API).await.json();
    assert_eq!(
        (&answer["scope"], &answer["expires_in"]),
        (&json!("tasks:write"), &json!(900)),
        "{answer}"
    );
    let jwt = answer["access_token"].as_str().unwrap().to_owned();
    let claims = claims_of(&jwt);
    assert_eq!(
        (&claims["aud"], &claims["client_id"], &claims["act"]),
        (&json!([API]), &json!("tasks"), &json!({"sub": "tasks"}))
    );
    assert!(
        ["gid", "sid", "acr", "auth_time"].iter().all(|name| !claims.contains_key(*name)),
        "{claims:?}"
    );
    assert!(world.is_active(&world.tasks, &jwt).await);
    for (client, token, target) in [
        (&world.journal, &api, API),
        (&world.tasks, &api, "https://mail.example"),
        (&world.tasks, &api, "tasks"),
    ] {
        assert_eq!(world.exchange(client, token, target).await.status, 400, "{target}");
    }
    let mine = world.make("journal", &[]).await;
    let own = world.exchange(&world.journal, &mine, "journal").await.json();
    assert_eq!(claims_of(own["access_token"].as_str().unwrap())["aud"], json!(["journal"]));
    let on = world.exchange(&world.journal, &mine, "https://mail.example").await;
    assert_eq!(on.status, 200, "the settings let it call that one for others");
    world.journal.post("/revoke", &[("token", own["access_token"].as_str().unwrap())]).await;
    assert!(!world.is_active(&world.journal, own["access_token"].as_str().unwrap()).await);
    assert!(world.is_active(&world.journal, &mine).await, "one JWT was revoked, and not the token");
    world.delete_first().await;
    world.delete_first().await;
    assert!(!world.is_active(&world.tasks, &jwt).await, "the JWT ends with what it was given for");
    assert_eq!(world.exchange(&world.tasks, &api, API).await.status, 400);
}

async fn a_form_that_is_sent_twice_makes_one(mut world: World) {
    let (first, filled) = world.make_with("journal", &[]).await;
    let url = first.url.clone();
    let again = world.browser.send(Method::POST, &url, Some(&filled)).await;
    assert_eq!(text_on(&first), text_on(&again));
    assert_eq!(world.page("/account/tokens").await.body.matches("name=\"token\"").count(), 1);
    let mut other = world.app.signed_in("grace@example.org").await;
    let theirs = other.send(Method::POST, &url, Some(&filled)).await;
    assert_eq!(theirs.status, 403, "another browser's form");
}

async fn making_one_wants_a_fresh_sign_in_and_a_form_of_ours(mut world: World) {
    let page = world.page("/account/tokens/new?for=journal").await;
    let (url, mut filled) = page.filled(&[("name", "Backup")], None);
    world.app.later(3_600);
    let late = world.browser.send(Method::POST, &url, Some(&filled)).await;
    assert_eq!(late.location().unwrap().path(), "/login");
    let stale = world.page("/account/tokens/new?for=journal").await;
    assert_eq!(stale.url.path(), "/login", "the page asks again");
    assert_eq!(world.page("/account/tokens").await.status, 200, "the list does not");
    filled.retain(|(name, _)| name != "csrf");
    assert_eq!(world.browser.send(Method::POST, &url, Some(&filled)).await.status, 403);
}

async fn what_is_not_offered_is_not_given(mut world: World) {
    let which = world.page("/account/tokens/new").await;
    assert!(
        which.text().contains("What is it for?") && which.body.contains("for=https%3A"),
        "{}",
        which.body
    );
    let other = world.page("/account/tokens/new?for=photos").await;
    assert!(other.text().contains("What is it for?"));
    let bad = [
        ("may.tasks:write", "on"),
        ("may.openid", "on"),
        ("may.offline_access", "on"),
        ("days", "365"),
    ];
    let token = world.make("journal", &bad).await;
    let facts = world.introspected(&world.journal, &token).await;
    assert_eq!(facts["scope"], json!(""));
    let now = world.app.app.now().seconds();
    assert!(facts["exp"].as_i64().unwrap() < now + 31 * 86_400, "the longest is 90 days");
    for fields in [&[("name", "")][..], &[("name", "   ")], &[("name", "\u{7}")]] {
        let (page, _) = world.make_with("journal", fields).await;
        assert_eq!(page.status, 400);
        assert!(page.text().contains("give the token a name"), "{}", page.text());
    }
    for fields in [&[("for", "photos")][..], &[("pending", "x")], &[("for", "")]] {
        let (page, _) = world.make_with("journal", fields).await;
        assert_eq!(page.status, 303, "{fields:?}");
    }
    let (page, _) = world.make_with("journal", &[("name", &"x".repeat(5_000))]).await;
    assert!(page.body.len() < 10_000, "names are cut");
}

async fn it_opens_nothing_of_ours(mut world: World) {
    let token = world.make("journal", &[]).await;
    for path in ["/userinfo", "/session", "/session/data"] {
        let answer =
            world.app.http.get(world.app.url(path)).bearer_auth(&token).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{path}");
    }
    let jwt = world.exchange(&world.journal, &token, "journal").await.json();
    let jwt = jwt["access_token"].as_str().unwrap();
    for path in ["/userinfo", "/session", "/session/data"] {
        let answer = world.app.http.get(world.app.url(path)).bearer_auth(jwt).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{path}");
    }
    for (name, value) in [("refresh_token", "refresh_token"), ("code", "authorization_code")] {
        let answer = world.journal.post("/token", &[("grant_type", value), (name, &token)]).await;
        assert_eq!(answer.status, 400, "{value}");
    }
}

async fn it_ends_with_its_day_and_with_its_person(mut world: World) {
    let token = world.make("journal", &[("days", "30")]).await;
    world.app.later(29 * 86_400);
    assert!(world.is_active(&world.journal, &token).await);
    world.app.later(86_400);
    assert!(!world.is_active(&world.journal, &token).await);
    world.browser = world.app.signed_in(ADA).await;
    assert!(world.page("/account/tokens").await.text().contains("expired"));
    let token = world.make("journal", &[]).await;
    assert!(world.is_active(&world.journal, &token).await);
    world.app.disable(ADA).await;
    assert!(!world.is_active(&world.journal, &token).await);
    assert_eq!(world.exchange(&world.journal, &token, "journal").await.status, 400);
}

async fn a_guard_takes_it_where_it_asks(mut world: World) {
    let token = world.make("journal", &[]).await;
    let asks = Introspection::new(&world.journal.id, &world.journal.secret).keep(Duration::ZERO);
    let guard = Guard::builder(&world.app.issuer, "journal").introspection(asks).build().unwrap();
    let who = guard.check(&token).await.unwrap();
    assert_eq!(who.subject, world.app.person(ADA).await.id.to_string());
    world.delete_first().await;
    assert!(guard.check(&token).await.is_err());
}

#[actix_web::test]
async fn an_admin_lists_and_deletes_them_by_command() {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite://{}", folder.path().join("hatcheck.sqlite").display());
    let mut server = Process::prepare(folder.path(), &url);
    server.set("HATCHECK_API_TOKENS__TARGETS", "notes");
    server.add_ada_and_notes();
    server.serve().await;
    let mut browser = server.signed_in().await;
    let new = format!("{}/account/tokens/new", server.issuer);
    let page = browser.open(&new).await.page();
    let token = text_on(&browser.submit(&page, &[("name", "Backup")], None).await.page());
    let list = server.run_ok(&["user", "token", "list", ADA], "");
    assert!(list.contains("Backup  for notes  until ") && !list.contains(&token), "{list}");
    let listed = server.run_json(&["user", "token", "list", ADA, "--json"], "");
    let id = listed[0]["id"].as_str().unwrap();
    assert_eq!((&listed[0]["name"], &listed[0]["used_at"]), (&json!("Backup"), &Value::Null));
    server.run_ok(&["user", "token", "delete", ADA, id], "");
    let (code, told) = server.run_refused(&["user", "token", "delete", ADA, id], "");
    assert!(code == 1 && told.contains("no token of that id"), "{told}");
    let (code, _) = server.run_refused(&["user", "token", "delete", ADA, "x"], "");
    assert_eq!(code, 2);
    assert_eq!(server.run_json(&["user", "token", "list", ADA, "--json"], ""), json!([]));
    let facts = server.notes().post("/introspect", &[("token", &token)]).await.json();
    assert_eq!(facts, json!({"active": false}));
}

#[actix_web::test]
async fn where_none_are_offered_nobody_reads_of_them() {
    let app = TestApp::start(Backend::Sqlite).await;
    let mut browser = app.signed_in(ADA).await;
    let account = browser.open(&app.url("/account")).await.page();
    assert!(!account.body.contains("/account/tokens"));
    let none = browser.open(&app.url("/account/tokens")).await.page();
    assert!(!none.body.contains("/account/tokens/new"), "{}", none.body);
}

#[actix_web::test]
async fn a_person_makes_one_in_a_browser() {
    let app = TestApp::start_with_file(Backend::Sqlite, SETTINGS).await;
    app.add_client(
        "journal",
        json!({"client_name": "Journal", "scope": "openid profile notes:read"}),
    )
    .await;
    let chromium = Chromium::start(true).await;
    let folder = std::env::var_os("HATCHECK_TEST_SCREENSHOTS").map(std::path::PathBuf::from);
    chromium.open(&app.url("/account/tokens")).await;
    chromium.fill("username", ADA).await;
    chromium.fill("password", PASSWORD).await;
    chromium.press("form button").await;
    chromium.shows("You have not made any token").await;
    chromium.examine("tokens-none", folder.as_deref()).await;
    chromium.press("main .actions a").await;
    chromium.shows("What is it for?").await;
    chromium.examine("token-which", folder.as_deref()).await;
    chromium.press("main .list a").await;
    chromium.fill("name", "Nightly backup").await;
    chromium.press("input[name='may.notes:read']").await;
    chromium.examine("token-new", folder.as_deref()).await;
    chromium.press("form .actions button").await;
    chromium.shows("shown only once").await;
    chromium.examine("token-made", folder.as_deref()).await;
    chromium.press("main .actions a").await;
    chromium.shows("Nightly backup").await;
    chromium.examine("tokens", folder.as_deref()).await;
    chromium.press("main .list button").await;
    chromium.shows("Deleted").await;
}
