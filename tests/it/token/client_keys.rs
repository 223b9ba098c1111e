//! `private_key_jwt` with registered keys and with keys at a `jwks_uri`: OpenID Connect Core sections 9 and 10.1.1.

use serde_json::{Value, json};

use crate::both_with;
use crate::support::key::{ClientKey, assertion_claims, hmac_signed};
use crate::support::peer::Peer;
use crate::support::{Answer, TestApp, TestClient};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Whether the server believes this assertion: it says nothing about tokens to others.
async fn shown(client: &TestClient, assertion: &str) -> Answer {
    let fields = [("token", "x"), ("client_assertion_type", TYPE), ("client_assertion", assertion)];
    client.send("/introspect", None, &fields).await
}

async fn believed(app: &TestApp, client: &TestClient, key: &ClientKey) -> u16 {
    shown(client, &key.assertion(app, &client.id, &json!({}))).await.status
}

async fn with_uri(app: &TestApp, id: &str, uri: &str) -> TestClient {
    let metadata = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": uri});
    app.add_client(id, metadata).await
}

both_with! { &crate::support::peer::REACHING_PEERS;
    async fn oidcc_registration_jwks_uri_keys_are_fetched_when_they_are_needed(app: TestApp) {
        let peer = Peer::start().await;
        let key = ClientKey::new("ES256", "one");
        peer.publish("/jwks", &key.set());
        let client = with_uri(&app, "signs", &peer.url("/jwks")).await;
        assert_eq!(peer.hits("/jwks"), 0);
        for _ in 0..3 {
            assert_eq!(believed(&app, &client, &key).await, 200);
        }
        assert_eq!(peer.hits("/jwks"), 1);
    }

    async fn oidcc_refresh_token_rp_key_rotation_an_unknown_kid_brings_the_new_key(app: TestApp) {
        let peer = Peer::start().await;
        let (one, two) = (ClientKey::new("ES256", "one"), ClientKey::new("RS256", "two"));
        peer.publish("/jwks", &one.set());
        let client = with_uri(&app, "rotates", &peer.url("/jwks")).await;
        assert_eq!(believed(&app, &client, &one).await, 200);
        peer.publish("/jwks", &two.set());
        // At most once a minute, whoever asks
        for _ in 0..5 {
            assert_eq!(believed(&app, &client, &two).await, 401);
        }
        assert_eq!(peer.hits("/jwks"), 1);
        app.later(60);
        assert_eq!(believed(&app, &client, &two).await, 200);
        assert_eq!(peer.hits("/jwks"), 2);
        assert_eq!(believed(&app, &client, &one).await, 401);
    }

    async fn r63_a_key_without_a_kid_verifies_what_names_none(app: TestApp) {
        let peer = Peer::start().await;
        let key = ClientKey::new("RS256", "x").nameless();
        peer.publish("/jwks", &key.set());
        let by_uri = with_uri(&app, "fetched", &peer.url("/jwks")).await;
        let metadata = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": key.set()});
        let by_value = app.add_client("registered", metadata).await;
        for client in [by_uri, by_value] {
            assert_eq!(believed(&app, &client, &key).await, 200, "{}", client.id);
        }
    }

    async fn ssr_07_what_a_client_serves_hurts_nobody_else(app: TestApp) {
        let peer = Peer::start().await;
        let key = ClientKey::new("ES256", "one");
        let endless = format!("{{\"keys\": [{}\"\"]}}", "\"\",".repeat(40_000));
        for (path, status, body) in [
            ("/html", 200, "<!doctype html>"),
            ("/moved", 302, ""),
            ("/broken", 500, ""),
            ("/long", 200, endless.as_str()),
        ] {
            peer.answer_with(path, status, "text/html", body);
            let client = with_uri(&app, path.trim_start_matches('/'), &peer.url(path)).await;
            for _ in 0..3 {
                let answer = shown(&client, &key.assertion(&app, &client.id, &json!({}))).await;
                assert_eq!(answer.error(), (401, "invalid_client".to_owned()), "{path}");
                let text = answer.json()["error_description"].to_string();
                assert!(text.contains("jwks_uri"), "{path}: {text}");
            }
            assert_eq!(peer.hits(path), 1, "{path}");
            peer.publish(path, &key.set());
            app.later(60);
            assert_eq!(believed(&app, &client, &key).await, 200, "{path}");
        }
        let none: Vec<Value> = Vec::new();
        peer.publish("/none", &json!({"keys": none}));
        let client = with_uri(&app, "none", &peer.url("/none")).await;
        assert_eq!(believed(&app, &client, &key).await, 401);
    }

    async fn core_10_1_1_keys_last_while_the_client_is_away(app: TestApp) {
        let peer = Peer::start().await;
        let key = ClientKey::new("EdDSA", "one");
        peer.publish("/jwks", &key.set());
        let client = with_uri(&app, "away", &peer.url("/jwks")).await;
        assert_eq!(believed(&app, &client, &key).await, 200);
        peer.answer_with("/jwks", 503, "text/plain", "");
        app.later(4_000);
        assert_eq!(believed(&app, &client, &key).await, 200);
        app.later(24 * 3_600);
        assert_eq!(believed(&app, &client, &key).await, 401);
    }

    async fn r50_every_algorithm_and_both_audiences(app: TestApp) {
        let rsa = ClientKey::new("RS256", "rsa");
        let mut keys: Vec<_> = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
            .map(|algorithm| rsa.with_algorithm(algorithm))
            .into();
        for algorithm in ["ES256", "ES384", "ES512", "EdDSA"] {
            keys.push(ClientKey::new(algorithm, algorithm));
        }
        let set: Vec<_> =
            std::iter::once(rsa.public()).chain(keys.iter().skip(6).map(ClientKey::public)).collect();
        let metadata = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": set}});
        let client = app.add_client("all", metadata).await;
        for key in &keys {
            for aud in [app.issuer.clone(), app.url("/token")] {
                let assertion = key.assertion(&app, "all", &json!({"aud": aud}));
                assert_eq!(shown(&client, &assertion).await.status, 200, "{aud}");
                let again = shown(&client, &assertion).await;
                assert_eq!(again.error(), (401, "invalid_client".to_owned()), "a jti is good once");
            }
        }
    }
}

