//! openid-client and what is signed and then encrypted to it: OpenID Connect Core section 10.2, RFC 9701.

use serde_json::{Value, json};

use super::party::{Node, arrival};
use crate::both;
use crate::login::ADA;

const WAYS: [(&str, &str, &str); 2] =
    [("RSA-OAEP-256", "A256GCM", "RS256"), ("ECDH-ES", "A128CBC-HS256", "ES256")];

/// What an app registers that wants its answers so.
fn registered(alg: &str, enc: &str, signed: &str) -> Value {
    let mut members = json!({});
    for answer in ["id_token", "userinfo", "introspection"] {
        members[format!("{answer}_signed_response_alg")] = json!(signed);
        members[format!("{answer}_encrypted_response_alg")] = json!(alg);
        members[format!("{answer}_encrypted_response_enc")] = json!(enc);
    }
    members
}

/// Whether a text is a JWE (RFC 7516 section 7.1).
fn is_encrypted(token: &str) -> bool {
    token.split('.').count() == 5
}

both! {
    async fn openid_client_opens_id_tokens_of_the_browser_and_of_the_token_endpoint_userinfo_and_introspection(app: TestApp) {
        let node = Node::start();
        for (alg, enc, signed) in WAYS {
            for flow in ["code", "code id_token"] {
                let id = format!("{alg}-{}", flow.len()).to_lowercase();
                let metadata = registered(alg, enc, signed);
                let mut members = metadata.clone();
                members["jwks"] = node.keys(&id, &[alg]).await;
                let client = app.add_openid_client(&id, members).await;
                let more = json!({ "flow": flow, "opens_with": alg, "metadata": metadata });
                let party = node.party(&app, client, more).await;
                let response = party.respond(&app, &mut app.browser(), json!({})).await;
                assert_eq!(is_encrypted(response.get("id_token")), flow == "code id_token");
                let told = party.does("callback", arrival(&response)).await;
                assert!(is_encrypted(told["id_token"].as_str().unwrap()));
                let person = party.does("userinfo", json!({})).await;
                assert_eq!((&person["sub"], &person["email"]), (&told["claims"]["sub"], &json!(ADA)));
                let introspected = party.does("introspect", json!({ "token": "access_token" })).await;
                assert_eq!(introspected["active"], true, "{id}");
            }
        }
    }

    async fn openid_client_opens_an_id_token_that_comes_alone(app: TestApp) {
        let node = Node::start();
        for (alg, enc, signed) in WAYS {
            let id = alg.to_lowercase();
            let metadata = registered(alg, enc, signed);
            let mut members = metadata.clone();
            members["jwks"] = node.keys(&id, &[alg]).await;
            let client = app.add_openid_client(&id, members).await;
            let more = json!({ "flow": "id_token", "opens_with": alg, "metadata": metadata });
            let party = node.party(&app, client, more).await;
            let response = party.respond(&app, &mut app.browser(), json!({})).await;
            assert!(is_encrypted(response.get("id_token")), "{:?}", response.members);
            let claims = party.does("implicit", arrival(&response)).await;
            assert_eq!((&claims["email"], &claims["aud"]), (&json!(ADA), &json!(id)));
        }
    }
}
