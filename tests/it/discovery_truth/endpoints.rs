//! The issuer, the endpoints that everything needs, and the links for people.

use serde_json::json;

use super::world::{ADA, World};
use crate::support::client::claims_of;

pub async fn issuer(world: &World) {
    assert_eq!(world.document["issuer"], world.app.issuer);
    let client = world.register(json!({})).await;
    let id_token = world.tokens(&client, &[]).await.id_token.unwrap();
    assert_eq!(claims_of(&id_token)["iss"], world.document["issuer"]);
}

pub async fn authorization(world: &World) {
    let url = world.app.url(&world.path("authorization_endpoint"));
    let client = world.register(json!({})).await;
    assert!(client.authorization_url(&[]).starts_with(&format!("{url}?")));
    assert!(!world.respond(&client, &[]).await.get("code").is_empty());
    // Nobody's request ends on a page of ours
    assert_eq!(world.app.browser().open(&url).await.page().status, 400);
}

pub async fn token(world: &World) {
    assert_eq!(world.path("token_endpoint"), "/token", "where apps of the walk redeem their codes");
    let client = world.register(json!({})).await;
    let code = world.respond(&client, &[]).await;
    assert_eq!(client.redeem(code.get("code")).await.status, 200);
    assert_eq!(client.redeem("x").await.error(), (400, "invalid_grant".into()));
}

pub async fn jwks_uri(world: &World) {
    let set = world.app.get(&world.path("jwks_uri")).await.json();
    let client = world.register(json!({})).await;
    let id_token = world.tokens(&client, &[]).await.id_token.unwrap();
    let kid = &crate::support::client::header_of(&id_token)["kid"];
    let keys = set["keys"].as_array().unwrap();
    assert_eq!(keys.iter().filter(|key| key["kid"] == *kid && key["use"] == "sig").count(), 1);
    for key in keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key.get(private).is_none(), "{private}");
        }
    }
}

pub async fn userinfo(world: &World) {
    let url = world.app.url(&world.path("userinfo_endpoint"));
    let client = world.register(json!({})).await;
    let token = world.tokens(&client, &[]).await.access_token;
    let (get, post) = (world.app.http.get(&url), world.app.http.post(&url));
    let form = world.app.http.post(&url).form(&[("access_token", &token)]);
    for request in [get.bearer_auth(&token), post.bearer_auth(&token), form] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let told: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(told["email"], ADA);
    }
    assert_eq!(world.app.http.get(&url).send().await.unwrap().status(), 401);
}

pub async fn introspection(world: &World) {
    let client = world.register(json!({})).await;
    let path = world.path("introspection_endpoint");
    let token = world.tokens(&client, &[]).await.access_token;
    let told = client.post(&path, &[("token", &token)]).await;
    assert_eq!((told.status, &told.json()["active"]), (200, &json!(true)));
    let told = client.post(&path, &[("token", "x")]).await;
    assert_eq!((told.status, told.json()), (200, json!({"active": false})));
}

pub async fn revocation(world: &World) {
    let client = world.register(json!({})).await;
    let token = world.tokens(&client, &[]).await.access_token;
    assert_eq!(world.app.userinfo(&token).await.0, 200);
    let path = world.path("revocation_endpoint");
    assert_eq!(client.post(&path, &[("token", &token)]).await.status, 200);
    assert_eq!(world.app.userinfo(&token).await.0, 401);
}

pub async fn op_policy_uri(world: &World) {
    is_linked(world, "op_policy_uri").await;
}

pub async fn op_tos_uri(world: &World) {
    is_linked(world, "op_tos_uri").await;
}

/// The document tells what people find under every page.
async fn is_linked(world: &World, member: &str) {
    let url = world.document[member].as_str().unwrap();
    let client = world.register(json!({})).await;
    let page = world.app.browser().open(&client.authorization_url(&[])).await.page();
    assert!(page.body.contains(&format!("href=\"{url}\"")), "{member}: {}", page.body);
}
