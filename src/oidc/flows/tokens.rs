//! What is told about tokens, and their end: userinfo, introspection, revocation.

use super::*;

#[actix_web::test]
async fn oidc_core_5_3_userinfo_tells_what_the_scopes_give() {
    let world = World::new().await;
    let token = world.tokens("openid email").await.text("access_token");
    let answer = world.userinfo(&token).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let expected = json!({
        "sub": world.user.id, "email": "ada@example.org", "email_verified": true,
    });
    assert_eq!(answer.json(), expected);
    let form = world.call(plain_form("/userinfo", &[("access_token", &token)])).await;
    assert_eq!(form.json(), expected);
    let nothing = world.call(TestRequest::get().uri("/userinfo")).await;
    let challenge = nothing.header("www-authenticate").unwrap();
    assert!(
        challenge.starts_with("Bearer realm=\"hatcheck\", resource_metadata=\""),
        "{challenge}"
    );
    assert!(!challenge.contains("error"), "{challenge}");
    world.clock.advance(900);
    let expired = world.userinfo(&token).await;
    assert_eq!(expired.error(), (401, "invalid_token".into()));
    assert!(expired.header("www-authenticate").unwrap().contains("error=\"invalid_token\""));
}

#[actix_web::test]
async fn a_token_that_is_remembered_still_ends_with_its_grant_and_its_time() {
    let world = World::new().await;
    let server = actix_web::App::new().app_data(web::Data::new(world.app.clone()));
    let server = init_service(server.configure(super::super::routes)).await;
    let asked = |token: &str| {
        let request = TestRequest::get().uri("/userinfo");
        request.insert_header(("Authorization", format!("Bearer {token}"))).to_request()
    };
    let (first, second) = (world.tokens("openid").await, world.tokens("openid").await);
    for (tokens, how) in [(&first, "revoked"), (&second, "expired")] {
        let token = tokens.text("access_token");
        for _ in 0..2 {
            assert_eq!(call_service(&server, asked(&token)).await.status(), 200);
        }
        if how == "revoked" {
            world.post("/revoke", "app", &[("token", &token)]).await;
        } else {
            world.clock.advance(900);
        }
        assert_eq!(call_service(&server, asked(&token)).await.status(), 401, "{how}");
    }
}

#[actix_web::test]
async fn tok_01_an_id_token_is_no_access_token() {
    let world = World::new().await;
    let id_token = world.tokens("openid").await.text("id_token");
    assert_eq!(world.userinfo(&id_token).await.error(), (401, "invalid_token".into()));
    let told = world.post("/introspect", "app", &[("token", &id_token)]).await;
    assert_eq!(told.json(), json!({"active": false}));
    assert_eq!(world.post("/revoke", "app", &[("token", &id_token)]).await.status, 200);
}

#[actix_web::test]
async fn tok_02_userinfo_wants_the_scope_openid() {
    let world = World::new().await;
    let token = world.tokens("api:read").await.text("access_token");
    let answer = world.userinfo(&token).await;
    assert_eq!(answer.error(), (403, "insufficient_scope".into()));
    assert!(answer.header("www-authenticate").unwrap().contains("scope=\"openid\""));
}

#[actix_web::test]
async fn tok_03_and_tok_06_only_whom_a_token_concerns_learns_of_it_or_ends_it() {
    let world = World::new().await;
    world.register("public", json!({"token_endpoint_auth_method": "none"})).await;
    let tokens = world.tokens("openid offline_access").await;
    for member in ["access_token", "refresh_token"] {
        let token = tokens.text(member);
        let own = world.post("/introspect", "app", &[("token", &token)]).await.json();
        assert_eq!((&own["active"], &own["client_id"]), (&json!(true), &json!("app")), "{member}");
        assert_eq!(own["sub"], world.user.id.to_string());
        let others = world.post("/introspect", "other", &[("token", &token)]).await;
        assert_eq!(others.body, br#"{"active":false}"#, "{member}");
        let anonymous = world.call(plain_form("/introspect", &[("token", &token)])).await;
        assert_eq!(anonymous.error(), (401, "invalid_client".into()));
        let public = [("token", token.as_str()), ("client_id", "public")];
        let public = world.call(plain_form("/introspect", &public)).await;
        assert_eq!(public.error(), (401, "invalid_client".into()));
        assert_eq!(world.post("/revoke", "other", &[("token", &token)]).await.status, 200);
        assert_eq!(world.userinfo(&tokens.text("access_token")).await.status, 200);
    }
    let revoked = world.post("/revoke", "app", &[("token", &tokens.text("refresh_token"))]).await;
    assert_eq!(revoked.status, 200);
    for member in ["access_token", "refresh_token"] {
        let told = world.post("/introspect", "app", &[("token", &tokens.text(member))]).await;
        assert_eq!(told.body, br#"{"active":false}"#, "{member}");
    }
    assert_eq!(world.events("token_revoked").await, 1);
    assert_eq!(world.post("/revoke", "app", &[("token", "unknown")]).await.status, 200);
}

#[actix_web::test]
async fn tok_03_an_old_refresh_token_revokes_its_family_too() {
    let world = World::new().await;
    let first = world.tokens("openid offline_access").await.text("refresh_token");
    let second = world.refresh("app", &first).await.text("refresh_token");
    let third = world.refresh("app", &second).await.text("refresh_token");
    assert_eq!(world.post("/revoke", "app", &[("token", &first)]).await.status, 200);
    assert_eq!(world.refresh("app", &third).await.error(), (400, "invalid_grant".into()));
}