#[actix_web::test]
async fn ssr_01_the_inside_is_not_asked_unless_it_is_allowed() {
    let app = TestApp::start(crate::support::Backend::Sqlite).await;
    let peer = Peer::start().await;
    let key = ClientKey::new("ES256", "one");
    peer.publish("/jwks", &key.set());
    let client = with_uri(&app, "inside", &peer.url("/jwks")).await;
    let answer = shown(&client, &key.assertion(&app, "inside", &json!({}))).await;
    assert_eq!(answer.error(), (401, "invalid_client".to_owned()));
    let text = answer.json()["error_description"].to_string();
    assert!(text.contains("allowed_networks"), "{text}");
    assert_eq!(peer.hits("/jwks"), 0);
}

both_with! { &crate::register::OPEN;
    async fn oidcc_client_secret_jwt_the_secret_signs_and_each_assertion_is_good_once(app: TestApp) {
        let invalid = || (401, "invalid_client".to_owned());
        for registered_alg in [None, Some("HS384")] {
            let mut metadata = json!({
                "redirect_uris": ["https://rp.example/cb"],
                "token_endpoint_auth_method": "client_secret_jwt",
            });
            if let Some(algorithm) = registered_alg {
                metadata["token_endpoint_auth_signing_alg"] = json!(algorithm);
            }
            let answer = app.http.post(app.url("/register")).json(&metadata).send().await.unwrap();
            assert_eq!(answer.status(), 201);
            let registered: Value = answer.json().await.unwrap();
            let (id, secret) = (
                registered["client_id"].as_str().unwrap(),
                registered["client_secret"].as_str().unwrap(),
            );
            let client = app.client(id).await;
            let stored = client.row.secrets[0].sealed.clone().unwrap();
            assert!(!stored.contains(secret), "encrypted under the master key");
            for algorithm in ["HS256", "HS384", "HS512"] {
                let claims = assertion_claims(&app, id, &json!({}));
                let assertion = hmac_signed(algorithm, secret, &claims);
                if registered_alg.is_some_and(|registered| registered != algorithm) {
                    assert_eq!(shown(&client, &assertion).await.error(), invalid(), "{algorithm}");
                    continue;
                }
                assert_eq!(shown(&client, &assertion).await.status, 200, "{algorithm}");
                assert_eq!(shown(&client, &assertion).await.error(), invalid(), "a jti is good once");
                let other = hmac_signed(algorithm, &secret.replace(|_: char| true, "x"), &claims);
                assert_eq!(shown(&client, &other).await.error(), invalid(), "another secret");
            }
            // Neither the secret itself, nor a key, nor an assertion of another client
            let plain = client.send("/introspect", Some((id, secret)), &[("token", "x")]).await;
            assert_eq!(plain.error(), invalid());
            let key = ClientKey::new("ES256", "k");
            assert_eq!(shown(&client, &key.assertion(&app, id, &json!({}))).await.error(), invalid());
            let claims = assertion_claims(&app, id, &json!({"sub": "notes"}));
            assert_eq!(shown(&client, &hmac_signed("HS384", secret, &claims)).await.error(), invalid());
        }
    }

    async fn a_registered_signing_alg_is_kept_to(app: TestApp) {
        let key = ClientKey::new("RS256", "k");
        let metadata = json!({
            "token_endpoint_auth_method": "private_key_jwt", "jwks": key.set(),
            "token_endpoint_auth_signing_alg": "PS256",
        });
        let client = app.add_client("held", metadata).await;
        assert_eq!(believed(&app, &client, &key).await, 401);
        assert_eq!(believed(&app, &client, &key.with_algorithm("PS256")).await, 200);
    }
}
