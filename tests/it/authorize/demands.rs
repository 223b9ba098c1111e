//! What requests may say besides, for every response type: OpenID Connect Core section 3.1.2.1. The names are those of
//! the modules of the OpenID certification suite.

use serde_json::{Map, Value, json};

use crate::both;
use crate::support::client::claims_of;
use crate::support::responses::TYPES;
use crate::support::*;

const ADA: &str = "ada@example.org";

/// The claims of the ID token of a response, from wherever it comes; none for `none`.
async fn told(client: &TestClient, response: &Response) -> Map<String, Value> {
    if let Some(token) = response.members.get("id_token") {
        return claims_of(token);
    }
    match response.members.get("code") {
        Some(code) => claims_of(&client.redeem(code).await.tokens().id_token.unwrap()),
        None => Map::new(),
    }
}

fn with<'a>(response_type: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("response_type", response_type)], more].concat()
}

/// A browser in which Ada has signed in for a request of this type and allowed all.
async fn begun(
    app: &TestApp,
    client: &TestClient,
    response_type: &str,
) -> (Browser, Map<String, Value>) {
    let mut browser = app.browser();
    let url = client.authorization_url(&[("response_type", response_type)]);
    let response = app.respond(&mut browser, &url, ADA).await;
    let claims = told(client, &response).await;
    (browser, claims)
}

