//! The tower layer and the extractor of axum, over HTTP.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{OriginalUri, Request};
use axum::http::Uri;
use axum::routing::{get, post};
use hatcheck_guard::{Guard, Identity};
use serde_json::{Value, json};

use crate::support::Scene;

async fn start(guard: Guard, seen: Arc<Mutex<String>>) -> String {
    let tell = move |OriginalUri(original): OriginalUri,
                     uri: Uri,
                     identity: Identity,
                     request: Request| {
        *seen.lock().unwrap() = format!("{original} {uri} {request:?}");
        async move { identity.subject.clone() }
    };
    let inner = Router::new()
        .route("/tell", get(tell))
        .route("/write", post(async || "written").layer(guard.scope("notes:write")))
        .layer(guard.rule().token_in_url());
    let app = Router::new()
        .nest("/deep", inner)
        .route(
            "/notes",
            get(async |who: Identity| who.subject.clone()).layer(guard.scope("notes:read")),
        )
        .route("/forgotten", get(async |_: Identity| ""));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    base
}

#[tokio::test]
async fn rfc_6750_section_3_routes_are_open_to_good_tokens_alone() {
    let scene = Scene::new().await;
    let base = start(scene.guard(), Arc::default()).await;
    let http = reqwest::Client::new();
    let notes = || http.get(format!("{base}/notes"));
    let good = notes().bearer_auth(scene.token()).send().await.unwrap();
    assert_eq!((good.status().as_u16(), good.text().await.unwrap().as_str()), (200, "ada"));
    let without = notes().send().await.unwrap();
    assert_eq!(without.status(), 401);
    assert_eq!(
        without.headers()["www-authenticate"],
        "Bearer realm=\"notes\", scope=\"notes:read\""
    );
    let body: Value = serde_json::from_str(&without.text().await.unwrap()).unwrap();
    assert_eq!(body["error"], "missing_token");
    let other = scene.token_with(&json!({"scope": "openid"}));
    assert_eq!(notes().bearer_auth(other).send().await.unwrap().status(), 403);
    let twice = notes().bearer_auth(scene.token()).bearer_auth(scene.token());
    assert_eq!(twice.send().await.unwrap().status(), 400);
    let forgotten = http.get(format!("{base}/forgotten")).bearer_auth(scene.token());
    assert_eq!(forgotten.send().await.unwrap().status(), 500);
}

#[tokio::test]
async fn rfc_6750_section_2_3_a_token_in_the_url_is_seen_by_nobody() {
    let scene = Scene::new().await;
    let seen = Arc::default();
    let base = start(scene.guard(), Arc::clone(&seen)).await;
    let token = scene.token();
    let url = format!("{base}/deep/tell?a=%20b&token={token}&c");
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
    let seen = seen.lock().unwrap().clone();
    assert!(seen.starts_with("/deep/tell?a=%20b&c /tell?a=%20b&c "), "{seen}");
    assert!(!seen.contains(token.rsplit('.').next().unwrap()), "{seen}");
    let refused = reqwest::get(format!("{base}/deep/tell?token=x")).await.unwrap();
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["referrer-policy"]),
        (401, &"no-referrer".parse().unwrap())
    );
}

#[tokio::test]
async fn a_rule_inside_a_rule_asks_for_more_of_the_same_token() {
    let scene = Scene::new().await;
    let base = start(scene.guard(), Arc::default()).await;
    let http = reqwest::Client::new();
    let write = scene.token_with(&json!({"scope": "notes:write"}));
    for (token, status) in [(write, 200), (scene.token(), 403)] {
        let url = format!("{base}/deep/write?token={token}");
        assert_eq!(http.post(url).send().await.unwrap().status(), status);
    }
}
