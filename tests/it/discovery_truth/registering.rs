//! Dynamic registration, where the document names its endpoint.

use reqwest::Method;
use serde_json::json;

use super::world::World;
use crate::register::ask;

pub async fn registration_endpoint(world: &World) {
    let answer = world.try_register(&json!({"client_name": "Itself"})).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let registered = answer.json();
    let url = registered["registration_client_uri"].as_str().unwrap();
    let token = registered["registration_access_token"].as_str();
    let shown = ask(&world.app, Method::GET, url, token, None).await;
    assert_eq!((shown.status, &shown.json()["client_name"]), (200, &json!("Itself")));
    // Without an invitation too: the mode is open
    let members = json!({"redirect_uris": ["https://stranger.example/cb"]});
    let path = world.app.url(&world.path("registration_endpoint"));
    assert_eq!(ask(&world.app, Method::POST, &path, None, Some(&members)).await.status, 201);
}