both! {
    async fn oidcc_what_is_unknown_or_a_hint_is_no_error(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        for response_type in TYPES {
            for more in [
                &[("extra", "foobar")][..],
                &[("display", "page")],
                &[("display", "popup")],
                &[("ui_locales", "se")],
                &[("claims_locales", "se")],
                &[("login_hint", "buffy@id.example")],
                &[("login_hint", "\"><svg onload=alert(1)>\u{1F511}")],
                &[("scope", "email openid")],
            ] {
                let url = client.authorization_url(&with(response_type, more));
                let response = app.respond(&mut app.browser(), &url, ADA).await;
                assert!(!response.members.contains_key("error"), "{response_type} {more:?} {response:?}");
            }
        }
    }

    async fn oidcc_alternate_happy_flow_the_order_of_parameters_does_not_matter(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        for response_type in TYPES {
            let url = client.authorization_url(&with(response_type, &[("scope", "email openid")]));
            let (path, query) = url.split_once('?').unwrap();
            let mut pairs: Vec<_> = query.split('&').collect();
            pairs.reverse();
            let url = format!("{path}?{}", pairs.join("&"));
            let response = app.respond(&mut app.browser(), &url, ADA).await;
            assert!(!response.members.contains_key("error"), "{response_type} {response:?}");
        }
    }

    async fn oidcc_prompt_login_and_max_age_1_ask_for_the_password_again(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        for response_type in TYPES {
            for more in [("prompt", "login"), ("max_age", "1")] {
                let (mut browser, first) = begun(&app, &client, response_type).await;
                app.later(2);
                let url = client.authorization_url(&with(response_type, &[more]));
                let page = browser.open(&url).await.page();
                assert!(page.text().contains("Sign in") && page.body.contains("name=\"password\""));
                let response = app.respond(&mut browser, &url, ADA).await;
                let second = told(&client, &response).await;
                if response_type == "none" {
                    assert_eq!(response.names(), ["iss", "state"]);
                    continue;
                }
                let (before, after) = (first["auth_time"].as_i64().unwrap(), second["auth_time"].as_i64().unwrap());
                assert!(after > before && after <= app.app.now().seconds(), "{response_type} {more:?}");
                assert_eq!(first["sub"], second["sub"]);
            }
        }
    }

    async fn oidcc_prompt_none_logged_in_id_token_hint_and_max_age_10000_answer_at_once(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        for response_type in TYPES {
            let (mut browser, first) = begun(&app, &client, response_type).await;
            // A hint is an ID token of an earlier answer
            let response = app.respond(&mut browser, &client.authorization_url(&with("id_token", &[])), ADA).await;
            let hint = response.get("id_token").to_owned();
            app.later(60);
            for more in [
                &[("prompt", "none")][..],
                &[("prompt", "none"), ("id_token_hint", &hint)],
                &[("max_age", "10000")],
                &[("max_age", "15000")],
            ] {
                let landing = browser.open(&client.authorization_url(&with(response_type, more))).await;
                let response = Response::of(landing);
                assert!(!response.members.contains_key("error"), "{response_type} {more:?} {response:?}");
                let second = told(&client, &response).await;
                for name in ["sub", "auth_time", "sid"] {
                    assert_eq!(first.get(name), second.get(name), "{response_type} {more:?}");
                }
            }
        }
    }

    async fn core_3_1_2_1_a_hint_of_somebody_else_asks_for_them(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        app.add_user("bob@example.org", "Bob", None).await;
        let url = client.authorization_url(&with("id_token", &[]));
        let response = app.respond(&mut app.browser(), &url, "bob@example.org").await;
        let (mut browser, _) = begun(&app, &client, "id_token token").await;
        let more = [("prompt", "none"), ("id_token_hint", response.get("id_token"))];
        let refused = Response::of(browser.open(&client.authorization_url(&with("id_token token", &more))).await);
        assert_eq!((refused.mode, refused.get("error")), ("fragment", "login_required"));
    }

    async fn oidcc_ensure_request_with_acr_values_succeeds_and_tells_one_of_them(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        let metadata = app.get("/.well-known/openid-configuration").await.json();
        let all: Vec<_> = metadata["acr_values_supported"].as_array().unwrap().iter()
            .map(|each| each.as_str().unwrap().to_owned()).collect();
        for response_type in TYPES {
            let values = all.join(" ");
            let url = client.authorization_url(&with(response_type, &[("acr_values", &values)]));
            let response = app.respond(&mut app.browser(), &url, ADA).await;
            assert!(!response.members.contains_key("error"), "{response_type}");
            if response_type != "none" {
                let acr = told(&client, &response).await["acr"].as_str().unwrap().to_owned();
                assert!(all.contains(&acr), "{acr}");
            }
        }
    }

    async fn oidcc_prompt_consent_with_offline_access_asks_and_works(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        for response_type in ["code", "code id_token", "code token", "code id_token token"] {
            let (mut browser, _) = begun(&app, &client, response_type).await;
            let more = [("prompt", "consent"), ("scope", "openid offline_access")];
            let page = browser.open(&client.authorization_url(&with(response_type, &more))).await.page();
            assert_eq!(page.url.path(), "/login/consent");
            let response = Response::of(browser.submit(&page, &[], Some("allow")).await);
            let tokens = client.redeem(response.get("code")).await.tokens();
            let first = claims_of(tokens.id_token.as_deref().unwrap());
            app.later(1);
            let again = client.refresh(&tokens.refresh_token.unwrap()).await.tokens();
            let second = claims_of(again.id_token.as_deref().unwrap());
            for name in ["iss", "sub", "aud", "auth_time"] {
                assert_eq!(first[name], second[name]);
            }
            assert!(second["iat"].as_i64() > first["iat"].as_i64());
        }
        // Without a code there is nothing to refresh
        let more = [("prompt", "consent"), ("scope", "openid offline_access")];
        let (mut browser, _) = begun(&app, &client, "id_token token").await;
        let page = browser.open(&client.authorization_url(&with("id_token token", &more))).await.page();
        assert!(!page.text().contains("Keep this access"), "{}", page.text());
        let response = Response::of(browser.submit(&page, &[], Some("allow")).await);
        assert_eq!(response.get("scope"), "openid");
    }

    async fn oidcc_ensure_post_request_succeeds(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        for response_type in TYPES {
            let (browser, _) = begun(&app, &client, response_type).await;
            let url: url::Url = client.authorization_url(&with(response_type, &[])).parse().unwrap();
            let fields: Vec<_> = url.query_pairs().into_owned().collect();
            let mut bare = url.clone();
            bare.set_query(None);
            for mut browser in [browser, app.browser()] {
                let answer = browser.send(reqwest::Method::POST, &bare, Some(&fields)).await;
                let landing = browser.follow(answer).await;
                let response = match landing {
                    Landing::Page(page) => {
                        assert!(page.body.contains("name=\"password\""), "{}", page.text());
                        let page = browser.submit(&page, &[("username", ADA), ("password", PASSWORD)], None).await;
                        Response::of(page)
                    }
                    away @ Landing::Away(_) => Response::of(away),
                };
                assert!(!response.members.contains_key("error"), "{response_type} {response:?}");
            }
        }
    }

    async fn oidcc_ensure_registered_redirect_uri_and_its_kin_stay_on_a_page(app: TestApp) {
        let uris = json!({ "redirect_uris": ["https://all.example/callback", "https://all.example/other?bar=foo"] });
        let client = app.add_openid_client("all", uris).await;
        let mut browser = app.signed_in(ADA).await;
        for response_type in TYPES {
            for uri in [
                "https://all.example/callback/XXXX",
                "https://all.example/callback?foo=bar",
                "https://all.example/other?foo=bar",
                "https://all.example/other",
                "",
            ] {
                for mode in ["", "form_post"] {
                    let more = [("redirect_uri", uri), ("response_mode", mode)];
                    let page = browser.open(&client.authorization_url(&with(response_type, &more))).await.page();
                    let words = page.text();
                    assert_eq!((page.status, page.forms().len()), (400, 0), "{uri} {words}");
                    assert!(words.contains("Invalid request") && words.contains("redirect_uri"), "{words}");
                }
            }
        }
        let query = [("redirect_uri", "https://all.example/other?bar=foo")];
        let response = app.respond(&mut browser, &client.authorization_url(&query), ADA).await;
        assert_eq!((response.get("bar"), response.get("error")), ("foo", ""));
    }

    async fn core_3_1_2_1_a_nonce_comes_back_unchanged_wherever_it_goes(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        let nonce = format!("-._~{}", "n".repeat(60));
        let mut browser = app.browser();
        for response_type in TYPES {
            let url = client.authorization_url(&with(response_type, &[("nonce", &nonce)]));
            let response = app.respond(&mut browser, &url, ADA).await;
            if response_type != "none" {
                assert_eq!(told(&client, &response).await["nonce"], nonce.as_str(), "{response_type}");
            }
        }
    }

    async fn oidcc_registration_logo_uri_policy_uri_and_tos_uri_are_on_the_first_page(app: TestApp) {
        let client = app.add_openid_client("all", json!({
            "logo_uri": "https://all.example/logo.png",
            "policy_uri": "https://all.example/policy",
            "tos_uri": "https://all.example/terms",
        })).await;
        let page = app.browser().open(&client.authorization_url(&[])).await.page();
        assert!(page.text().contains("Sign in"));
        assert!(page.body.contains("<img src=\"https://all.example/logo.png\""), "{}", page.body);
        for link in ["policy", "terms"] {
            assert!(page.body.contains(&format!("href=\"https://all.example/{link}\"")), "{}", page.body);
        }
    }

    async fn oidcc_login_hint_fills_in_a_name_that_binds_nobody(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        let url = client.authorization_url(&with("id_token", &[("login_hint", "buffy@id.example")]));
        let mut browser = app.browser();
        let page = browser.open(&url).await.page();
        assert!(page.body.contains("value=\"buffy@id.example\""), "{}", page.body);
        let response = app.respond(&mut browser, &url, ADA).await;
        assert_eq!(claims_of(response.get("id_token"))["email"], ADA);
    }
}
