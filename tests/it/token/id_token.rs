//! ID tokens, signed and encrypted as the app registered: OpenID Connect Core sections 2, 3.1.3.7 and 10.

use serde_json::json;

use crate::both;
use crate::support::client::{claims_of, header_of};
use crate::support::jose::AppKeys;
use crate::support::peer::{Peer, REACHING_PEERS};
use crate::support::{Backend, RelyingParty, TestApp, Tokens};

const ALGORITHMS: [&str; 10] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

async fn tokens(app: &TestApp, id: &str) -> Tokens {
    let client = app.client(id).await;
    let code = app.authorize(&mut app.browser(), &client, "ada@example.org", &[]).await;
    client.redeem(&code).await.tokens()
}

both! {
    async fn oidcc_idtoken_rs256_and_every_other_algorithm_that_is_advertised(app: TestApp) {
        let discovery = app.get("/.well-known/openid-configuration").await.json();
        assert_eq!(discovery["id_token_signing_alg_values_supported"], json!(ALGORITHMS));
        for alg in ALGORITHMS {
            app.add_client(alg, json!({"id_token_signed_response_alg": alg})).await;
            // Nobody made a key for it before: the first sign-in does
            let tokens = tokens(&app, alg).await;
            let id_token = tokens.id_token.unwrap();
            let header = header_of(&id_token);
            assert_eq!(header["alg"], alg);
            let mut party = RelyingParty::new(&app.http, &app.issuer);
            party.fetch(0).await;
            let named = party.kids().into_iter().filter(|kid| *kid == header["kid"]).count();
            assert_eq!(named, 1, "R16: exactly one key has that kid");
            let claims = party.verify(&id_token).unwrap();
            assert_eq!((&claims["aud"], &claims["iss"]), (&json!(alg), &json!(app.issuer)));
            let refreshed = app.client(alg).await.refresh(&tokens.refresh_token.unwrap()).await;
            assert_eq!(header_of(&refreshed.tokens().id_token.unwrap())["alg"], alg);
        }
    }

    async fn r14_to_r17_the_key_set_stays_in_order_with_a_key_for_everything(app: TestApp) {
        for alg in ALGORITHMS {
            app.add_client(alg, json!({"id_token_signed_response_alg": alg})).await;
            tokens(&app, alg).await;
        }
        let set = app.get("/jwks").await.json();
        let keys = set["keys"].as_array().unwrap();
        assert_eq!(keys.len(), ALGORITHMS.len() + 2, "and two for request objects");
        let kids: std::collections::BTreeSet<_> =
            keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
        assert_eq!(kids.len(), keys.len());
        for key in keys {
            let members = key.as_object().unwrap();
            let known = ["kty", "use", "alg", "kid", "n", "e", "crv", "x", "y"];
            assert!(members.keys().all(|name| known.contains(&name.as_str())), "{key}");
            let needed: &[&str] = match key["kty"].as_str().unwrap() {
                "RSA" => &["n", "e"],
                "EC" => &["crv", "x", "y"],
                "OKP" => &["crv", "x"],
                other => panic!("{other}"),
            };
            for name in needed {
                let value = key[name].as_str().unwrap();
                let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
                assert!(!value.is_empty() && value.bytes().all(plain), "{key}");
            }
            assert!(key["kty"] != "RSA" || key["n"].as_str().unwrap().len() >= 342, "2048 bits");
            let curves = ["P-256", "P-384", "P-521", "Ed25519"];
            assert!(key["crv"].as_str().is_none_or(|curve| curves.contains(&curve)), "{key}");
        }
        let named: Vec<_> = keys.iter().filter_map(|key| key["alg"].as_str()).collect();
        assert!(ALGORITHMS.iter().all(|alg| named.iter().filter(|each| each == &alg).count() == 1), "{named:?}");
    }

    async fn oidcc_idtoken_signature_without_a_registered_algorithm_it_is_rs256(app: TestApp) {
        app.add_client("elliptic", json!({"id_token_signed_response_alg": "ES256"})).await;
        tokens(&app, "elliptic").await;
        let header = header_of(&tokens(&app, "notes").await.id_token.unwrap());
        assert_eq!((&header["alg"], header["kid"].is_string()), (&json!("RS256"), true));
    }

    async fn core_10_2_encrypted_id_tokens_are_signed_inside(app: TestApp) {
        let keys = AppKeys::new();
        let discovery = app.get("/.well-known/openid-configuration").await.json();
        for (n, alg) in discovery["id_token_encryption_alg_values_supported"].as_array().unwrap().iter().enumerate() {
            let encs = discovery["id_token_encryption_enc_values_supported"].as_array().unwrap();
            let enc = &encs[n % encs.len()];
            let id = format!("sealed-{n}");
            app.add_client(&id, json!({
                "jwks": keys.jwks(),
                "id_token_signed_response_alg": "ES256",
                "id_token_encrypted_response_alg": alg,
                "id_token_encrypted_response_enc": enc,
            })).await;
            let (signed, header) = keys.open(&tokens(&app, &id).await.id_token.unwrap());
            assert_eq!((&header["alg"], &header["enc"], &header["cty"]), (alg, enc, &json!("JWT")));
            let mut party = RelyingParty::new(&app.http, &app.issuer);
            party.fetch(0).await;
            assert_eq!(party.verify(&signed).unwrap()["aud"], id.as_str());
        }
    }

    async fn registration_2_the_default_content_encryption_is_a128cbc_hs256(app: TestApp) {
        let keys = AppKeys::new();
        app.add_client("sealed", json!({"jwks": keys.jwks(), "id_token_encrypted_response_alg": "ECDH-ES"})).await;
        let (signed, header) = keys.open(&tokens(&app, "sealed").await.id_token.unwrap());
        assert_eq!(header["enc"], "A128CBC-HS256");
        assert_eq!(claims_of(&signed)["aud"], "sealed");
        assert_eq!(header_of(&signed)["alg"], "RS256");
    }
}

#[actix_web::test]
async fn core_10_2_1_keys_that_cannot_be_had_yet_cost_no_code() {
    let mut settings = REACHING_PEERS.to_vec();
    settings.push(("HATCHECK_OUTGOING__JWKS_REFETCH", "1s"));
    let app = TestApp::start_with(Backend::Sqlite, &settings).await;
    let (peer, keys) = (Peer::start().await, AppKeys::new());
    let members =
        json!({"jwks_uri": peer.url("/jwks"), "id_token_encrypted_response_alg": "RSA-OAEP-256"});
    let client = app.add_client("sealed", members).await;
    let code = app.authorize(&mut app.browser(), &client, "ada@example.org", &[]).await;
    assert_eq!(client.redeem(&code).await.error(), (400, "invalid_request".into()));
    peer.publish("/jwks", &json!({"keys": [keys.public("p256-enc")]}));
    app.later(2);
    assert_eq!(client.redeem(&code).await.error(), (400, "invalid_request".into()), "no RSA key");
    peer.publish("/jwks", &keys.jwks());
    app.later(2);
    let tokens = client.redeem(&code).await.tokens();
    let (signed, header) = keys.open(&tokens.id_token.unwrap());
    assert_eq!((&header["kid"], &claims_of(&signed)["aud"]), (&json!("rsa-enc"), &json!("sealed")));
}
