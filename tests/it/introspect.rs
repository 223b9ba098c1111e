//! Introspection as a JWT: RFC 9701.

use serde_json::{Value, json};

use crate::both;
use crate::support::client::{claims_of, header_of};
use crate::support::jose::AppKeys;
use crate::support::{RelyingParty, TestApp, TestClient};

const JWT: &str = "application/token-introspection+jwt";

async fn access_token(app: &TestApp, client: &TestClient) -> String {
    let code = app.authorize(&mut app.browser(), client, "ada@example.org", &[]).await;
    client.redeem(&code).await.tokens().access_token
}

/// Media type and body of an answer about a token.
async fn asked(app: &TestApp, client: &TestClient, token: &str, accept: &str) -> (String, String) {
    let request = app
        .http
        .post(app.url("/introspect"))
        .basic_auth(&client.id, Some(url_encoded(&client.secret)))
        .header("accept", accept)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("token={token}"));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let media_type = answer.headers()["content-type"].to_str().unwrap().to_owned();
    (media_type, answer.text().await.unwrap())
}

fn url_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

both! {
    async fn rfc_9701_5_who_asks_for_a_jwt_gets_one(app: TestApp) {
        let notes = app.client("notes").await;
        let token = access_token(&app, &notes).await;
        let (media_type, body) = asked(&app, &notes, &token, JWT).await;
        assert_eq!(media_type, JWT);
        let header = header_of(&body);
        assert_eq!((&header["typ"], &header["alg"]), (&json!("token-introspection+jwt"), &json!("RS256")));
        let mut party = RelyingParty::new(&app.http, &app.issuer);
        party.fetch(0).await;
        let claims = party.verify(&body).unwrap();
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(app.issuer), &json!("notes")));
        assert!(claims["iat"].is_u64());
        assert!(!claims.contains_key("sub") && !claims.contains_key("exp"), "{claims:?}");
        assert_eq!(claims["token_introspection"]["active"], true);
        assert_eq!(claims["token_introspection"]["client_id"], "notes");
        let (_, body) = asked(&app, &notes, "nothing", JWT).await;
        assert_eq!(claims_of(&body)["token_introspection"], json!({"active": false}));
        for accept in ["*/*", "application/json", "application/json, application/jwt"] {
            let (media_type, _) = asked(&app, &notes, &token, accept).await;
            assert_eq!(media_type, "application/json", "{accept}");
        }
    }

    async fn rfc_9701_6_who_registered_an_algorithm_is_answered_with_it(app: TestApp) {
        let keys = AppKeys::new();
        let sealed = app.add_client("sealed", json!({
            "jwks": keys.jwks(),
            "introspection_signed_response_alg": "ES384",
            "introspection_encrypted_response_alg": "ECDH-ES",
            "introspection_encrypted_response_enc": "A128GCM",
        })).await;
        let token = access_token(&app, &sealed).await;
        let (media_type, body) = asked(&app, &sealed, &token, "application/json").await;
        assert_eq!(media_type, JWT);
        let (signed, header) = keys.open(&body);
        assert_eq!((&header["cty"], &header["enc"]), (&json!("JWT"), &json!("A128GCM")));
        assert_eq!(header_of(&signed)["alg"], "ES384");
        assert_eq!(claims_of(&signed)["token_introspection"]["active"], Value::Bool(true));
    }
}
