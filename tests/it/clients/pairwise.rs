//! openid-client and pairwise subjects: OpenID Connect Core section 8.

use serde_json::json;

use super::party::Node;
use crate::both;
use crate::login::ADA;
use crate::subjects::pairwise;

both! {
    async fn openid_client_sees_one_name_within_a_sector_and_another_outside(app: TestApp) {
        let node = Node::start();
        let mut browser = app.browser();
        let mut subs = Vec::new();
        for (id, host) in [("one", "a.example"), ("same", "a.example"), ("other", "b.example")] {
            let party = node.party(&app, pairwise(&app, id, host).await, json!({})).await;
            let told = party.sign_in(&app, &mut browser, json!({})).await;
            let sub = told["claims"]["sub"].clone();
            assert_eq!(party.does("userinfo", json!({})).await["sub"], sub);
            for other in &subs {
                if *other != sub {
                    let error = party.refuses("userinfo", json!({ "sub": other })).await;
                    assert!(error.to_string().contains("sub"), "{error}");
                }
            }
            subs.push(sub);
        }
        assert_eq!(subs[0], subs[1]);
        assert_ne!(subs[0], subs[2]);
        assert_ne!(subs[0], json!(app.person(ADA).await.id.to_string()));
    }
}
