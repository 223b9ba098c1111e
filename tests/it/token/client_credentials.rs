//! `grant_type=client_credentials`: RFC 6749 section 4.4.

use serde_json::{Value, json};

use crate::both;
use crate::support::client::{claims_of, header_of};
use crate::support::*;

/// A client that acts for itself.
async fn robot(app: &TestApp, id: &str, more: Value) -> TestClient {
    let mut members = json!({
        "grant_types": ["client_credentials"], "response_types": [], "redirect_uris": [],
        "post_logout_redirect_uris": [], "scope": "ssf.manage ssf.read"
    });
    for (name, value) in more.as_object().unwrap() {
        members[name] = value.clone();
    }
    app.add_client(id, members).await
}

async fn ask(client: &TestClient, more: &[(&str, &str)]) -> Answer {
    let fields = [&[("grant_type", "client_credentials")], more].concat();
    client.post("/token", &fields).await
}

both! {
    async fn rfc_6749_4_4_a_client_gets_a_token_for_itself_and_nothing_else(app: TestApp) {
        let robot = robot(&app, "robot", json!({})).await;
        let answer = ask(&robot, &[("scope", "ssf.read")]).await;
        let tokens = answer.tokens();
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!((answer.json()["token_type"].as_str(), tokens.scope.as_str()), (Some("Bearer"), "ssf.read"));
        assert!(tokens.id_token.is_none() && tokens.refresh_token.is_none());
        let claims = claims_of(&tokens.access_token);
        assert_eq!(header_of(&tokens.access_token)["typ"], "at+jwt");
        assert_eq!((&claims["sub"], &claims["client_id"]), (&json!("robot"), &json!("robot")));
        assert!(claims.get("auth_time").is_none() && claims.get("gid").is_none());
        assert_eq!(ask(&robot, &[]).await.tokens().scope, "ssf.manage ssf.read");
        assert_eq!(app.userinfo(&tokens.access_token).await.0, 403, "there is nobody to tell of");
    }

    async fn tok_03_its_token_is_introspected_and_revoked_by_itself_alone(app: TestApp) {
        let robot = robot(&app, "robot", json!({"access_token_format": "jwt"})).await;
        let opaque = self::robot(&app, "opaque", json!({"access_token_format": "opaque"})).await;
        let notes = app.client("notes").await;
        for client in [robot, opaque] {
            let token = ask(&client, &[]).await.tokens().access_token;
            let form = [("token", token.as_str())];
            let told = client.post("/introspect", &form).await.json();
            assert_eq!((&told["active"], &told["sub"]), (&json!(true), &json!(client.id)));
            assert_eq!(notes.post("/introspect", &form).await.json(), json!({"active": false}));
            assert_eq!(notes.post("/revoke", &form).await.status, 200);
            assert_eq!(client.post("/introspect", &form).await.json()["active"], true);
            let other = ask(&client, &[]).await.tokens().access_token;
            for _ in 0..2 {
                assert_eq!(client.post("/revoke", &form).await.status, 200);
            }
            assert_eq!(client.post("/introspect", &form).await.json(), json!({"active": false}));
            let told = client.post("/introspect", &[("token", &other)]).await.json();
            assert_eq!(told["active"], true, "only the one that was revoked");
            app.later(901);
            let told = client.post("/introspect", &[("token", &other)]).await.json();
            assert_eq!(told, json!({"active": false}));
        }
        assert_eq!(app.events().await.iter().filter(|kind| **kind == "token_revoked").count(), 2);
    }

    async fn rfc_6749_4_4_2_who_may_not_act_for_itself_is_refused(app: TestApp) {
        let robot = robot(&app, "robot", json!({})).await;
        for (scope, error) in [("openid", "invalid_scope"), ("ssf.read email", "invalid_scope"), ("other", "invalid_scope")] {
            assert_eq!(ask(&robot, &[("scope", scope)]).await.error(), (400, error.into()), "{scope}");
        }
        let unknown = ask(&robot, &[("resource", "https://unknown.example")]).await;
        assert_eq!(unknown.error(), (400, "invalid_target".into()));
        let notes = app.client("notes").await;
        assert_eq!(ask(&notes, &[]).await.error(), (400, "unauthorized_client".into()));
        let wrong = robot.send("/token", Some(("robot", "wrong")), &[("grant_type", "client_credentials")]).await;
        assert_eq!(wrong.error(), (401, "invalid_client".into()));
        let code = [("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", "https://rp.example/cb")];
        assert_eq!(robot.post("/token", &code).await.error(), (400, "unauthorized_client".into()));
    }
}
