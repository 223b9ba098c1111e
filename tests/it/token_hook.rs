//! A deployment's own word in what tokens say: in Rust, by the example of tenants, and by an HTTPS call.

use hatcheck::http::Extensions;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::client::claims_of;
use crate::support::peer::{Peer, REACHING_PEERS};
use crate::support::*;
use crate::tenants_example::Tenants;

const ADA: &str = "ada@example.org";
const SECRET: &str = "a secret of at least thirty-two characters";

/// A server that asks a service, and the service.
struct World {
    app: TestApp,
    service: Peer,
    notes: TestClient,
}

async fn world(backend: Backend) -> World {
    let service = Peer::start().await;
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    // It is read at each call, and outlives the test
    let file = folder.keep().join("secret").display().to_string();
    let url = service.url("/tokens");
    let mut settings = vec![
        ("HATCHECK_TOKEN_HOOK__URL", url.as_str()),
        ("HATCHECK_TOKEN_HOOK__SECRET_FILE", &file),
    ];
    settings.extend(REACHING_PEERS);
    let app = TestApp::start_with(backend, &settings).await;
    let notes = app.client("notes").await;
    World { app, service, notes }
}

impl World {
    fn says(&self, answer: &Value) {
        self.service.publish("/tokens", answer);
    }

    async fn code(&self) -> String {
        self.app.authorize(&mut self.app.browser(), &self.notes, ADA, &[]).await
    }
}

on_both!(
    world;
    what_the_service_adds_is_in_tokens_and_told_of_opaque_ones,
    the_service_knows_who_asks_and_what_about,
    who_is_refused_has_lost_nothing,
    while_the_service_gives_no_clear_answer_nobody_gets_tokens,
    what_the_protocol_says_stays_as_it_is,
    clients_that_act_for_themselves_and_tokens_of_the_front_channel_are_asked_about,
);

async fn what_the_service_adds_is_in_tokens_and_told_of_opaque_ones(world: World) {
    world.says(
        &json!({"access_token": {"tenant": "red"}, "id_token": {"tier": 2, "name": "A. L."}}),
    );
    let tokens = world.notes.redeem(&world.code().await).await.tokens();
    assert_eq!(claims_of(&tokens.access_token)["tenant"], json!("red"));
    let id_token = claims_of(tokens.id_token.as_ref().unwrap());
    assert_eq!((&id_token["tier"], &id_token["name"]), (&json!(2), &json!("A. L.")));
    assert!(!id_token.contains_key("tenant"));
    world.says(&json!({"access_token": {"tenant": "blue"}}));
    let refreshed = world.notes.refresh(tokens.refresh_token.as_ref().unwrap()).await.tokens();
    assert_eq!(claims_of(&refreshed.access_token)["tenant"], json!("blue"));
    let facts = world.notes.post("/introspect", &[("token", &refreshed.access_token)]).await.json();
    assert_eq!((&facts["active"], &facts["tenant"]), (&json!(true), &json!("blue")));
    let opaque = world.app.add_client("opaque", json!({"access_token_format": "opaque"})).await;
    let code = world.app.authorize(&mut world.app.browser(), &opaque, ADA, &[]).await;
    let token = opaque.redeem(&code).await.tokens().access_token;
    let facts = opaque.post("/introspect", &[("token", &token)]).await.json();
    assert_eq!(facts["tenant"], json!("blue"), "{facts}");
}

async fn the_service_knows_who_asks_and_what_about(world: World) {
    world.says(&json!({}));
    world.notes.redeem(&world.code().await).await.tokens();
    let asked: Value = serde_json::from_str(&world.service.bodies("/tokens")[0]).unwrap();
    let ada = world.app.person(ADA).await;
    let user = json!({"sub": ada.id, "email": ADA, "email_verified": ada.email_verified, "name": ada.name});
    assert_eq!(
        (&asked["client_id"], &asked["grant_type"], &asked["user"], &asked["acr"]),
        (&json!("notes"), &json!("authorization_code"), &user, &json!("urn:hatcheck:acr:1fa"))
    );
    assert_eq!(asked["audience"], json!([world.app.issuer, "notes"]));
    assert_eq!(world.service.authorizations("/tokens"), [format!("Bearer {SECRET}")]);
}

async fn who_is_refused_has_lost_nothing(world: World) {
    let code = world.code().await;
    world.service.answer_with(
        "/tokens",
        403,
        "application/json",
        r#"{"reason": "not on\u0007 Sundays"}"#,
    );
    let refused = world.notes.redeem(&code).await;
    assert_eq!(refused.error(), (400, "access_denied".to_owned()));
    assert!(
        refused.json()["error_description"].as_str().unwrap().contains("not on Sundays"),
        "{:?}",
        refused.json()
    );
    world.says(&json!({}));
    let tokens = world.notes.redeem(&code).await.tokens();
    world.service.answer_with("/tokens", 403, "text/plain", "no");
    let old = tokens.refresh_token.unwrap();
    assert_eq!(world.notes.refresh(&old).await.error(), (400, "access_denied".to_owned()));
    world.says(&json!({}));
    assert_eq!(world.notes.refresh(&old).await.status, 200);
}

