//! Who calls, from where: client authentication, the throttle, and CORS.

use super::*;

#[actix_web::test]
async fn cli_01_a_wrong_proof_is_a_401_and_the_code_stays_unused() {
    use base64::Engine;
    let world = World::new().await;
    let code = world.code("app", "openid");
    let basic = |text: &str| {
        let text = base64::engine::general_purpose::STANDARD.encode(text);
        plain_form("/token", &redemption(&code))
            .insert_header(("Authorization", format!("Basic {text}")))
    };
    let mut named = redemption(&code).to_vec();
    named.push(("client_id", "app"));
    for request in [
        basic("app:wrong"),
        basic("app:"),
        basic("nobody:wrong"),
        plain_form("/token", &redemption(&code)),
        plain_form("/token", &named),
    ] {
        let answer = world.call(request).await;
        assert_eq!(answer.error(), (401, "invalid_client".into()));
        assert!(answer.header("www-authenticate").unwrap().starts_with("Basic"));
    }
    assert_eq!(world.redeem("app", &code).await.status, 200);
}

#[actix_web::test]
async fn lessons_from_clients_a_secret_comes_either_way_when_none_was_registered() {
    let world = World::new().await;
    for (id, method) in [("app", None), ("held", Some("client_secret_basic"))] {
        if let Some(method) = method {
            world.register(id, json!({"token_endpoint_auth_method": method})).await;
        }
        let code = world.code(id, "openid");
        let mut form = redemption(&code).to_vec();
        let secret = format!("{id}-secret");
        form.extend([("client_id", id), ("client_secret", secret.as_str())]);
        let answer = world.call(plain_form("/token", &form)).await;
        if method.is_none() {
            assert_eq!(answer.status, 200);
        } else {
            assert_eq!(answer.error(), (401, "invalid_client".into()));
            let said = answer.text("error_description");
            assert!(said.contains("client_secret_basic") && said.contains("client_secret_post"));
        }
    }
    // client_id beside Basic is no second method; a secret beside it is
    let code = world.code("app", "openid");
    let mut form = redemption(&code).to_vec();
    form.push(("client_id", "app"));
    form.push(("client_secret", "app-secret"));
    assert_eq!(world.post("/token", "app", &form).await.error(), (400, "invalid_request".into()));
    assert_eq!(world.post("/token", "app", &form[..5]).await.status, 200);
}

#[actix_web::test]
async fn cli_07_guessing_a_secret_is_slowed_down_from_there_alone() {
    let world = World::new().await;
    let server = actix_web::App::new().app_data(web::Data::new(world.app.clone()));
    let server = init_service(server.configure(super::super::routes)).await;
    let form = |secret: &str, peer: &str| {
        plain_form(
            "/introspect",
            &[("client_id", "app"), ("client_secret", secret), ("token", "x")],
        )
        .peer_addr(peer.parse().unwrap())
        .to_request()
    };
    let (attacker, owner) = ("192.0.2.1:1000", "198.51.100.1:1000");
    let mut statuses = Vec::new();
    for _ in 0..30 {
        let answer = call_service(&server, form("wrong", attacker)).await;
        let waits = answer.headers().contains_key("retry-after");
        assert_eq!(answer.status() == 429, waits);
        statuses.push(answer.status().as_u16());
    }
    let refused = statuses.iter().filter(|status| **status == 401).count();
    assert_eq!(refused, 20);
    assert_eq!(statuses.last(), Some(&429));
    assert_eq!(call_service(&server, form("app-secret", attacker)).await.status(), 429);
    assert_eq!(call_service(&server, form("app-secret", owner)).await.status(), 200);
    world.clock.advance(61);
    assert_eq!(call_service(&server, form("app-secret", attacker)).await.status(), 200);
}

