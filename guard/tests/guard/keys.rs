//! Fetching the issuer's keys, keeping them, and following their changes: RFC 7517, RFC 9111; pain 2 of rotations.

use std::time::{Duration, Instant};

use hatcheck_guard::{Algorithm, Guard, Refusal};
use serde_json::json;

use crate::support::issuer::Mood;
use crate::support::{Scene, SigningKey, TestIssuer, soon};

const DISCOVERY: &str = "/.well-known/openid-configuration";

#[tokio::test]
async fn keys_are_fetched_once_and_kept_as_long_as_the_issuer_says() {
    let scene = Scene::new().await;
    let guard = scene.guard();
    for _ in 0..20 {
        assert_eq!(guard.check(&scene.token()).await.unwrap().subject, "ada");
    }
    let parallel = (0..20).map(|_| {
        tokio::spawn({
            let (guard, token) = (scene.guard(), scene.token());
            async move { guard.clone().check(&token).await.is_ok() }
        })
    });
    for one in parallel {
        assert!(one.await.unwrap());
    }
    assert_eq!(scene.issuer.asked("/jwks"), 21, "one for each guard");
    scene.later(2_699);
    guard.check(&scene.token()).await.unwrap();
    assert_eq!(scene.issuer.asked("/jwks"), 21, "not before its time");
}

#[tokio::test]
async fn many_first_requests_at_once_make_one_fetch() {
    let scene = Scene::new().await;
    let (guard, token) = (scene.guard(), scene.token());
    let all: Vec<_> = (0..50)
        .map(|_| {
            let (guard, token) = (guard.clone(), token.clone());
            tokio::spawn(async move { guard.check(&token).await.is_ok() })
        })
        .collect();
    for one in all {
        assert!(one.await.unwrap());
    }
    assert_eq!((scene.issuer.asked(DISCOVERY), scene.issuer.asked("/jwks")), (1, 1));
}

#[tokio::test]
async fn newer_keys_are_looked_for_ahead_of_time_and_beside_the_request() {
    let scene = Scene::new().await;
    let guard = scene.guard();
    guard.check(&scene.token()).await.unwrap();
    scene.issuer.set(|state| state.mood = Mood::Silent);
    scene.later(2_700);
    let begun = Instant::now();
    guard.check(&scene.token()).await.unwrap();
    guard.check(&scene.token()).await.unwrap();
    assert!(begun.elapsed() < Duration::from_millis(900), "nobody waits");
    scene.issuer.set(|state| state.mood = Mood::Well);
    soon("the keys are asked for", || scene.issuer.asked("/jwks") == 2).await;
    assert_eq!(scene.issuer.asked("/jwks \""), 1, "with their entity tag");
    assert_eq!(scene.issuer.asked(DISCOVERY), 1, "the metadata is fresh still");
}

#[tokio::test]
async fn unchanged_keys_are_kept_for_another_period() {
    let scene = Scene::new().await;
    let guard = scene.guard();
    guard.check(&scene.token()).await.unwrap();
    for round in 2..5 {
        scene.later(3_600);
        guard.check(&scene.token()).await.unwrap();
        assert_eq!(scene.issuer.asked("/jwks"), round, "stale keys are asked for once");
        scene.later(60);
        guard.check(&scene.token()).await.unwrap();
        assert_eq!(scene.issuer.asked("/jwks"), round);
    }
    assert_eq!(scene.issuer.asked("/jwks \""), 3);
}

fn stranger(scene: &Scene, kid: &str) -> String {
    SigningKey::new(Algorithm::ES256, kid).sign(&scene.claims(&json!({})))
}

#[tokio::test]
async fn strangers_with_made_up_kids_cause_one_fetch_in_a_pause() {
    let scene = Scene::new().await;
    let guard = scene.guard();
    guard.check(&scene.token()).await.unwrap();
    for round in 1..4 {
        scene.later(10);
        let all: Vec<_> = (0..20)
            .map(|n| {
                let (guard, token) = (guard.clone(), stranger(&scene, &format!("{round}/{n}")));
                tokio::spawn(async move { guard.check(&token).await })
            })
            .collect();
        for one in all {
            assert_eq!(one.await.unwrap(), Err(Refusal::UnknownKey));
        }
        assert_eq!(scene.issuer.asked("/jwks"), 1 + round);
        guard.check(&scene.token()).await.unwrap();
    }
}

