//! Codes: RFC 6749 section 4.1.3, RFC 7636, RFC 9700 section 2.1.1.

use std::rc::Rc;

use super::*;
use crate::model::EndReason;

super::on_both!(
    cod_01_a_replayed_code_ends_what_it_gave,
    cod_02_of_fifty_redemptions_one_wins,
    pkc_05_a_wrong_verifier_burns_the_code,
);

async fn cod_01_a_replayed_code_ends_what_it_gave(store: TestStore) {
    let world = World::on(store).await;
    let code = world.code("app", "openid offline_access");
    let first = world.redeem("app", &code).await;
    assert_eq!(first.status, 200, "{}", first.json());
    assert_eq!(first.header("cache-control"), Some("no-store"));
    assert_eq!(world.userinfo(&first.text("access_token")).await.status, 200);
    for _ in 0..2 {
        assert_eq!(world.redeem("app", &code).await.error(), (400, "invalid_grant".into()));
    }
    let userinfo = world.userinfo(&first.text("access_token")).await;
    assert_eq!(userinfo.error(), (401, "invalid_token".into()));
    let refreshed = world.refresh("app", &first.text("refresh_token")).await;
    assert_eq!(refreshed.error(), (400, "invalid_grant".into()));
    assert_eq!(world.events("code_replay").await, 1);
}

async fn cod_02_of_fifty_redemptions_one_wins(store: TestStore) {
    let world = Rc::new(World::on(store).await);
    let code = world.code("app", "openid");
    let tries: Vec<_> = (0..50)
        .map(|_| {
            let (world, code) = (world.clone(), code.clone());
            actix_web::rt::spawn(async move { world.redeem("app", &code).await.error() })
        })
        .collect();
    let mut won = 0;
    for answer in tries {
        match answer.await.unwrap() {
            (200, _) => won += 1,
            other => assert_eq!(other, (400, "invalid_grant".into())),
        }
    }
    assert_eq!(won, 1);
}

async fn pkc_05_a_wrong_verifier_burns_the_code(store: TestStore) {
    let world = World::on(store).await;
    let code = world.code("app", "openid");
    let mut form = redemption(&code);
    let wrong = "x".repeat(43);
    form[3].1 = &wrong;
    for _ in 0..2 {
        assert_eq!(world.post("/token", "app", &form).await.error().1, "invalid_grant");
    }
    assert_eq!(world.redeem("app", &code).await.error(), (400, "invalid_grant".into()));
    assert_eq!(world.events("code_replay").await, 1);
}

#[actix_web::test]
async fn cod_03_and_pkc_01_and_pkc_02_refused_codes_are_still_good() {
    let world = World::new().await;
    let code = world.code("app", "openid");
    assert_eq!(world.redeem("other", &code).await.error(), (400, "invalid_grant".into()));
    let without_verifier = world.post("/token", "app", &redemption(&code)[..3]).await;
    assert_eq!(without_verifier.error(), (400, "invalid_grant".into()));
    let mut elsewhere = redemption(&code);
    elsewhere[2].1 = "https://rp.example/other";
    assert_eq!(world.post("/token", "app", &elsewhere).await.error().1, "invalid_grant");
    assert_eq!(world.redeem("app", &code).await.status, 200);

    let plain = world.code_with("app", "openid", |code| code.code_challenge = None);
    assert_eq!(world.redeem("app", &plain).await.error(), (400, "invalid_grant".into()));
    assert_eq!(world.post("/token", "app", &redemption(&plain)[..3]).await.status, 200);
    assert_eq!(world.redeem("app", "nonsense").await.error(), (400, "invalid_grant".into()));
    assert_eq!(world.events("code_replay").await, 0);
}

#[actix_web::test]
async fn cod_05_a_code_is_good_for_a_minute_and_its_replay_harmful_after() {
    let world = World::new().await;
    let (late, spent) = (world.code("app", "openid"), world.code("app", "openid"));
    let tokens = world.redeem("app", &spent).await;
    world.clock.advance(61);
    assert_eq!(world.redeem("app", &late).await.error(), (400, "invalid_grant".into()));
    assert_eq!(world.events("code_replay").await, 0);
    assert_eq!(world.redeem("app", &spent).await.error(), (400, "invalid_grant".into()));
    assert_eq!(world.userinfo(&tokens.text("access_token")).await.status, 401);
}

