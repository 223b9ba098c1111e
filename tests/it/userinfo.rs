//! Userinfo as a JWT: OpenID Connect Core section 5.3.2.

use serde_json::{Value, json};

use crate::both;
use crate::support::jose::AppKeys;
use crate::support::{RelyingParty, TestApp};

/// What userinfo tells this app about Ada: media type and body.
async fn told(app: &TestApp, id: &str) -> (String, String, String) {
    let client = app.client(id).await;
    let code = app.authorize(&mut app.browser(), &client, "ada@example.org", &[]).await;
    let token = client.redeem(&code).await.tokens().access_token;
    let answer = app.http.get(app.url("/userinfo")).bearer_auth(&token).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let media_type = answer.headers()["content-type"].to_str().unwrap().to_owned();
    let cache = answer.headers()["cache-control"].to_str().unwrap().to_owned();
    assert_eq!(cache, "no-store");
    (media_type, answer.text().await.unwrap(), token)
}

async fn party(app: &TestApp) -> RelyingParty {
    let mut party = RelyingParty::new(&app.http, &app.issuer);
    party.fetch(0).await;
    party
}

both! {
    async fn oidcc_userinfo_rs256_is_a_jwt_with_iss_and_aud_and_no_nonce(app: TestApp) {
        app.add_client("signed", json!({"userinfo_signed_response_alg": "RS256"})).await;
        let (media_type, body, _) = told(&app, "signed").await;
        assert_eq!(media_type, "application/jwt");
        let header = crate::support::client::header_of(&body);
        assert_eq!(header["alg"], "RS256");
        let claims = party(&app).await.verify(&body).unwrap();
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(app.issuer), &json!("signed")));
        assert_eq!(claims["email"], "ada@example.org");
        assert!(claims["sub"].is_string() && !claims.contains_key("nonce"), "{claims:?}");
        let discovery = app.get("/.well-known/openid-configuration").await.json();
        let listed = discovery["userinfo_signing_alg_values_supported"].as_array().unwrap();
        assert!(listed.contains(&json!("RS256")) && !listed.contains(&json!("none")));
    }

    async fn jos_11_signed_userinfo_is_no_id_token(app: TestApp) {
        app.add_client("signed", json!({"userinfo_signed_response_alg": "RS256"})).await;
        let (_, body, _) = told(&app, "signed").await;
        let notes = app.client("notes").await;
        let url = notes.authorization_url(&[("id_token_hint", &body), ("prompt", "none")]);
        let url = app.browser().open(&url).await.away();
        assert_eq!(crate::support::param(&url, "error").as_deref(), Some("login_required"));
    }

    async fn core_5_3_2_userinfo_is_encrypted_with_and_without_a_signature(app: TestApp) {
        let keys = AppKeys::new();
        let alone = json!({"jwks": keys.jwks(), "userinfo_encrypted_response_alg": "RSA-OAEP-256", "userinfo_encrypted_response_enc": "A256GCM"});
        app.add_client("alone", alone).await;
        let (media_type, body, _) = told(&app, "alone").await;
        assert_eq!(media_type, "application/jwt");
        let (claims, header) = keys.open(&body);
        assert!(!header.contains_key("cty"), "{header:?}");
        let claims: Value = serde_json::from_str(&claims).unwrap();
        assert_eq!((&claims["email"], &claims["aud"]), (&json!("ada@example.org"), &json!("alone")));

        let both = json!({
            "jwks": keys.jwks(), "userinfo_signed_response_alg": "PS256",
            "userinfo_encrypted_response_alg": "ECDH-ES+A256KW",
        });
        app.add_client("both", both).await;
        let (_, body, _) = told(&app, "both").await;
        let (signed, header) = keys.open(&body);
        assert_eq!((&header["cty"], &header["kid"]), (&json!("JWT"), &json!("p256-enc")));
        assert_eq!(party(&app).await.verify(&signed).unwrap()["aud"], "both");
    }

    async fn who_registered_nothing_gets_json(app: TestApp) {
        let (media_type, body, token) = told(&app, "notes").await;
        assert_eq!(media_type, "application/json");
        let claims: Value = serde_json::from_str(&body).unwrap();
        assert!(claims.get("iss").is_none() && claims.get("aud").is_none(), "{claims}");
        let asked = app.http.get(app.url("/userinfo")).bearer_auth(&token).header("accept", "application/json, application/jwt");
        assert_eq!(asked.send().await.unwrap().headers()["content-type"], "application/json");
    }
}