#[tokio::test]
async fn refusals_that_no_newer_key_would_change_ask_nobody() {
    let scene = Scene::new().await;
    let guard = scene.guard();
    guard.check(&scene.token()).await.unwrap();
    scene.later(100);
    let forged = SigningKey::new(Algorithm::ES256, "first").sign(&scene.claims(&json!({})));
    assert_eq!(guard.check(&forged).await, Err(Refusal::Signature));
    let other = SigningKey::new(Algorithm::EdDSA, "first").sign(&scene.claims(&json!({})));
    assert_eq!(guard.check(&other).await, Err(Refusal::Algorithm));
    let unknown = SigningKey::new(Algorithm::ES256, "unknown");
    for (more, refusal) in [
        (json!({"iss": "https://eve.example"}), Refusal::Issuer),
        (json!({"aud": "photos"}), Refusal::Audience),
        (json!({"exp": scene.now() - 100}), Refusal::Expired { ago: 100 }),
    ] {
        assert_eq!(guard.check(&unknown.sign(&scene.claims(&more))).await, Err(refusal));
    }
    assert_eq!(scene.issuer.asked("/jwks"), 1);
}

#[tokio::test]
async fn a_caller_that_leaves_does_not_take_the_fetch_along() {
    let scene = Scene::new().await;
    let guard = scene.guard();
    guard.check(&scene.token()).await.unwrap();
    scene.later(10);
    let next = SigningKey::new(Algorithm::ES256, "second");
    scene.issuer.set(|state| {
        state.keys.push(next.public());
        state.mood = Mood::Silent;
    });
    let leaving = tokio::spawn({
        let (guard, token) = (guard.clone(), stranger(&scene, "made up"));
        async move { guard.check(&token).await }
    });
    soon("it is asked", || scene.issuer.asked("/jwks") == 2).await;
    leaving.abort();
    scene.issuer.set(|state| state.mood = Mood::Well);
    let token = next.sign(&scene.claims(&json!({})));
    guard.check(&token).await.unwrap();
    assert_eq!(scene.issuer.asked("/jwks"), 2);
}

#[tokio::test]
async fn pain_2_a_rotation_that_is_announced_goes_unnoticed() {
    let scene = Scene::new().await;
    let guard = scene.guard();
    let next = SigningKey::new(Algorithm::RS256, "second");
    let begun = scene.now();
    for minute in 0..(72 * 60 / 7) {
        let hours = (scene.now() - begun) / 3_600;
        scene.issuer.set(|state| {
            state.keys = match hours {
                0..12 => vec![scene.key.public()],
                12..60 => vec![scene.key.public(), next.public()],
                _ => vec![next.public()],
            };
        });
        let signer = if hours < 36 { &scene.key } else { &next };
        let token = signer.sign(&scene.claims(&json!({})));
        guard.check(&token).await.unwrap_or_else(|refusal| panic!("step {minute}: {refusal}"));
        scene.later(420);
    }
    assert!(scene.issuer.asked("/jwks") < 110, "{}", scene.issuer.asked("/jwks"));
}

#[tokio::test]
async fn pain_2_even_a_rotation_without_notice_fails_no_request() {
    let scene = Scene::new().await;
    let guard = scene.guard();
    guard.check(&scene.token()).await.unwrap();
    scene.later(60);
    let next = SigningKey::new(Algorithm::ES256, "second");
    scene.issuer.set(|state| state.keys = vec![next.public()]);
    guard.check(&next.sign(&scene.claims(&json!({})))).await.unwrap();
    assert_eq!(guard.check(&scene.token()).await, Err(Refusal::UnknownKey), "the old one is gone");
}

