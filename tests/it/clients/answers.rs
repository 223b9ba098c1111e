//! openid-client and answers of every kind that it takes: OpenID Connect Core section 3, Form Post Response Mode.

use serde_json::{Value, json};

use super::party::{Node, arrival};
use crate::both;
use crate::login::ADA;

const HYBRID: &str = "code id_token";

fn in_a_form() -> Value {
    json!({ "response_mode": "form_post" })
}

both! {
    async fn openid_client_signs_in_refreshes_introspects_and_revokes(app: TestApp) {
        let node = Node::start();
        let notes = node.party(&app, app.client("notes").await, json!({})).await;
        let mut browser = app.browser();
        let offline = json!({ "scope": "openid profile email offline_access", "max_age": "600" });
        let response = notes.respond(&app, &mut browser, offline).await;
        let mut request = arrival(&response);
        request["max_age"] = json!(600);
        let told = notes.does("callback", request).await;
        let person = notes.does("userinfo", json!({})).await;
        assert_eq!((&person["sub"], &person["email"]), (&told["claims"]["sub"], &json!(ADA)));
        let refreshed = notes.does("refresh", json!({})).await;
        assert_ne!(refreshed["access_token"], told["access_token"]);
        assert_eq!(refreshed["claims"]["sub"], told["claims"]["sub"]);
        let active = async |token: &str| {
            notes.does("introspect", json!({ "token": token })).await["active"] == true
        };
        assert!(active("access_token").await && active("refresh_token").await);
        notes.does("revoke", json!({ "token": "refresh_token" })).await;
        assert!(!active("access_token").await && !active("refresh_token").await);
        assert_eq!(notes.refuses("refresh", json!({})).await[0], "invalid_grant");
    }

    async fn openid_client_takes_a_code_and_an_id_token_from_the_fragment_and_from_a_form(app: TestApp) {
        let node = Node::start();
        let client = app.add_openid_client("all", json!({})).await;
        let all = node.party(&app, client, json!({ "flow": HYBRID })).await;
        let mut browser = app.browser();
        for (params, mode) in [(json!({}), "fragment"), (in_a_form(), "form_post")] {
            let response = all.respond(&app, &mut browser, params.clone()).await;
            assert_eq!(response.mode, mode);
            let told = all.does("callback", arrival(&response)).await;
            let person = all.does("userinfo", json!({})).await;
            assert_eq!((&person["sub"], &person["email"]), (&told["claims"]["sub"], &json!(ADA)));
            // It does look: a code that the ID token beside it does not know
            let other = all.respond(&app, &mut app.browser(), params.clone()).await;
            let mut mixed = all.respond(&app, &mut browser, params).await;
            mixed.members.insert("code".to_owned(), other.get("code").to_owned());
            let error = all.refuses("callback", arrival(&mixed)).await;
            assert!(error.to_string().contains("c_hash"), "{error}");
        }
    }

    async fn openid_client_takes_a_code_from_a_form(app: TestApp) {
        let node = Node::start();
        let notes = node.party(&app, app.client("notes").await, json!({})).await;
        let response = notes.respond(&app, &mut app.browser(), in_a_form()).await;
        assert_eq!(response.mode, "form_post");
        let told = notes.does("callback", arrival(&response)).await;
        assert_eq!(notes.does("userinfo", json!({})).await["sub"], told["claims"]["sub"]);
    }

    async fn openid_client_takes_an_id_token_alone_from_the_fragment_and_from_a_form(app: TestApp) {
        let node = Node::start();
        for alg in ["RS256", "ES256"] {
            let registered = json!({ "id_token_signed_response_alg": alg });
            let id = alg.to_lowercase();
            let client = app.add_openid_client(&id, registered.clone()).await;
            let more = json!({ "flow": "id_token", "metadata": registered });
            let party = node.party(&app, client, more).await;
            let mut browser = app.browser();
            for (params, mode) in [(json!({}), "fragment"), (in_a_form(), "form_post")] {
                let response = party.respond(&app, &mut browser, params).await;
                assert_eq!(response.mode, mode);
                let claims = party.does("implicit", arrival(&response)).await;
                assert_eq!((&claims["email"], &claims["aud"]), (&json!(ADA), &json!(id)));
            }
        }
    }
}
