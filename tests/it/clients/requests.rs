//! openid-client and requests that nobody changes on the way: RFC 9126, RFC 9101, RFC 7523.

use serde_json::json;

use super::party::{Node, arrival};
use crate::both;
use crate::login::ADA;
use crate::support::param;

both! {
    async fn openid_client_pushes_its_request_and_signs_who_it_is(app: TestApp) {
        let node = Node::start();
        let members = json!({
            "jwks": node.keys("pusher", &["ES256"]).await,
            "token_endpoint_auth_method": "private_key_jwt",
            "require_pushed_authorization_requests": true,
        });
        let client = app.add_client("pusher", members).await;
        let pusher = node.party(&app, client, json!({ "signs_with": "ES256" })).await;
        let offline = json!({ "scope": "openid profile email offline_access" });
        let url = pusher.authorization_url(offline, json!({ "by": "push" })).await;
        let names: Vec<_> = url::Url::parse(&url).unwrap().query_pairs().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names, ["request_uri", "client_id"]);
        let response = app.respond(&mut app.browser(), &url, ADA).await;
        let told = pusher.does("callback", arrival(&response)).await;
        assert_eq!(pusher.does("refresh", json!({})).await["claims"]["sub"], told["claims"]["sub"]);
        let introspected = pusher.does("introspect", json!({ "token": "access_token" })).await;
        assert_eq!(introspected["active"], true);
    }

    async fn openid_client_signs_its_request(app: TestApp) {
        let node = Node::start();
        for alg in ["RS256", "ES256"] {
            let id = alg.to_lowercase();
            let members = json!({
                "jwks": node.keys(&id, &[alg]).await,
                "request_object_signing_alg": alg,
                "require_signed_request_object": true,
            });
            let client = app.add_client(&id, members).await;
            let signer = node.party(&app, client, json!({})).await;
            let plain = signer.authorization_url(json!({}), json!({})).await;
            let back = app.browser().open(&plain).await.away();
            assert_eq!(param(&back, "error").as_deref(), Some("invalid_request"), "{back}");
            let by = json!({ "by": "object", "signs_with": alg });
            let url = signer.authorization_url(json!({}), by).await;
            let response = app.respond(&mut app.browser(), &url, ADA).await;
            let told = signer.does("callback", arrival(&response)).await;
            assert_eq!(told["claims"]["aud"], id.as_str());
        }
    }
}