async fn while_the_service_gives_no_clear_answer_nobody_gets_tokens(world: World) {
    let code = world.code().await;
    let long = json!({"access_token": {"x": "x".repeat(70_000)}}).to_string();
    for (status, body) in [
        (500, ""),
        (200, ""),
        (200, "[]"),
        (200, r#"{"access_token": 1}"#),
        (302, ""),
        (404, "{}"),
        (200, &long),
    ] {
        world.service.answer_with("/tokens", status, "application/json", body);
        let answer = world.notes.redeem(&code).await;
        assert_eq!(answer.error(), (503, "temporarily_unavailable".to_owned()), "{status} {body}");
    }
    world.says(&json!({"access_token": {"x": "x".repeat(5_000)}}));
    assert_eq!(world.notes.redeem(&code).await.status, 500, "tokens would be too large");
    world.says(&json!({}));
    assert_eq!(world.notes.redeem(&code).await.status, 200, "the code was not spent");
}

async fn what_the_protocol_says_stays_as_it_is(world: World) {
    let evil = json!({
        "iss": "https://eve.example", "sub": "eve", "aud": "eve", "exp": 1, "scope": "admin", "acr": "x",
        "gid": "x", "tid": "x", "sid": "x", "roles": ["admin"], "groups": ["admin"], "client_id": "eve", "nonce": "x",
        "fine": true,
    });
    world.says(&json!({"access_token": evil, "id_token": evil}));
    let tokens = world.notes.redeem(&world.code().await).await.tokens();
    for token in [&tokens.access_token, tokens.id_token.as_ref().unwrap()] {
        let claims = claims_of(token);
        assert_eq!((&claims["iss"], &claims["fine"]), (&json!(world.app.issuer), &json!(true)));
        for (name, value) in evil.as_object().unwrap() {
            assert!(name == "fine" || claims.get(name) != Some(value), "{name}");
        }
    }
    assert_eq!(world.app.userinfo(&tokens.access_token).await.0, 200);
}

async fn clients_that_act_for_themselves_and_tokens_of_the_front_channel_are_asked_about(
    world: World,
) {
    world.says(&json!({"access_token": {"tenant": "red"}, "id_token": {"tenant": "red"}}));
    let robot = world
        .app
        .add_client("robot", json!({"grant_types": ["client_credentials"], "scope": ""}))
        .await;
    let token =
        robot.post("/token", &[("grant_type", "client_credentials")]).await.tokens().access_token;
    assert_eq!(claims_of(&token)["tenant"], json!("red"));
    let asked: Value =
        serde_json::from_str(world.service.bodies("/tokens").last().unwrap()).unwrap();
    assert_eq!(
        (&asked["user"], &asked["grant_type"]),
        (&Value::Null, &json!("client_credentials"))
    );
    let page = world
        .app
        .add_openid_client("page", json!({"response_types": ["code", "id_token token"]}))
        .await;
    let url = page.authorization_url(&[
        ("response_type", "id_token token"),
        ("scope", "openid"),
        ("code_challenge", ""),
        ("code_challenge_method", ""),
    ]);
    let response = world.app.respond(&mut world.app.browser(), &url, ADA).await;
    for name in ["access_token", "id_token"] {
        assert_eq!(claims_of(response.get(name))["tenant"], json!("red"), "{name}");
    }
    world.service.answer_with("/tokens", 403, "application/json", "{}");
    let refused = world.app.respond(&mut world.app.browser(), &url, ADA).await;
    assert_eq!(refused.get("error"), "access_denied");
}

#[actix_web::test]
async fn a_hook_in_rust_adds_and_refuses() {
    let tenants = Tenants(vec![("example.org".to_owned(), "red".to_owned())]);
    let extensions = Extensions::default().token_hook(tenants);
    let app = TestApp::start_extended(Backend::Sqlite, &[], extensions).await;
    app.add_user("eve@eve.example", "Eve", None).await;
    let notes = app.client("notes").await;
    let code = app.authorize(&mut app.browser(), &notes, ADA, &[]).await;
    let tokens = notes.redeem(&code).await.tokens();
    for token in [&tokens.access_token, tokens.id_token.as_ref().unwrap()] {
        assert_eq!(claims_of(token)["tenant"], json!("red"));
    }
    let code = app.authorize(&mut app.browser(), &notes, "eve@eve.example", &[]).await;
    assert_eq!(notes.redeem(&code).await.error(), (400, "access_denied".to_owned()));
}
