//! The ways in which authorization requests come: pushed, and as signed and encrypted objects.

use serde_json::{Value, json};

use super::responses::error;
use super::world::World;
use crate::support::{TestClient, jose};

/// An object of this app, signed with this algorithm.
fn signed(world: &World, client: &TestClient, algorithm: &str) -> String {
    let claims = client.object(&world.app, &json!({}));
    world.key(algorithm).sign("oauth-authz-req+jwt", &claims)
}

/// The answer to a request that carries an object is that of the object.
async fn answers(world: &World, client: &TestClient, name: &str, value: &str) {
    let url = client.around_object(&[(name, value)]);
    let response = world.app.respond(&mut world.ada(), &url, super::world::ADA).await;
    assert_eq!(response.get("state"), "inner state", "{response:?}");
    assert!(response.members.contains_key("code"), "{response:?}");
}

/// The error that follows.
async fn refusal(world: &World, client: &TestClient, name: &str, value: &str) -> String {
    world.app.error(&client.around_object(&[(name, value)])).await
}

pub async fn signatures(world: &World) {
    let list = "request_object_signing_alg_values_supported";
    let all = world.values(list);
    for alg in &all {
        let client = world.register(json!({"request_object_signing_alg": alg})).await;
        answers(world, &client, "request", &signed(world, &client, alg)).await;
        let other = all.iter().find(|other| *other != alg).unwrap();
        for object in
            [signed(world, &client, other), jose::unsigned(&client.object(&world.app, &json!({})))]
        {
            let told = refusal(world, &client, "request", &object).await;
            assert_eq!(told, "invalid_request_object", "{alg}");
        }
    }
    let unlisted = ["none", "HS256", "HS384", "HS512", "ES256K", "RS1"];
    world.refuses_to_register("request_object_signing_alg", list, &unlisted, json!({})).await;
}

/// The published key that objects are encrypted to by this algorithm.
async fn key_for(world: &World, alg: &str) -> Value {
    let set = world.app.get(&world.path("jwks_uri")).await.json();
    let kty = if alg.starts_with("RSA") { "RSA" } else { "EC" };
    let keys = set["keys"].as_array().unwrap();
    keys.iter().find(|key| key["use"] == "enc" && key["kty"] == kty).unwrap().clone()
}

async fn encrypted(world: &World, client: &TestClient, alg: &str, enc: &str) -> String {
    jose::encrypt(&signed(world, client, "ES256"), alg, enc, &key_for(world, alg).await)
}

async fn opened(world: &World, alg: &str, enc: &str) {
    let members = json!({
        "request_object_signing_alg": "ES256",
        "request_object_encryption_alg": alg,
        "request_object_encryption_enc": enc,
    });
    let client = world.register(members).await;
    let object = encrypted(world, &client, alg, enc).await;
    answers(world, &client, "request", &object).await;
}

pub async fn algs(world: &World) {
    let list = "request_object_encryption_alg_values_supported";
    for alg in world.values(list) {
        opened(world, &alg, "A256GCM").await;
    }
    let client = world.register(json!({})).await;
    for alg in ["RSA-OAEP", "RSA-OAEP-384", "RSA-OAEP-512"] {
        let object = encrypted(world, &client, alg, "A256GCM").await;
        let told = refusal(world, &client, "request", &object).await;
        assert_eq!(told, "invalid_request_object", "{alg}");
    }
    let unlisted = ["RSA-OAEP", "RSA-OAEP-384", "RSA-OAEP-512", "RSA1_5", "dir", "A256KW"];
    world.refuses_to_register("request_object_encryption_alg", list, &unlisted, json!({})).await;
}

pub async fn encs(world: &World) {
    let list = "request_object_encryption_enc_values_supported";
    for enc in world.values(list) {
        opened(world, "ECDH-ES+A256KW", &enc).await;
    }
    let more = json!({"request_object_encryption_alg": "ECDH-ES"});
    let unlisted = ["none", "A128CTR", "XC20P"];
    world.refuses_to_register("request_object_encryption_enc", list, &unlisted, more).await;
}

pub async fn request_parameter(world: &World) {
    assert_eq!(world.document["request_parameter_supported"], true);
    let client = world.register(json!({})).await;
    answers(world, &client, "request", &signed(world, &client, "RS256")).await;
}

/// Where an app of the walk publishes its object.
fn published(world: &World, client: &TestClient, uri: &str) {
    let path = uri.strip_prefix(&world.peer.base).unwrap();
    world.peer.answer_with(path, 200, "application/jwt", &signed(world, client, "RS256"));
}

pub async fn request_uri_parameter(world: &World) {
    assert_eq!(world.document["request_uri_parameter_supported"], true);
    let uri = world.peer.url("/published");
    let client = world.register(json!({"request_uris": [uri]})).await;
    published(world, &client, &uri);
    answers(world, &client, "request_uri", &uri).await;
}

pub async fn require_request_uri_registration(world: &World) {
    assert_eq!(world.document["require_request_uri_registration"], true);
    let (uri, other) = (world.peer.url("/registered"), world.peer.url("/unregistered"));
    let client = world.register(json!({"request_uris": [uri]})).await;
    published(world, &client, &other);
    assert_eq!(refusal(world, &client, "request_uri", &other).await, "invalid_request_uri");
    assert_eq!(world.peer.hits("/unregistered"), 0);
}

pub async fn pushed_authorization_request_endpoint(world: &World) {
    let client = world.register(json!({})).await;
    assert_eq!(world.path("pushed_authorization_request_endpoint"), "/par");
    let url = client.pushed_url(&client.pushed(&[]).await, &[]);
    let response = world.app.respond(&mut world.ada(), &url, super::world::ADA).await;
    assert_eq!(response.get("state"), "pushed state", "{response:?}");
    let refused = client.push(&[("response_type", "token")]).await;
    assert_eq!(refused.error(), (400, "unsupported_response_type".into()));
}

/// Nobody has to push who did not register so.
pub async fn require_pushed_authorization_requests(world: &World) {
    assert_eq!(world.document["require_pushed_authorization_requests"], false);
    let plain = world.register(json!({})).await;
    assert_eq!(error(world, &plain, &[]).await, "");
    let client = world.register(json!({"require_pushed_authorization_requests": true})).await;
    assert_eq!(error(world, &client, &[]).await, "invalid_request");
    let url = client.pushed_url(&client.pushed(&[]).await, &[]);
    let response = world.app.respond(&mut world.ada(), &url, super::world::ADA).await;
    assert!(response.members.contains_key("code"), "{response:?}");
}
