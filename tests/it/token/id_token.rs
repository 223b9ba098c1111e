//! ID tokens, signed and encrypted as the app registered: OpenID Connect Core sections 2, 3.1.3.7 and 10.

use serde_json::json;

use crate::both;
use crate::support::client::{claims_of, header_of};
use crate::support::jose::AppKeys;
use crate::support::{RelyingParty, TestApp, Tokens};

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
