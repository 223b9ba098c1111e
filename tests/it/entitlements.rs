//! Groups, roles and permissions in tokens and answers: RFC 9068 section 2.2.3.1.

use hatcheck::model::{Entitlement, EntitlementName};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::client::claims_of;
use crate::support::*;

const ADA: &str = "ada@example.org";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const TASKS: &str = "https://tasks.example/api";
const ALL: &str = "openid offline_access groups roles permissions";

const FILE: &str = r#"
[scopes."tasks:read"]
description = "Read your tasks"
[resources."https://tasks.example/api"]
scopes = ["tasks:read"]
exchanged_by = ["shop"]
introspected_by = ["tasks-api"]
"#;

on_both!(
    world;
    rfc_9068_2_2_3_1_scopes_bring_what_is_held_where_the_token_is_for,
    the_next_refresh_carries_what_has_changed,
    pain_19_a_person_in_a_thousand_groups_has_small_tokens,
    rfc_8693_who_calls_for_a_person_sees_what_they_may_there,
);

async fn world(backend: Backend) -> TestApp {
    TestApp::start_with_file(backend, FILE).await
}

fn group(name: &str) -> Entitlement {
    Entitlement::Group(EntitlementName::parse(name).unwrap())
}

fn role(at: &str, name: &str) -> Entitlement {
    Entitlement::Role { at: at.to_owned(), name: EntitlementName::parse(name).unwrap() }
}

fn permission(at: &str, name: &str) -> Entitlement {
    Entitlement::Permission { at: at.to_owned(), name: EntitlementName::parse(name).unwrap() }
}

/// The shop, which may ask for all of it, and its tokens for Ada.
async fn shop(app: &TestApp, more: Value) -> TestClient {
    let mut members = json!({
        "grant_types": ["authorization_code", "refresh_token", EXCHANGE],
        "scope": format!("{ALL} tasks:read"),
    });
    for (name, value) in more.as_object().unwrap() {
        members[name] = value.clone();
    }
    app.add_client("shop", members).await;
    app.client("shop").await
}

async fn tokens(app: &TestApp, client: &TestClient, more: &[(&str, &str)]) -> Tokens {
    let mut browser = app.signed_in(ADA).await;
    let code = app.authorize(&mut browser, client, ADA, more).await;
    client.redeem(&code).await.tokens()
}

/// The three claims, as far as they are there.
fn held(claims: &Value) -> Value {
    let names = ["groups", "roles", "permissions"];
    let there = names.into_iter().filter_map(|name| Some((name, claims.get(name)?.clone())));
    there.map(|(name, value)| (name.to_owned(), value)).collect::<serde_json::Map<_, _>>().into()
}

async fn introspected(client: &TestClient, token: &str) -> Answer {
    client.post("/introspect", &[("token", token)]).await
}

fn of_token(token: &str) -> Value {
    held(&Value::Object(claims_of(token)))
}

async fn rfc_9068_2_2_3_1_scopes_bring_what_is_held_where_the_token_is_for(app: TestApp) {
    let shop = shop(&app, json!({"claims_in_id_token": true})).await;
    app.add_client("tasks-api", json!({})).await;
    let given = [
        group("staff"),
        role("shop", "buyer"),
        role("elsewhere", "admin"),
        role(TASKS, "reader"),
        permission("shop", "orders:write"),
        permission(TASKS, "tasks:list"),
    ];
    app.entitle(ADA, &given, &[]).await;
    let all = json!({"groups": ["staff"], "roles": ["buyer"], "permissions": ["orders:write"]});
    let full = tokens(&app, &shop, &[("scope", ALL)]).await;
    assert_eq!(of_token(&full.access_token), all);
    assert_eq!(of_token(full.id_token.as_ref().unwrap()), all);
    assert_eq!(held(&app.userinfo(&full.access_token).await.1), all);
    assert_eq!(held(&introspected(&shop, &full.access_token).await.json()), all);

    let none = tokens(&app, &shop, &[("scope", "openid")]).await;
    assert_eq!(of_token(&none.access_token), json!({}), "nothing that was not asked for");
    assert_eq!(held(&introspected(&shop, &none.access_token).await.json()), json!({}));
    let roles = tokens(&app, &shop, &[("scope", "openid roles")]).await;
    assert_eq!(of_token(&roles.access_token), json!({"roles": ["buyer"]}));

    let there = [("scope", "openid tasks:read roles permissions"), ("resource", TASKS)];
    let there = tokens(&app, &shop, &there).await;
    let expected = json!({"roles": ["reader"], "permissions": ["tasks:list"]});
    assert_eq!(of_token(&there.access_token), expected, "at the API, not at the app");
    let asked = json!({"userinfo": {"groups": null}}).to_string();
    let single = tokens(&app, &shop, &[("scope", "openid"), ("claims", &asked)]).await;
    let told = app.userinfo(&single.access_token).await.1;
    assert_eq!(held(&told), json!({"groups": ["staff"]}));
}

async fn the_next_refresh_carries_what_has_changed(app: TestApp) {
    let shop = shop(&app, json!({})).await;
    app.entitle(ADA, &[role("shop", "buyer"), group("staff")], &[]).await;
    let first = tokens(&app, &shop, &[("scope", ALL)]).await;
    let expected = json!({"groups": ["staff"], "roles": ["buyer"]});
    assert_eq!(of_token(&first.access_token), expected);
    app.entitle(ADA, &[role("shop", "seller")], &[role("shop", "buyer"), group("staff")]).await;
    let next = shop.refresh(first.refresh_token.as_ref().unwrap()).await.tokens();
    assert_eq!(of_token(&next.access_token), json!({"roles": ["seller"]}));
    // Who asks about the old token learns what holds now
    let told = introspected(&shop, &first.access_token).await.json();
    assert_eq!(held(&told), json!({"roles": ["seller"]}));
}

async fn pain_19_a_person_in_a_thousand_groups_has_small_tokens(app: TestApp) {
    let shop = shop(&app, json!({"groups": ["shop-*", "staff"], "claims_in_id_token": true})).await;
    let mut groups: Vec<_> = (0..1_000).map(|n| group(&format!("realm-{n}-members"))).collect();
    groups.extend([group("shop-buyers"), group("staff"), group("staffing")]);
    app.entitle(ADA, &groups, &[]).await;
    let plain = tokens(&app, &shop, &[("scope", "openid profile email")]).await;
    let asked = tokens(&app, &shop, &[("scope", ALL)]).await;
    assert_eq!(of_token(&asked.access_token), json!({"groups": ["shop-buyers", "staff"]}));
    for tokens in [plain, asked] {
        for token in [tokens.access_token, tokens.id_token.unwrap()] {
            assert!(token.len() < 2_048, "{}", token.len());
        }
    }
}

async fn rfc_8693_who_calls_for_a_person_sees_what_they_may_there(app: TestApp) {
    let shop = shop(&app, json!({})).await;
    app.entitle(ADA, &[role(TASKS, "reader"), role("shop", "buyer"), group("staff")], &[]).await;
    let scope = "openid tasks:read roles";
    let subject = tokens(&app, &shop, &[("scope", scope), ("resource", &app.issuer)]).await;
    let exchange = [
        ("grant_type", EXCHANGE),
        ("subject_token", subject.access_token.as_str()),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("resource", TASKS),
    ];
    let answer = shop.post("/token", &exchange).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(of_token(&token), json!({"roles": ["reader"]}));
}
