//! Refreshing: RFC 6749 section 6, RFC 9700 section 4.14, pain 1.

use std::rc::Rc;

use super::*;
use crate::model::{EndReason, Timestamp};

super::on_both!(
    ref_01_and_ref_02_an_old_token_ends_its_family,
    ref_03_and_pain_1_parallel_refreshes_get_the_same_successor,
);

const OFFLINE: &str = "openid offline_access";

async fn ref_01_and_ref_02_an_old_token_ends_its_family(store: TestStore) {
    let world = World::on(store).await;
    let first = world.tokens(OFFLINE).await.text("refresh_token");
    let second = world.refresh("app", &first).await.text("refresh_token");
    let third = world.refresh("app", &second).await;
    assert_eq!(third.status, 200, "{}", third.json());
    // A late tab harms nobody
    assert_eq!(world.refresh("app", &first).await.error(), (400, "invalid_grant".into()));
    assert_eq!(world.userinfo(&third.text("access_token")).await.status, 200);
    world.clock.advance(61);
    assert_eq!(world.refresh("app", &first).await.error(), (400, "invalid_grant".into()));
    assert_eq!(world.userinfo(&third.text("access_token")).await.status, 401);
    let newest = world.refresh("app", &third.text("refresh_token")).await;
    assert_eq!(newest.error(), (400, "invalid_grant".into()));
    assert_eq!(world.events("refresh_reuse").await, 1);
}

async fn ref_03_and_pain_1_parallel_refreshes_get_the_same_successor(store: TestStore) {
    let world = Rc::new(World::on(store).await);
    let token = world.tokens(OFFLINE).await.text("refresh_token");
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let (world, token) = (world.clone(), token.clone());
            actix_web::rt::spawn(async move { world.refresh("app", &token).await })
        })
        .collect();
    let mut successors = Vec::new();
    for answer in tries {
        let answer = answer.await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.json());
        successors.push(answer.text("refresh_token"));
    }
    successors.dedup();
    assert_eq!(successors.len(), 1);
    // A dropped answer can be asked for again ten minutes later
    world.clock.advance(600);
    assert_eq!(world.refresh("app", &token).await.text("refresh_token"), successors[0]);
}

#[actix_web::test]
async fn ref_04_another_clients_refresh_token_is_nothing_and_stays_good() {
    let world = World::new().await;
    let public = json!({"token_endpoint_auth_method": "none"});
    world.register("public", public).await;
    let token = world.tokens(OFFLINE).await.text("refresh_token");
    assert_eq!(world.refresh("other", &token).await.error(), (400, "invalid_grant".into()));
    let form =
        [("grant_type", "refresh_token"), ("refresh_token", &token), ("client_id", "public")];
    let answer = world.call(plain_form("/token", &form)).await;
    assert_eq!(answer.error(), (400, "invalid_grant".into()));
    assert_eq!(world.refresh("app", &token).await.status, 200);
}

#[actix_web::test]
async fn ref_05_scope_never_grows_and_the_token_stays_unused() {
    let world = World::new().await;
    let token = world.tokens("openid").await.text("refresh_token");
    let asked = |scope| {
        [("grant_type", "refresh_token"), ("refresh_token", token.as_str()), ("scope", scope)]
    };
    let grown = world.post("/token", "app", &asked("openid email offline_access")).await;
    assert_eq!(grown.error(), (400, "invalid_scope".into()));
    let same = world.post("/token", "app", &asked("openid")).await;
    assert_eq!((same.status, same.text("scope")), (200, "openid".into()));
    assert_ne!(same.text("id_token"), "");
}

#[actix_web::test]
async fn ref_06_a_family_has_an_absolute_end() {
    let world = World::new().await;
    let mut token = world.tokens(OFFLINE).await.text("refresh_token");
    for day in 1..=30 {
        world.clock.advance(86_400);
        let answer = world.refresh("app", &token).await;
        if day < 30 {
            assert_eq!(answer.status, 200, "{day}: {}", answer.json());
            token = answer.text("refresh_token");
        } else {
            assert_eq!(answer.error(), (400, "invalid_grant".into()));
        }
    }
}

#[actix_web::test]
async fn ref_07_what_ends_a_refresh_token() {
    for (change, online, offline) in
        [("signed out", 400, 200), ("disabled", 400, 400), ("withdrawn", 400, 400)]
    {
        let world = World::new().await;
        let bound = world.tokens("openid").await.text("refresh_token");
        let lasting = world.tokens(OFFLINE).await.text("refresh_token");
        let (user, session_id, now) = (world.user.clone(), world.session.id, world.app.now());
        world.write(move |db| end(change, &user, session_id, now, db)).await;
        assert_eq!(world.refresh("app", &bound).await.status, online, "{change}");
        assert_eq!(world.refresh("app", &lasting).await.status, offline, "{change}");
    }
}

fn end(
    change: &str,
    user: &User,
    session_id: SessionId,
    now: Timestamp,
    db: &mut store::Db,
) -> Result<(), store::StoreError> {
    match change {
        "signed out" => {
            store::sessions::end(db, session_id, EndReason::SignedOut, now)?;
        }
        "disabled" => {
            store::users::update(db, &User { disabled_at: Some(now), ..user.clone() })?;
        }
        _ => {
            let client = ClientId::parse("app").unwrap();
            store::grants::end_of_user(db, user.id, Some(&client), EndReason::Withdrawn, now)?;
        }
    }
    Ok(())
}

#[actix_web::test]
async fn ref_08_a_scope_taken_from_the_client_is_dropped() {
    let world = World::new().await;
    let token = world.tokens("openid api:read").await.text("refresh_token");
    let id = ClientId::parse("app").unwrap();
    world
        .write(move |db| {
            let mut client = store::clients::find(db, &id)?.unwrap();
            client.metadata.scope = Scopes::parse("openid").unwrap();
            store::clients::update(db, &client)
        })
        .await;
    world.until_seen().await;
    assert_eq!(world.refresh("app", &token).await.text("scope"), "openid");
}
