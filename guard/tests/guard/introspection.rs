//! Tokens that must be revocable at once, and opaque ones: RFC 7662.

use std::time::Duration;

use hatcheck_guard::{Guard, Introspection, Refusal};
use serde_json::json;

use crate::support::Scene;
use crate::support::issuer::Mood;

fn asking(scene: &Scene, keep: u64) -> Guard {
    let introspection = Introspection::new("notes", "se cret").keep(Duration::from_secs(keep));
    scene.builder().introspection(introspection).build().unwrap()
}

#[tokio::test]
async fn rfc_7662_a_revoked_token_is_refused_at_once() {
    let scene = Scene::new().await;
    let guard = asking(&scene, 0);
    let token = scene.token();
    scene.issuer.set(|state| state.active.insert(token.clone(), json!({"active": true})));
    assert_eq!(guard.check(&token).await.unwrap().subject, "ada");
    scene.issuer.set(|state| state.active.clear());
    assert_eq!(guard.check(&token).await, Err(Refusal::Inactive));
    assert_eq!(scene.issuer.asked("/introspect"), 2);
}

#[tokio::test]
async fn an_answer_is_believed_for_its_time_and_no_longer() {
    let scene = Scene::new().await;
    let guard = asking(&scene, 5);
    let token = scene.token();
    scene.issuer.set(|state| state.active.insert(token.clone(), json!({"active": true})));
    for _ in 0..10 {
        guard.check(&token).await.unwrap();
    }
    scene.issuer.set(|state| state.active.clear());
    scene.later(4);
    guard.check(&token).await.unwrap();
    assert_eq!(scene.issuer.asked("/introspect"), 1);
    scene.later(1);
    assert_eq!(guard.check(&token).await, Err(Refusal::Inactive));
}

#[tokio::test]
async fn what_the_keys_refuse_is_never_asked_about() {
    let scene = Scene::new().await;
    let guard = asking(&scene, 5);
    let forged = scene.token_with(&json!({"aud": "photos"}));
    assert_eq!(guard.check(&forged).await, Err(Refusal::Audience));
    assert_eq!(scene.issuer.asked("/introspect"), 0);
}

#[tokio::test]
async fn an_opaque_token_is_what_the_issuer_says_of_it() {
    let scene = Scene::new().await;
    let guard = asking(&scene, 5);
    let until = scene.now() + 900;
    let facts = json!({
        "active": true, "sub": "ada", "aud": "notes", "client_id": "app", "scope": "notes:read", "exp": until,
    });
    let with = |name: &str, value| {
        let mut facts = facts.clone();
        facts[name] = value;
        facts
    };
    scene.issuer.set(|state| {
        state.active.insert("opaque".to_owned(), facts.clone());
        state.active.insert("other".to_owned(), with("aud", json!("photos")));
        state.active.insert("stolen".to_owned(), with("iss", json!("https://eve.example")));
        state.active.insert("old".to_owned(), with("exp", json!(until - 1_000)));
        state.active.insert("nobody".to_owned(), with("sub", json!(null)));
    });
    let identity = guard.check("opaque").await.unwrap();
    assert_eq!((identity.subject.as_str(), identity.expires_at), ("ada", until));
    assert!(identity.has_scope("notes:read") && identity.token_id.len() == 43);
    for (token, refusal) in [
        ("other", Refusal::Audience),
        ("stolen", Refusal::Issuer),
        ("old", Refusal::Expired { ago: 100 }),
        ("nobody", Refusal::Claim("sub")),
        ("unknown", Refusal::Inactive),
    ] {
        assert_eq!(guard.check(token).await, Err(refusal), "{token}");
    }
    scene.later(960);
    assert_eq!(guard.check("opaque").await, Err(Refusal::Expired { ago: 60 }));
    let without = scene.guard().check("opaque").await;
    assert!(matches!(without, Err(Refusal::Malformed(_))), "{without:?}");
}

#[tokio::test]
async fn an_issuer_that_can_not_be_asked_lets_nobody_in() {
    let scene = Scene::new().await;
    let guard = asking(&scene, 5);
    let token = scene.token();
    let facts = json!({"active": true});
    scene.issuer.set(|state| state.active.insert(token.clone(), facts));
    guard.check(&token).await.unwrap();
    scene.later(5);
    for mood in [Mood::Away, Mood::Talkative, Mood::Elsewhere] {
        scene.issuer.set(|state| state.mood = mood);
        assert_eq!(guard.check(&token).await, Err(Refusal::Unavailable), "{mood:?}");
    }
    scene.issuer.set(|state| state.mood = Mood::Well);
    guard.check(&token).await.unwrap();
    let wrong = Introspection::new("notes", "another secret");
    let guard = scene.builder().introspection(wrong).build().unwrap();
    assert_eq!(guard.check(&token).await, Err(Refusal::Unavailable));
}