#[actix_web::test]
async fn cod_07_what_changed_since_the_code_was_made_makes_it_void() {
    for change in ["disabled", "signed out", "consent", "password", "client"] {
        let world = World::new().await;
        let code = world.code("app", "openid offline_access");
        world.clock.advance(2);
        let (user, session_id, now) = (world.user.clone(), world.session.id, world.app.now());
        let app = ClientId::parse("app").unwrap();
        let changed = world
            .write(move |db| match change {
                "disabled" => {
                    let user = User { disabled_at: Some(now), ..user.clone() };
                    store::users::update(db, &user)
                }
                "signed out" => store::sessions::end(db, session_id, EndReason::SignedOut, now),
                "consent" => store::consents::withdraw(db, user.id, &app),
                "password" => store::users::set_password(db, user.id, "$argon2id$new", now),
                _ => store::clients::delete(db, &app),
            })
            .await;
        assert!(changed, "{change}");
        let (status, error) = world.redeem("app", &code).await.error();
        let gone = (401, "invalid_client".to_owned());
        let void = (400, "invalid_grant".to_owned());
        assert!((status, error.clone()) == void || (change == "client" && (status, error) == gone));
        let digest = Digest::of(&code);
        let found =
            world.app.read(move |db| store::grants::find_by_code(db, &digest)).await.unwrap();
        assert!(found.is_none(), "{change}");
    }
}

#[actix_web::test]
async fn oidc_core_2_what_the_id_token_says() {
    let world = World::new().await;
    let answer = world.tokens("openid profile").await;
    let keys = world.app.keys().await.unwrap();
    let id_token = keys.verify_own(&answer.text("id_token"), "JWT", world.app.now()).unwrap();
    let claims = &id_token.claims;
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["aud"], "app");
    assert_eq!(claims["sub"], world.user.id.to_string());
    assert_eq!(claims["nonce"], "n-1");
    assert_eq!(claims["sid"], world.session.id.to_string());
    assert_eq!(claims["amr"], json!(["pwd"]));
    assert_eq!(claims["acr"], "urn:hatcheck:acr:1fa");
    assert_eq!(claims["auth_time"], world.session.authentication.time.seconds());
    assert!(claims.contains_key("at_hash"));
    assert!(!claims.contains_key("name"), "only on the client's wish");
    assert_eq!(answer.json()["expires_in"], 900);
    assert_eq!(answer.text("scope"), "openid profile");

    world.register("thin", json!({"claims_in_id_token": true})).await;
    let answer = world.redeem("thin", &world.code("thin", "openid profile email")).await;
    let id_token = keys.verify_own(&answer.text("id_token"), "JWT", world.app.now()).unwrap();
    assert_eq!(id_token.claims["name"], "Ada Lovelace");
    assert_eq!(id_token.claims["email"], "ada@example.org");
}

#[actix_web::test]
async fn a_client_without_the_grant_gets_no_refresh_token_and_no_openid_means_no_id_token() {
    let world = World::new().await;
    world.register("once", json!({"grant_types": ["authorization_code"]})).await;
    let answer = world.redeem("once", &world.code("once", "openid")).await;
    assert_eq!((answer.status, answer.text("refresh_token")), (200, String::new()));
    let answer = world.tokens("api:read").await;
    assert_eq!(answer.text("id_token"), "");
    assert_eq!(answer.text("refresh_token").len(), 70);
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let refused = world.post("/token", "once", &form).await;
    assert_eq!(refused.error(), (400, "unauthorized_client".into()));
    let refused = world.post("/token", "app", &[("grant_type", "password")]).await;
    assert_eq!(refused.error(), (400, "unsupported_grant_type".into()));
    let refused = world.post("/token", "app", &[("code", "x")]).await;
    assert_eq!(refused.error(), (400, "invalid_request".into()));
}
