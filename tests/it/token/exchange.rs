//! `grant_type=urn:ietf:params:oauth:grant-type:token-exchange`: RFC 8693.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::client::claims_of;
use crate::support::*;

const ADA: &str = "ada@example.org";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const TASKS: &str = "https://tasks.example/api";
const MAIL: &str = "https://mail.example/api";

const FILE: &str = r#"
[scopes."tasks:read"]
description = "Read your tasks"
[resources."https://tasks.example/api"]
exchanged_by = ["shop"]
introspected_by = ["tasks-api"]
token_lifetime = "10m"
[resources."https://mail.example/api"]
exchanged_by = ["tasks-api"]
token_format = "opaque"
introspected_by = ["mail-api"]
[resources."https://closed.example/api"]
"#;

on_both!(
    world;
    rfc_8693_2_a_service_calls_another_in_the_persons_name,
    rfc_8693_4_1_the_chain_of_those_who_act_is_kept,
    rfc_8693_5_strangers_and_nonsense_get_nothing,
    rfc_8693_it_ends_with_what_it_came_from_and_by_itself,
    rfc_8693_4_4_an_app_says_who_may_act,
);

async fn world(backend: Backend) -> TestApp {
    let app = TestApp::start_with_file(backend, FILE).await;
    let grants = json!(["authorization_code", "refresh_token", "client_credentials", GRANT]);
    let scope = "openid email offline_access tasks:read";
    app.add_client("shop", json!({"grant_types": grants, "scope": scope})).await;
    app.add_client("tasks-api", json!({"grant_types": grants})).await;
    app.add_client("mail-api", json!({"grant_types": grants})).await;
    app
}

/// Ada's tokens at the shop.
async fn signed_in(app: &TestApp, browser: &mut Browser) -> (TestClient, Tokens) {
    let shop = app.client("shop").await;
    let more = [("scope", "openid email offline_access tasks:read")];
    let code = app.authorize(browser, &shop, ADA, &more).await;
    let tokens = shop.redeem(&code).await.tokens();
    (shop, tokens)
}

/// Exchanges; `more` adds parameters, and replaces those of the same name.
async fn exchange(client: &TestClient, token: &str, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![
        ("grant_type", GRANT),
        ("subject_token", token),
        ("subject_token_type", ACCESS_TOKEN),
        ("resource", TASKS),
    ];
    fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    fields.extend(more);
    client.post("/token", &fields).await
}

fn token_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

async fn introspected(client: &TestClient, token: &str) -> Value {
    client.post("/introspect", &[("token", token)]).await.json()
}

async fn rfc_8693_2_a_service_calls_another_in_the_persons_name(app: TestApp) {
    let (shop, tokens) = signed_in(&app, &mut app.browser()).await;
    let answer = exchange(&shop, &tokens.access_token, &[]).await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let told = answer.json();
    assert_eq!(
        (&told["issued_token_type"], &told["token_type"]),
        (&json!(ACCESS_TOKEN), &json!("Bearer"))
    );
    assert!(told.get("refresh_token").is_none() && told.get("id_token").is_none());
    assert_eq!(told["expires_in"], 600);
    let (own, before) = (claims_of(&token_of(&answer)), claims_of(&tokens.access_token));
    for name in ["sub", "sid", "acr", "auth_time"] {
        assert_eq!(own[name], before[name], "{name}");
    }
    assert_eq!((&own["aud"], &own["client_id"]), (&json!([TASKS]), &json!("shop")));
    assert_eq!((&own["act"], &own["scope"]), (&json!({"sub": "shop"}), &json!("tasks:read")));
    let facts = introspected(&app.client("tasks-api").await, &token_of(&answer)).await;
    assert_eq!((&facts["active"], &facts["act"]), (&json!(true), &json!({"sub": "shop"})));
    assert_eq!(app.userinfo(&token_of(&answer)).await.0, 401, "it is for another audience");
    // Never longer than what it came from
    app.later(10 * 60);
    let late = exchange(&shop, &tokens.access_token, &[]).await;
    assert_eq!(claims_of(&token_of(&late))["exp"], before["exp"]);
    // Seconds pass while it is asked
    assert!((290..=300).contains(&late.json()["expires_in"].as_i64().unwrap()), "{}", late.body);
    app.later(5 * 60);
    let over = exchange(&shop, &tokens.access_token, &[]).await;
    assert_eq!(over.error(), (400, "invalid_request".to_owned()));
}

async fn rfc_8693_4_1_the_chain_of_those_who_act_is_kept(app: TestApp) {
    let (shop, tokens) = signed_in(&app, &mut app.browser()).await;
    let first = token_of(&exchange(&shop, &tokens.access_token, &[]).await);
    let tasks = app.client("tasks-api").await;
    let second = token_of(&exchange(&tasks, &first, &[("resource", MAIL)]).await);
    assert!(!second.contains('.'), "that service wants opaque tokens");
    let mail = app.client("mail-api").await;
    let facts = introspected(&mail, &second).await;
    assert_eq!(facts["act"], json!({"sub": "tasks-api", "act": {"sub": "shop"}}));
    assert_eq!((&facts["active"], &facts["sub"]), (&json!(true), &claims_of(&first)["sub"]));
    // Who is not the one that was called has no business with it
    let theirs = exchange(&mail, &first, &[("resource", MAIL)]).await;
    assert_eq!(theirs.error(), (400, "invalid_request".to_owned()));
    // With a token of its own the actor proves itself once more
    let own = tasks.post("/token", &[("grant_type", "client_credentials")]).await.tokens();
    let more = [
        ("resource", MAIL),
        ("actor_token", own.access_token.as_str()),
        ("actor_token_type", ACCESS_TOKEN),
    ];
    let facts = introspected(&mail, &token_of(&exchange(&tasks, &first, &more).await)).await;
    assert_eq!(facts["act"]["sub"], "tasks-api");
    let shops = shop.post("/token", &[("grant_type", "client_credentials")]).await.tokens();
    let more = [
        ("resource", MAIL),
        ("actor_token", shops.access_token.as_str()),
        ("actor_token_type", ACCESS_TOKEN),
    ];
    assert_eq!(exchange(&tasks, &first, &more).await.error(), (400, "invalid_request".to_owned()));
}