#[tokio::test]
async fn while_the_issuer_is_away_the_keys_at_hand_are_used_for_a_day() {
    let scene = Scene::new().await;
    let guard = scene.guard();
    guard.check(&scene.token()).await.unwrap();
    scene.issuer.set(|state| state.mood = Mood::Away);
    scene.later(3_600);
    for second in 0..30 {
        guard.check(&scene.token()).await.unwrap();
        assert!(scene.issuer.asked("away") <= 1 + second / 10, "one attempt in a pause");
        scene.later(1);
    }
    let unknown = stranger(&scene, "unknown");
    assert_eq!(guard.check(&unknown).await, Err(Refusal::Unavailable), "it may be a newer key");
    scene.later(86_400 - 40);
    guard.check(&scene.token()).await.unwrap();
    scene.later(40);
    assert_eq!(guard.check(&scene.token()).await, Err(Refusal::Unavailable));
    scene.issuer.set(|state| state.mood = Mood::Well);
    scene.later(10);
    guard.check(&scene.token()).await.unwrap();
}

#[tokio::test]
async fn an_app_that_starts_before_its_issuer_works_once_that_is_there() {
    let scene = Scene::new().await;
    let guard = scene.guard();
    scene.issuer.set(|state| state.mood = Mood::Away);
    for _ in 0..5 {
        assert_eq!(guard.check(&scene.token()).await, Err(Refusal::Unavailable));
    }
    assert_eq!(scene.issuer.asked("away"), 1);
    scene.issuer.set(|state| state.mood = Mood::Well);
    scene.later(10);
    guard.check(&scene.token()).await.unwrap();
}

#[tokio::test]
async fn an_issuer_that_says_nothing_holds_nobody_up_for_long() {
    let scene = Scene::new().await;
    let guard = scene.builder().timeout(Duration::from_secs(3)).build().unwrap();
    guard.check(&scene.token()).await.unwrap();
    scene.issuer.set(|state| state.mood = Mood::Silent);
    scene.later(3_601);
    for limit in [Duration::from_secs(2), Duration::from_millis(500)] {
        let begun = Instant::now();
        guard.check(&scene.token()).await.unwrap();
        assert!(begun.elapsed() < limit, "{:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn ssr_answers_of_no_use_change_nothing_and_lead_nowhere() {
    let scene = Scene::new().await;
    let timeout = Duration::from_millis(300);
    let fresh = || scene.builder().timeout(timeout).build().unwrap();
    let knowing = fresh();
    knowing.check(&scene.token()).await.unwrap();
    for mood in [Mood::Talkative, Mood::Endless, Mood::Elsewhere, Mood::Impostor, Mood::Silent] {
        scene.issuer.set(|state| state.mood = mood);
        assert_eq!(fresh().check(&scene.token()).await, Err(Refusal::Unavailable), "{mood:?}");
        scene.later(3_600);
        knowing.check(&scene.token()).await.unwrap_or_else(|refusal| panic!("{mood:?}: {refusal}"));
    }
    assert_eq!(scene.issuer.asked("/elsewhere"), 0);
    scene.issuer.set(|state| (state.mood, state.keys) = (Mood::Well, Vec::new()));
    scene.later(3_600);
    knowing.check(&scene.token()).await.unwrap();
}

#[tokio::test]
async fn keys_that_moved_are_found_again() {
    let scene = Scene::new().await;
    let guard = scene.guard();
    guard.check(&scene.token()).await.unwrap();
    scene.issuer.set(|state| state.jwks_path = "/keys");
    scene.later(2_700);
    guard.check(&scene.token()).await.unwrap();
    soon("the old place is asked", || scene.issuer.asked("/jwks") == 2).await;
    soon("and then the new one", || {
        scene.later(10);
        drop(tokio::spawn({
            let (guard, token) = (guard.clone(), scene.token());
            async move { guard.check(&token).await }
        }));
        scene.issuer.asked("/keys") == 1
    })
    .await;
    guard.check(&scene.token()).await.unwrap();
}

#[tokio::test]
async fn keys_of_another_issuer_are_none_of_ours() {
    let scene = Scene::new().await;
    let other = TestIssuer::start(vec![SigningKey::new(Algorithm::ES256, "first").public()]).await;
    let guard = Guard::builder(&other.url, "notes").build().unwrap();
    assert_eq!(guard.check(&scene.token()).await, Err(Refusal::Issuer));
    assert_eq!(other.asked("/jwks"), 0);
}
