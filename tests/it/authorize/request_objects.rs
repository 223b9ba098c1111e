//! Request objects by value and by reference: OpenID Connect Core section 6, RFC 9101.

use base64::Engine;
use serde_json::{Value, json};

use crate::support::client::claims_of;
use crate::support::jose::{self, AppKeys};
use crate::support::peer::Peer;
use crate::support::{Backend, TestApp, TestClient, param};
use crate::{both, both_with};

/// A client that signs its requests.
async fn signing(app: &TestApp, keys: &AppKeys, more: Value) -> TestClient {
    let mut members = json!({"jwks": keys.jwks()});
    members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.add_client("signer", members).await
}

both! {
    async fn r42_an_object_by_value_brings_state_and_nonce_and_wins(app: TestApp) {
        let keys = AppKeys::new();
        let client = signing(&app, &keys, json!({})).await;
        for alg in ["RS256", "PS256", "ES256", "EdDSA"] {
            let signed = keys.sign(alg, &client.object(&app, &json!({})));
            let back = app.answered(&client.with_object(&signed)).await;
            assert_eq!(param(&back, "state").as_deref(), Some("inner state"), "{back}");
            let tokens = client.redeem(&param(&back, "code").unwrap()).await.tokens();
            assert_eq!(claims_of(&tokens.id_token.unwrap())["nonce"], "inner nonce");
            assert_eq!(tokens.scope, "email openid", "the scope inside counts");
        }
    }

    async fn core_6_1_objects_are_encrypted_to_the_published_keys(app: TestApp) {
        let keys = AppKeys::new();
        let client = signing(&app, &keys, json!({"request_object_signing_alg": "ES256"})).await;
        let discovery = app.get("/.well-known/openid-configuration").await.json();
        let set = app.get("/jwks").await.json();
        let of_kty = |kty: &str| {
            let keys = set["keys"].as_array().unwrap();
            keys.iter().find(|key| key["use"] == "enc" && key["kty"] == kty).unwrap().clone()
        };
        let encs = discovery["request_object_encryption_enc_values_supported"].as_array().unwrap();
        let algs = discovery["request_object_encryption_alg_values_supported"].as_array().unwrap();
        for (n, alg) in algs.iter().enumerate() {
            let alg = alg.as_str().unwrap();
            let enc = encs[n % encs.len()].as_str().unwrap();
            let key = of_kty(if alg.starts_with("RSA") { "RSA" } else { "EC" });
            let signed = keys.sign("ES256", &client.object(&app, &json!({})));
            let sealed = jose::encrypt(&signed, alg, enc, &key);
            let form = [("request", sealed.as_str()), ("prompt", "none")];
            let back = app.answered(&client.around_object(&form)).await;
            assert_eq!(param(&back, "state").as_deref(), Some("inner state"), "{alg} {enc}: {back}");
        }
        // What is not signed inside is not taken, whoever encrypted it
        let unsigned = jose::unsigned(&client.object(&app, &json!({})));
        let sealed = jose::encrypt(&unsigned, "ECDH-ES", "A128GCM", &of_kty("EC"));
        assert_eq!(app.error(&client.with_object(&sealed)).await, "invalid_request_object");
    }

    async fn par_04_the_query_cannot_override_or_add_to_a_signed_object(app: TestApp) {
        let keys = AppKeys::new();
        let client = signing(&app, &keys, json!({})).await;
        let claims = client.object(&app, &json!({"scope": "openid", "state": null}));
        let signed = keys.sign("ES256", &claims);
        let around = client.around_object(&[
            ("request", &signed), ("scope", "openid email"), ("redirect_uri", "https://evil.example/"),
            ("state", "outer state"), ("max_age", "none at all"),
        ]);
        let back = app.answered(&around).await;
        assert!(back.as_str().starts_with(&client.redirect_uri), "{back}");
        assert_eq!(param(&back, "state"), None, "R84: what stands only outside is not used");
        let tokens = client.redeem(&param(&back, "code").unwrap()).await.tokens();
        assert_eq!(tokens.scope, "openid");
        // Without a redirect_uri that anybody vouches for, a broken object is told on a page
        let evil = client.around_object(&[("request", "a.b.c"), ("redirect_uri", "https://evil.example/")]);
        assert!(app.error(&evil).await.contains("page 400"), "never to evil.example");
    }

    async fn oidcc_ensure_request_object_with_redirect_uri_the_one_inside_counts(app: TestApp) {
        let keys = AppKeys::new();
        let client = signing(&app, &keys, json!({})).await;
        let signed = keys.sign("RS256", &client.object(&app, &json!({})));
        let wrong = client.around_object(&[("request", &signed), ("redirect_uri", "https://signer.example/other")]);
        assert!(app.answered(&wrong).await.as_str().starts_with(&client.redirect_uri));
        let bad = client.object(&app, &json!({"redirect_uri": "https://evil.example/cb"}));
        let page = app.error(&client.with_object(&keys.sign("RS256", &bad))).await;
        assert!(page.starts_with("page 400") && page.contains("redirect_uri"), "{page}");
        let none = client.around_object(&[("request", &jose::unsigned(&bad)), ("redirect_uri", "https://evil.example/")]);
        assert!(app.error(&none).await.starts_with("page 400"));
    }

    async fn par_05_and_oidcc_unsigned_request_object_unsigned_and_foreign_objects_are_refused(app: TestApp) {
        let (keys, others) = (AppKeys::new(), AppKeys::new());
        let client = signing(&app, &keys, json!({"request_object_signing_alg": "ES256"})).await;
        let other = app.add_client("other", json!({"jwks": others.jwks()})).await;
        let claims = client.object(&app, &json!({}));
        let with_secret = |secret: &str| {
            let head = jose::unsigned(&claims).replace("eyJhbGciOiJub25lIn0", "eyJhbGciOiJIUzI1NiJ9");
            let text = head.trim_end_matches('.').to_owned();
            let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
            let mac = aws_lc_rs::hmac::sign(&key, text.as_bytes());
            format!("{text}.{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(mac))
        };
        let of_other = json!({"iss": other.id, "client_id": other.id});
        for (what, text) in [
            ("alg none", jose::unsigned(&claims)),
            ("a public key as a secret", with_secret(&keys.public("p256").to_string())),
            ("the secret of the client", with_secret(&client.secret)),
            ("another client's", others.sign("ES256", &other.object(&app, &json!({})))),
            ("another issuer of it", keys.sign("ES256", &client.object(&app, &of_other))),
            ("another client's key", others.sign("ES256", &claims)),
            ("another algorithm than the registered", keys.sign("RS256", &claims)),
            ("a client assertion", keys.sign_with("ES256", &json!({"typ": "JWT"}), &client.object(&app, &json!({"sub": client.id})))),
            ("another kind of token", keys.sign_with("ES256", &json!({"typ": "at+jwt"}), &claims)),
            ("an unknown critical header", keys.sign_with("ES256", &json!({"jku": "https://canary.example"}), &claims)),
            ("an object in it", keys.sign("ES256", &client.object(&app, &json!({"request": "a.b.c"})))),
            ("a request_uri in it", keys.sign("ES256", &client.object(&app, &json!({"request_uri": "https://a.example"})))),
            ("nothing", "a.b.c".to_owned()),
        ] {
            assert_eq!(app.error(&client.with_object(&text)).await, "invalid_request_object", "{what}");
        }
        // Who registered no algorithm has broken no promise: unsigned objects are just not offered
        let notes = app.client("notes").await;
        let unsigned = jose::unsigned(&notes.object(&app, &json!({})));
        assert_eq!(app.error(&notes.with_object(&unsigned)).await, "request_not_supported");
    }

    async fn par_06_objects_of_another_time_or_for_another_server_are_refused(app: TestApp) {
        let keys = AppKeys::new();
        let client = signing(&app, &keys, json!({})).await;
        let now = app.app.now().seconds();
        for changes in [
            json!({"exp": now - 3_600}),
            json!({"nbf": now + 3_600}),
            json!({"iat": now + 3_600}),
            json!({"aud": "https://other.example"}),
            json!({"exp": "tomorrow"}),
        ] {
            let signed = keys.sign("ES256", &client.object(&app, &changes));
            assert_eq!(app.error(&client.with_object(&signed)).await, "invalid_request_object", "{changes}");
        }
        let signed = keys.sign("ES256", &client.object(&app, &json!({"exp": null})));
        assert!(app.error(&client.with_object(&signed)).await.starts_with("page 200"), "the sign-in page");
    }

    async fn rfc_7519_4_1_7_an_object_with_a_jti_gives_one_answer(app: TestApp) {
        let keys = AppKeys::new();
        let client = signing(&app, &keys, json!({})).await;
        let signed = keys.sign("ES256", &client.object(&app, &json!({"jti": "one"})));
        let url = client.with_object(&signed);
        app.browser().open(&url).await.page();
        let back = app.answered(&url).await;
        assert!(param(&back, "code").is_some(), "opened twice, used once: {back}");
        let again = app.answered(&url).await;
        assert_eq!(param(&again, "error").as_deref(), Some("invalid_request_object"), "{again}");
    }

    async fn rfc_9101_10_5_who_must_sign_cannot_go_without(app: TestApp) {
        let keys = AppKeys::new();
        let client = signing(&app, &keys, json!({"require_signed_request_object": true})).await;
        assert_eq!(app.error(&client.authorization_url(&[])).await, "invalid_request");
        let signed = keys.sign("ES256", &client.object(&app, &json!({})));
        let back = app.answered(&client.with_object(&signed)).await;
        assert!(param(&back, "code").is_some(), "{back}");
    }

    async fn jos_14_jos_15_and_jos_16_what_only_costs_is_refused_at_once(app: TestApp) {
        let keys = AppKeys::new();
        let client = signing(&app, &keys, json!({})).await;
        let set = app.get("/jwks").await.json();
        let key = set["keys"].as_array().unwrap().iter().find(|key| key["use"] == "enc" && key["kty"] == "EC").unwrap().clone();
        let sealed = jose::encrypt(&"x".repeat(2_000), "ECDH-ES+A128KW", "A128GCM", &key);
        let mut tokens = Vec::new();
        for count in [1_u32, 1_000_000, 2_147_483_647] {
            tokens.push(jose::with_header(&sealed, |header| {
                header.insert("alg".into(), json!("PBES2-HS256+A128KW"));
                header.insert("p2c".into(), json!(count));
                header.insert("p2s".into(), json!("c2FsdHNhbHQ"));
            }));
        }
        tokens.push(jose::with_header(&sealed, |header| drop(header.insert("zip".into(), json!("DEF")))));
        let zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        for epk in [
            json!({"kty": "EC", "crv": "P-256", "x": zeros, "y": zeros}),
            json!({"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": zeros}),
            json!({"kty": "EC", "crv": "P-521", "x": zeros, "y": zeros}),
            json!({"kty": "OKP", "crv": "X25519", "x": zeros}),
        ] {
            tokens.push(jose::with_header(&sealed, |header| drop(header.insert("epk".into(), epk.clone()))));
        }
        let mut texts = std::collections::BTreeSet::new();
        for (n, token) in tokens.iter().enumerate() {
            let begun = std::time::Instant::now();
            let back = app.browser().open(&client.with_object(token)).await.away();
            assert!(begun.elapsed() < std::time::Duration::from_millis(500), "{n} took {:?}", begun.elapsed());
            assert_eq!(param(&back, "error").as_deref(), Some("invalid_request_object"), "{n}");
            if n >= 4 {
                let text = param(&back, "error_description").unwrap();
                texts.insert(text.split(" (reference").next().unwrap().to_owned());
            }
        }
        assert_eq!(texts.len(), 1, "no text tells one point from another: {texts:?}");
        assert!(app.client("notes").await.redeem("alive?").await.error().0 == 400);
    }
}

fn serve(peer: &Peer, status: u16, text: &str) {
    peer.answer_with("/object", status, "application/jwt", text);
}

#[actix_web::test]
async fn what_the_settings_switch_off_is_not_supported_and_not_advertised() {
    let off =
        [("HATCHECK_REQUESTS__REQUEST", "false"), ("HATCHECK_REQUESTS__REQUEST_URI", "false")];
    let app = TestApp::start_with(Backend::Sqlite, &off).await;
    let keys = AppKeys::new();
    let client = signing(&app, &keys, json!({"request_uris": ["https://signer.example/r"]})).await;
    let signed = keys.sign("ES256", &client.object(&app, &json!({})));
    assert_eq!(app.error(&client.with_object(&signed)).await, "request_not_supported");
    let by_uri = client.around_object(&[("request_uri", "https://signer.example/r")]);
    assert_eq!(app.error(&by_uri).await, "request_uri_not_supported");
    let discovery = app.get("/.well-known/openid-configuration").await.json();
    assert_eq!(discovery["request_parameter_supported"], false);
    assert_eq!(discovery["request_uri_parameter_supported"], false);
    assert!(discovery.get("request_object_signing_alg_values_supported").is_none());
}

both_with! { &crate::support::peer::REACHING_PEERS;
    async fn oidcc_request_uri_signed_rs256_is_fetched_and_wins(app: TestApp) {
        let (peer, keys) = (Peer::start().await, AppKeys::new());
        let long = format!(
            "{}/object?{}#GkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM",
            peer.base,
            "x".repeat(600)
        );
        let client = signing(
            &app,
            &keys,
            json!({"request_uris": [long], "request_object_signing_alg": "RS256"}),
        )
        .await;
        serve(&peer, 200, &keys.sign("RS256", &client.object(&app, &json!({}))));
        let url = client.around_object(&[("request_uri", &long)]);
        let back = app.answered(&url).await;
        assert_eq!(param(&back, "state").as_deref(), Some("inner state"), "{back}");
        let tokens = client.redeem(&param(&back, "code").unwrap()).await.tokens();
        assert_eq!(claims_of(&tokens.id_token.unwrap())["nonce"], "inner nonce");
        assert!(peer.hits("/object") > 0);
        // Another fragment is another URI
        let other = client.around_object(&[("request_uri", long.split('#').next().unwrap())]);
        assert_eq!(app.error(&other).await, "invalid_request_uri");
        serve(&peer, 200, &keys.sign("ES256", &client.object(&app, &json!({}))));
        assert_eq!(
            app.error(&url).await,
            "invalid_request_object",
            "the registered algorithm is enforced"
        );
        serve(&peer, 200, &jose::unsigned(&client.object(&app, &json!({}))));
        assert_eq!(app.error(&url).await, "invalid_request_object");
        for (status, text) in [(404, ""), (302, ""), (200, "<html>"), (500, "x")] {
            serve(&peer, status, text);
            let told = app.error(&url).await;
            assert!(
                told == "invalid_request_uri" || told == "invalid_request_object",
                "{status}: {told}"
            );
        }
        serve(&peer, 200, &"x".repeat(70_000));
        assert_eq!(app.error(&url).await, "invalid_request_uri");
        let both = client.around_object(&[("request_uri", &long), ("request", "a.b.c")]);
        assert_eq!(app.error(&both).await, "invalid_request");
    }

    async fn oidcc_request_uri_unsigned_is_rejected_as_unsupported(app: TestApp) {
        let peer = Peer::start().await;
        let uri = format!("{}/object", peer.base);
        let client = app.add_client("plain", json!({"request_uris": [uri]})).await;
        serve(&peer, 200, &jose::unsigned(&client.object(&app, &json!({}))));
        let url = client.around_object(&[("request_uri", &uri)]);
        assert_eq!(app.error(&url).await, "request_uri_not_supported");
        let discovery = app.get("/.well-known/openid-configuration").await.json();
        assert_eq!(discovery["request_parameter_supported"], true);
        assert_eq!(discovery["request_uri_parameter_supported"], true);
        assert_eq!(discovery["require_request_uri_registration"], true);
        let listed = discovery["request_object_signing_alg_values_supported"].as_array().unwrap();
        assert!(listed.contains(&json!("RS256")) && !listed.contains(&json!("none")), "R8 and R9");
    }

    async fn core_10_1_1_keys_at_a_jwks_uri_verify_request_objects(app: TestApp) {
        let (peer, keys) = (Peer::start().await, AppKeys::new());
        peer.publish("/jwks", &keys.jwks());
        let client = app.add_client("signer", json!({"jwks_uri": peer.url("/jwks")})).await;
        let signed = keys.sign("ES256", &client.object(&app, &json!({})));
        let back = app.answered(&client.with_object(&signed)).await;
        assert!(param(&back, "code").is_some(), "{back}");
        let others = AppKeys::new().sign("ES256", &client.object(&app, &json!({})));
        assert_eq!(app.error(&client.with_object(&others)).await, "invalid_request_object");
    }
}

both! {
    async fn ssr_03_a_request_uri_reaches_nothing_inside(app: TestApp) {
        let peer = Peer::start().await;
        let port = peer.base.rsplit(':').next().unwrap();
        let metadata = |uri: &str| {
            let members = json!({"redirect_uris": ["https://evil.example/cb"], "request_uris": [uri]});
            hatcheck::model::client::Metadata::from_json(members.as_object().unwrap().clone())
        };
        for (n, uri) in [
            format!("https://127.0.0.1:{port}/"),
            format!("https://[::1]:{port}/"),
            format!("https://[::ffff:127.0.0.1]:{port}/"),
            format!("https://2130706433:{port}/"),
            format!("https://0.0.0.0:{port}/"),
            "https://169.254.169.254/".to_owned(),
            format!("https://localhost:{port}/"),
            format!("http://127.0.0.1:{port}/"),
            "file:///etc/passwd".to_owned(),
            "gopher://x".to_owned(),
        ]
        .iter()
        .enumerate()
        {
            if metadata(uri).is_err() {
                continue;
            }
            let client = app.add_client(&format!("evil-{n}"), json!({"request_uris": [uri]})).await;
            let url = client.around_object(&[("request_uri", uri)]);
            assert_eq!(app.error(&url).await, "invalid_request_uri", "{uri}");
        }
        assert_eq!(peer.hits("/"), 0, "the canary is untouched");
    }
}