async fn rfc_8693_5_strangers_and_nonsense_get_nothing(app: TestApp) {
    let (shop, tokens) = signed_in(&app, &mut app.browser()).await;
    let token = tokens.access_token.as_str();
    let (notes, tasks) = (app.client("notes").await, app.client("tasks-api").await);
    let refused = |answer: Answer| answer.error();
    assert_eq!(
        refused(exchange(&notes, token, &[]).await),
        (400, "unauthorized_client".to_owned())
    );
    assert_eq!(refused(exchange(&tasks, token, &[]).await), (400, "invalid_request".to_owned()));
    let own = shop.post("/token", &[("grant_type", "client_credentials")]).await.tokens();
    let long = "x".repeat(20_000);
    for other in [
        tokens.id_token.as_deref().unwrap(),
        tokens.refresh_token.as_deref().unwrap(),
        &own.access_token,
        "x.y.z",
        "x",
        &long,
    ] {
        let answer = exchange(&shop, other, &[]).await;
        assert_eq!(answer.error(), (400, "invalid_request".to_owned()), "{other:.40}");
    }
    for (more, error) in [
        (("resource", "https://closed.example/api"), "invalid_target"),
        (("resource", "https://unknown.example"), "invalid_target"),
        (("resource", MAIL), "invalid_target"),
        (("audience", "notes"), "invalid_request"),
        (("scope", "email"), "invalid_scope"),
        (("scope", "admin"), "invalid_scope"),
        (("subject_token", ""), "invalid_request"),
        (("subject_token_type", "urn:ietf:params:oauth:token-type:id_token"), "invalid_request"),
        (("subject_token_type", ""), "invalid_request"),
        (("requested_token_type", "urn:ietf:params:oauth:token-type:saml2"), "invalid_request"),
        (("actor_token", token), "invalid_request"),
    ] {
        assert_eq!(
            exchange(&shop, token, &[more]).await.error(),
            (400, error.to_owned()),
            "{more:?}"
        );
    }
    let none = exchange(&shop, token, &[("resource", "")]).await;
    assert_eq!(none.error(), (400, "invalid_request".to_owned()));
}

async fn rfc_8693_it_ends_with_what_it_came_from_and_by_itself(app: TestApp) {
    let mut browser = app.browser();
    let (shop, tokens) = signed_in(&app, &mut browser).await;
    let (tasks, mail) = (app.client("tasks-api").await, app.client("mail-api").await);
    let first = token_of(&exchange(&shop, &tokens.access_token, &[]).await);
    let second = token_of(&exchange(&tasks, &first, &[("resource", MAIL)]).await);
    // The one who acts ends its own token and no more
    assert_eq!(mail.post("/revoke", &[("token", &second)]).await.status, 200);
    assert_eq!(introspected(&mail, &second).await["active"], true);
    assert_eq!(tasks.post("/revoke", &[("token", &second)]).await.status, 200);
    assert_eq!(introspected(&mail, &second).await, json!({"active": false}));
    assert_eq!(introspected(&tasks, &first).await["active"], true);
    assert_eq!(app.userinfo(&tokens.access_token).await.0, 200);
    // The person's grant ends all of them
    let third = token_of(&exchange(&tasks, &first, &[("resource", MAIL)]).await);
    assert_eq!(shop.post("/revoke", &[("token", &tokens.access_token)]).await.status, 200);
    assert_eq!(introspected(&tasks, &first).await, json!({"active": false}));
    assert_eq!(introspected(&mail, &third).await, json!({"active": false}));
    for (client, token) in [(&shop, &tokens.access_token), (&tasks, &first)] {
        let answer = exchange(
            client,
            token,
            &[("resource", if client.id == "shop" { TASKS } else { MAIL })],
        )
        .await;
        assert_eq!(answer.error(), (400, "invalid_request".to_owned()));
    }
}

async fn rfc_8693_4_4_an_app_says_who_may_act(app: TestApp) {
    for (id, may_act, status) in [("app-1", "shop", 400), ("app-2", "app-2", 400)] {
        let more = json!({"may_act": may_act, "grant_types": ["authorization_code", GRANT]});
        let client = app.add_client(id, more).await;
        let code = app.authorize(&mut app.browser(), &client, ADA, &[]).await;
        let token = client.redeem(&code).await.tokens().access_token;
        assert_eq!(claims_of(&token)["may_act"], json!({"sub": may_act}));
        let answer = exchange(&client, &token, &[]).await;
        assert_eq!(answer.status, status);
        let expected = if may_act == id { "invalid_target" } else { "invalid_request" };
        assert_eq!(answer.error().1, expected, "{}", answer.body);
    }
}