#[actix_web::test]
async fn pain_16_pages_of_the_clients_own_origins_may_read_answers_and_errors() {
    let world = World::new().await;
    world.register("spa", json!({"token_endpoint_auth_method": "none"})).await;
    let allowed = |answer: &Answer| {
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        answer.header("access-control-allow-origin").map(str::to_owned)
    };
    let own = "https://rp.example";
    for (origin, expected) in [(own, Some(own.to_owned())), ("https://evil.example", None)] {
        let code = world.code("spa", "openid");
        let mut form = redemption(&code).to_vec();
        form.push(("client_id", "spa"));
        let from = |request: TestRequest| request.insert_header(("Origin", origin));
        let answer = world.call(from(plain_form("/token", &form))).await;
        assert_eq!((answer.status, allowed(&answer)), (200, expected.clone()));
        let again = world.call(from(plain_form("/token", &form))).await;
        assert_eq!((again.status, allowed(&again)), (400, expected.clone()));
        let token = answer.text("access_token");
        let bearer = ("Authorization", format!("Bearer {token}"));
        let userinfo = TestRequest::get().uri("/userinfo").insert_header(bearer);
        let ended = world.call(from(userinfo)).await;
        assert_eq!((ended.status, allowed(&ended)), (401, expected.clone()));
        let wrong = world.call(from(basic_form("/introspect", "app", &[]))).await;
        assert_eq!((wrong.status, allowed(&wrong)), (400, expected));
    }
    for path in ["/token", "/userinfo", "/revoke", "/introspect"] {
        let preflight = TestRequest::with_uri(path)
            .method(actix_web::http::Method::OPTIONS)
            .insert_header(("Origin", own))
            .insert_header(("Access-Control-Request-Method", "POST"));
        let answer = world.call(preflight).await;
        assert_eq!((answer.status, allowed(&answer)), (204, Some(own.to_owned())), "{path}");
    }
}

#[actix_web::test]
async fn rfc_6749_3_2_the_token_endpoint_takes_a_posted_form_alone() {
    let world = World::new().await;
    let get = world.call(TestRequest::get().uri("/token")).await;
    assert_eq!((get.error(), get.header("allow")), ((405, "invalid_request".into()), Some("POST")));
    let json = TestRequest::post().uri("/token").set_json(json!({"grant_type": "x"}));
    assert_eq!(world.call(json).await.error(), (415, "invalid_request".into()));
    let query = basic_form("/token?client_secret=app-secret", "app", &[]);
    assert_eq!(world.call(query).await.error(), (400, "invalid_request".into()));
    let doubled = [("grant_type", "refresh_token"), ("grant_type", "refresh_token")];
    let doubled = world.post("/token", "app", &doubled).await;
    assert_eq!(doubled.error(), (400, "invalid_request".into()));
}

/// A key of an app, and an assertion signed with it.
fn assertion(jwk: &josekit::jwk::Jwk, claims: &Value) -> String {
    let signer = josekit::jws::ES256.signer_from_jwk(jwk).unwrap();
    let mut header = josekit::jws::JwsHeader::new();
    header.set_token_type("JWT");
    josekit::jws::serialize_compact(claims.to_string().as_bytes(), &header, &signer).unwrap()
}

#[actix_web::test]
async fn cli_02_and_cli_03_an_assertion_proves_its_client_once() {
    let world = World::new().await;
    let key = josekit::jwk::Jwk::generate_ec_key(josekit::jwk::alg::ec::EcCurve::P256).unwrap();
    let public = serde_json::to_value(key.to_public_key().unwrap()).unwrap();
    let method =
        json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [public]}});
    world.register("keyed", method).await;
    let now = world.app.now().seconds();
    let claims = |jti: &str| json!({"iss": "keyed", "sub": "keyed", "aud": ISSUER, "jti": jti, "iat": now, "exp": now + 60});
    let post = async |jwt: &str, code: &str| {
        let mut form = redemption(code).to_vec();
        form.extend([
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", jwt),
        ]);
        world.call(plain_form("/token", &form)).await
    };
    let jwt = assertion(&key, &claims("1"));
    let first = post(&jwt, &world.code("keyed", "openid")).await;
    assert_eq!(first.status, 200, "{}", first.json());
    let second = world.code("keyed", "openid");
    assert_eq!(post(&jwt, &second).await.error(), (401, "invalid_client".into()));
    let forged = josekit::jwk::Jwk::generate_ec_key(josekit::jwk::alg::ec::EcCurve::P256).unwrap();
    let forged = assertion(&forged, &claims("2"));
    assert_eq!(post(&forged, &second).await.error(), (401, "invalid_client".into()));
    assert_eq!(world.redeem("keyed", &second).await.error(), (401, "invalid_client".into()));
    assert_eq!(post(&assertion(&key, &claims("3")), &second).await.status, 200);
}
