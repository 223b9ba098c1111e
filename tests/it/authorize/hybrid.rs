//! What tokens of the authorization endpoint hang from: one grant, which the code beside them redeems (OpenID Connect
//! Core section 3.3, RFC 6749 sections 4.1.2 and 10.5).

use serde_json::json;

use crate::both;

const ADA: &str = "ada@example.org";
const ALL: (&str, &str) = ("response_type", "code id_token token");

both! {
    async fn cod_01_and_oidcc_codereuse_a_replayed_code_ends_what_came_with_it_too(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        let mut browser = app.browser();
        let response = app.respond(&mut browser, &client.authorization_url(&[ALL]), ADA).await;
        let front = response.get("access_token");
        let tokens = client.redeem(response.get("code")).await.tokens();
        assert_eq!(app.userinfo(front).await.0, 200);
        assert_eq!(app.userinfo(&tokens.access_token).await.0, 200);
        assert_eq!(client.redeem(response.get("code")).await.error(), (400, "invalid_grant".into()));
        assert_eq!(app.userinfo(front).await.0, 401);
        assert_eq!(app.userinfo(&tokens.access_token).await.0, 401);
        let refreshed = client.refresh(&tokens.refresh_token.unwrap()).await;
        assert_eq!(refreshed.error(), (400, "invalid_grant".into()));
        assert_eq!(client.redeem(response.get("code")).await.error(), (400, "invalid_grant".into()));
    }

    async fn cod_02_of_fifty_redemptions_of_a_hybrid_code_exactly_one_succeeds(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        let node = app.second_node().await;
        let mut browser = app.browser();
        for _ in 0..2 {
            let response = app.respond(&mut browser, &client.authorization_url(&[ALL]), ADA).await;
            let tries: Vec<_> = (0..50).map(|n| {
                let client = if n % 2 == 0 { client.clone() } else { client.at(&node.base) };
                let code = response.get("code").to_owned();
                actix_web::rt::spawn(async move { client.redeem(&code).await })
            }).collect();
            let mut good = 0;
            for each in tries {
                let answer = each.await.unwrap();
                match answer.status {
                    200 => good += 1,
                    _ => assert_eq!(answer.error(), (400, "invalid_grant".into())),
                }
            }
            assert_eq!(good, 1);
        }
    }

    async fn cod_03_a_hybrid_code_is_good_for_its_client_alone(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        let response = app.respond(&mut browser, &client.authorization_url(&[ALL]), ADA).await;
        assert_eq!(notes.redeem(response.get("code")).await.error(), (400, "invalid_grant".into()));
        client.redeem(response.get("code")).await.tokens();
        let front = response.get("access_token");
        assert_eq!(notes.redeem(front).await.error(), (400, "invalid_grant".into()));
        assert_eq!(notes.post("/introspect", &[("token", front)]).await.json(), json!({ "active": false }));
    }

    async fn cod_07_a_token_of_the_browser_that_was_revoked_takes_the_code_with_it(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        let mut browser = app.browser();
        let response = app.respond(&mut browser, &client.authorization_url(&[ALL]), ADA).await;
        let front = response.get("access_token");
        assert_eq!(client.post("/revoke", &[("token", front)]).await.status, 200);
        assert_eq!(app.userinfo(front).await.0, 401);
        assert_eq!(client.redeem(response.get("code")).await.error(), (400, "invalid_grant".into()));
    }

    async fn what_came_through_the_browser_ends_with_the_session_and_offline_access_does_not(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        let mut browser = app.browser();
        for response_type in ["id_token token", "code id_token token"] {
            let url = client.authorization_url(&[("response_type", response_type)]);
            let response = app.respond(&mut browser, &url, ADA).await;
            let code = response.members.get("code").cloned();
            let redeemed = match &code {
                Some(code) => Some(client.redeem(code).await.tokens()),
                None => None,
            };
            let mut other = app.browser();
            let unredeemed = app.respond(&mut other, &url, ADA).await;
            let account = other.open(&app.url("/end-session")).await.page();
            other.submit(&account, &[], Some("allow")).await.page();
            assert_eq!(app.userinfo(unredeemed.get("access_token")).await.0, 401, "{response_type}");
            if unredeemed.members.contains_key("code") {
                let late = client.redeem(unredeemed.get("code")).await;
                assert_eq!(late.error(), (400, "invalid_grant".into()));
            }
            // The other browser's goes on
            assert_eq!(app.userinfo(response.get("access_token")).await.0, 200);
            let account = browser.open(&app.url("/end-session")).await.page();
            browser.submit(&account, &[], Some("allow")).await.page();
            if let Some(tokens) = redeemed {
                let refreshed = client.refresh(&tokens.refresh_token.unwrap()).await;
                assert_eq!(refreshed.status, 200, "offline access outlives the session");
            } else {
                assert_eq!(app.userinfo(response.get("access_token")).await.0, 401);
            }
        }
    }

    async fn cod_05_a_hybrid_code_is_good_for_a_minute_and_its_token_for_its_time(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        let mut browser = app.browser();
        let response = app.respond(&mut browser, &client.authorization_url(&[ALL]), ADA).await;
        app.later(61);
        assert_eq!(client.redeem(response.get("code")).await.error(), (400, "invalid_grant".into()));
        assert_eq!(app.userinfo(response.get("access_token")).await.0, 200);
        app.later(840);
        assert_eq!(app.userinfo(response.get("access_token")).await.0, 401);
    }
}
