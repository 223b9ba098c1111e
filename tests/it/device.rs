//! `/device-authorization`, `/device`, and the device grant at `/token`: RFC 8628.

use reqwest::Method;
use serde_json::{Value, json};

use crate::both;
use crate::login::{ADA, GRACE};
use crate::support::client::{Answer, claims_of};
use crate::support::*;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// An app on a device, which has no secret.
async fn television(app: &TestApp) -> TestClient {
    let metadata = json!({
        "client_name": "Television",
        "grant_types": [GRANT, "refresh_token"],
        "response_types": [],
        "redirect_uris": [],
        "post_logout_redirect_uris": [],
        "token_endpoint_auth_method": "none",
        "scope": "openid profile email offline_access",
    });
    app.add_client("television", metadata).await
}

async fn begin(tv: &TestClient, scope: &str) -> Value {
    let fields = [("client_id", tv.id.as_str()), ("scope", scope)];
    let answer = tv.send("/device-authorization", None, &fields).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.headers["cache-control"], "no-store");
    answer.json()
}

async fn poll(tv: &TestClient, begun: &Value) -> Answer {
    let code = begun["device_code"].as_str().unwrap();
    tv.send("/token", None, &[("grant_type", GRANT), ("client_id", &tv.id), ("device_code", code)])
        .await
}

/// Opens the page with this code and decides there.
async fn decide(app: &TestApp, browser: &mut Browser, code: &str, decision: &str) -> Page {
    let page = browser.open(&app.url("/device")).await.page();
    let (mut url, fields) = page.filled(&[("user_code", code)], None);
    url.query_pairs_mut().clear().extend_pairs(&fields);
    let confirm = browser.open(url.as_str()).await.page();
    browser.submit(&confirm, &[], Some(decision)).await.page()
}

fn text<'a>(begun: &'a Value, name: &str) -> &'a str {
    begun[name].as_str().unwrap()
}

both! {
    async fn a_device_is_allowed_in_lower_case_without_the_dash_and_gets_tokens_like_any_other(app: TestApp) {
        let tv = television(&app).await;
        let document = app.get("/.well-known/openid-configuration").await.json();
        assert_eq!(document["device_authorization_endpoint"], app.url("/device-authorization"));
        assert!(document["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT)));
        let begun = begin(&tv, "openid profile offline_access").await;
        assert_eq!((begun["expires_in"].as_i64(), begun["interval"].as_i64()), (Some(600), Some(5)));
        assert_eq!(text(&begun, "verification_uri"), app.url("/device"));
        let complete = format!("{}?user_code={}", app.url("/device"), text(&begun, "user_code"));
        assert_eq!(text(&begun, "verification_uri_complete"), complete);
        assert_eq!(poll(&tv, &begun).await.error(), (400, "authorization_pending".into()));
        let mut browser = app.browser();
        let login = browser.open(&app.url("/device")).await.page();
        assert!(login.url.path().ends_with("/login"), "nobody looks at codes who is not signed in");
        let page = browser.submit(&login, &[("username", ADA), ("password", PASSWORD)], None).await.page();
        assert_eq!(page.url.path(), "/device");
        let typed = text(&begun, "user_code").to_lowercase().replace('-', "");
        let done = decide(&app, &mut browser, &typed, "allow").await;
        assert!(done.text().contains("Your device is connected"), "{}", done.text());
        let tokens = poll(&tv, &begun).await.tokens();
        let claims = claims_of(tokens.id_token.as_ref().unwrap());
        assert_eq!(claims["aud"], "television");
        assert_eq!(app.userinfo(&tokens.access_token).await.1["name"], "Ada Lovelace");
        assert_eq!(app.events().await.iter().filter(|kind| **kind == "consent_given").count(), 1);
        let refresh = [
            ("grant_type", "refresh_token"),
            ("client_id", &tv.id),
            ("refresh_token", tokens.refresh_token.as_ref().unwrap()),
        ];
        tv.send("/token", None, &refresh).await.tokens();
        // What was allowed is on the account page, and ends there
        let apps = browser.open(&app.url("/account/apps")).await.page();
        browser.submit(&apps, &[("client_id", "television")], None).await.page();
        assert_eq!(app.userinfo(&tokens.access_token).await.0, 401);
    }

    async fn dev_01_guesses_are_counted_for_the_person_and_the_address(app: TestApp) {
        let tv = television(&app).await;
        let begun = begin(&tv, "openid").await;
        let right = text(&begun, "user_code").to_owned();
        let guess = |n: usize| ["B", "C", "D", "F", "G", "H", "J"][n].repeat(10);
        let mut browser = app.signed_in(ADA).await;
        let ask = |code: String| app.url(&format!("/device?user_code={code}"));
        for n in 0..5 {
            let page = browser.open(&ask(guess(n))).await.page();
            assert_eq!((page.status, page.text().contains("No device waits")), (200, true), "{n}: {}", page.text());
        }
        for code in [guess(5), right.clone()] {
            let page = browser.open(&ask(code)).await.page();
            assert_eq!(page.status, 429, "{}", page.text());
            assert!(!page.header("retry-after").is_empty() && !page.text().contains("Television"));
        }
        // Another session of the same person, and other sites, change nothing; another person may
        let page = app.signed_in(ADA).await.open(&ask(right.clone())).await.page();
        assert_eq!(page.status, 429);
        let mut other = app.signed_in(GRACE).await;
        let mut led = other.clone();
        led.headers.push(("sec-fetch-site".into(), "cross-site".into()));
        for n in 0..7 {
            let page = led.open(&ask(guess(n))).await.page();
            assert!(page.status == 200 && !page.text().contains("No device waits"), "a link uses up no guesses");
        }
        let page = other.open(&ask(right.clone())).await.page();
        assert!(page.text().contains("Television"), "{}", page.text());
        app.later(15 * 60);
        let late = app.signed_in(ADA).await.open(&ask(right)).await.page();
        assert!(late.text().contains("too old"), "{}", late.text());
    }

    async fn dev_01_many_guesses_at_once_are_no_more_than_allowed(app: TestApp) {
        let browser = app.signed_in(ADA).await;
        let letters = ["B", "C", "D", "F", "G", "H", "J", "K", "L", "M", "N", "P"];
        let tries = letters.into_iter().map(|letter| {
            let url = app.url(&format!("/device?user_code={}", letter.repeat(10)));
            let mut browser = browser.clone();
            async move { browser.open(&url).await.page().status }
        });
        let mut answered = 0;
        for status in at_once(tries.collect()).await {
            answered += usize::from(status == 200);
        }
        assert!(answered <= 5, "{answered}");
    }

    async fn dev_02_a_code_from_a_link_is_compared_and_needs_a_click(app: TestApp) {
        let tv = television(&app).await;
        let begun = begin(&tv, "openid email").await;
        let mut browser = app.signed_in(ADA).await;
        app.later(90);
        let link = text(&begun, "verification_uri_complete");
        // Not even a hint that the code was typed suppresses the warning
        for url in [link.to_owned(), format!("{link}&typed=1")] {
            let page = browser.open(&url).await.page();
            let words = page.text();
            for word in ["Television", text(&begun, "user_code"), "2 minutes ago", "the network that you are using", "Compare it", "e-mail address"] {
                assert!(words.contains(word), "{word}: {words}");
            }
        }
        let page = browser.open(link).await.page();
        let (url, fields) = page.filled(&[], Some("allow"));
        for wrong in ["", "x"] {
            let mut forged = fields.clone();
            forged.iter_mut().find(|(name, _)| name == "csrf").unwrap().1 = String::from(wrong);
            assert_eq!(browser.send(Method::POST, &url, Some(&forged)).await.status, 403);
        }
        // The token of another code's page
        let other = begin(&tv, "openid").await;
        let other = browser.open(text(&other, "verification_uri_complete")).await.page();
        let (_, others) = other.filled(&[], Some("allow"));
        let token = |fields: &[(String, String)]| fields.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
        let mut forged = fields.clone();
        forged.iter_mut().find(|(name, _)| name == "csrf").unwrap().1 = token(&others);
        assert_eq!(browser.send(Method::POST, &url, Some(&forged)).await.status, 403);
        let mut cross = browser.clone();
        cross.headers.push(("sec-fetch-site".into(), "cross-site".into()));
        cross.headers.push(("origin".into(), "https://evil.example".into()));
        assert_eq!(cross.send(Method::POST, &url, Some(&fields)).await.status, 403);
        assert_eq!(poll(&tv, &begun).await.error(), (400, "authorization_pending".into()));
        // The typed one needs no comparison
        let entry = browser.open(&app.url("/device")).await.page();
        let (mut url, fields) = entry.filled(&[("user_code", text(&begun, "user_code"))], None);
        url.query_pairs_mut().clear().extend_pairs(&fields);
        let typed = browser.open(url.as_str()).await.page();
        assert!(typed.text().contains("the code that you typed"), "{}", typed.text());
    }

    async fn dev_03_polling_denial_expiry_and_other_clients(app: TestApp) {
        let tv = television(&app).await;
        let begun = begin(&tv, "openid").await;
        assert_eq!(poll(&tv, &begun).await.error().1, "authorization_pending");
        assert_eq!(poll(&tv, &begun).await.error(), (400, "slow_down".into()));
        app.later(6);
        assert_eq!(poll(&tv, &begun).await.error().1, "slow_down", "the interval has grown to ten seconds");
        app.later(16);
        assert_eq!(poll(&tv, &begun).await.error().1, "authorization_pending");
        let code = text(&begun, "device_code");
        let notes = app.client("notes").await;
        let grant = [("grant_type", GRANT), ("device_code", code)];
        assert_eq!(notes.post("/token", &grant).await.error(), (400, "unauthorized_client".into()));
        let other = json!({"grant_types": [GRANT], "response_types": [], "redirect_uris": []});
        let other = app.add_client("other", other).await;
        assert_eq!(other.post("/token", &grant).await.error(), (400, "invalid_grant".into()));
        let refused = notes.post("/device-authorization", &[("scope", "openid")]).await;
        assert_eq!(refused.error(), (400, "unauthorized_client".into()));
        let in_url = app.get(&format!("/token?device_code={code}")).await;
        assert_eq!(in_url.status, 405);
        let mut browser = app.signed_in(ADA).await;
        let denied = decide(&app, &mut browser, text(&begun, "user_code"), "deny").await;
        assert!(denied.text().contains("not connected"), "{}", denied.text());
        assert_eq!(poll(&tv, &begun).await.error(), (400, "access_denied".into()));
        let over = browser.open(text(&begun, "verification_uri_complete")).await.page();
        assert!(over.text().contains("used already"), "{}", over.text());
        let late = begin(&tv, "openid").await;
        app.later(601);
        assert_eq!(poll(&tv, &late).await.error(), (400, "expired_token".into()));
        assert!(app.consents_of(ADA).await.is_empty());
    }

    async fn dev_03_of_two_nodes_one_redeems_and_afterwards_nobody(app: TestApp) {
        let node = app.second_node().await;
        let tv = television(&app).await;
        for _ in 0..3 {
            let begun = begin(&tv, "openid offline_access").await;
            let mut browser = app.signed_in(ADA).await;
            decide(&app, &mut browser, text(&begun, "user_code"), "allow").await;
            let nodes = [tv.clone(), tv.at(&node.base), tv.clone(), tv.at(&node.base)];
            let polls = nodes.map(|tv| { let begun = begun.clone(); async move { poll(&tv, &begun).await } });
            let answers = at_once(polls.into_iter().collect()).await;
            let (good, bad): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
            assert_eq!(good.len(), 1);
            assert!(bad.iter().all(|answer| answer.error() == (400, "invalid_grant".into())));
            assert_eq!(poll(&tv, &begun).await.error(), (400, "invalid_grant".into()));
            assert_eq!(app.userinfo(&good[0].tokens().access_token).await.0, 200, "a second try harms nobody");
        }
    }

    async fn log_09_somebody_who_was_disabled_since_gets_no_device(app: TestApp) {
        let tv = television(&app).await;
        let begun = begin(&tv, "openid offline_access").await;
        let mut browser = app.signed_in(ADA).await;
        let confirm = browser.open(text(&begun, "verification_uri_complete")).await.page();
        decide(&app, &mut browser, text(&begun, "user_code"), "allow").await;
        app.later(1);
        app.disable(ADA).await;
        assert_eq!(poll(&tv, &begun).await.error(), (400, "invalid_grant".into()));
        let landed = browser.submit(&confirm, &[], Some("allow")).await.page();
        assert!(landed.url.path().ends_with("/login"), "{}", landed.url);
    }

    async fn what_the_app_wants_of_sign_ins_is_wanted_of_devices(app: TestApp) {
        let metadata = json!({
            "grant_types": [GRANT], "response_types": [], "redirect_uris": [],
            "default_acr_values": ["urn:hatcheck:acr:2fa"], "default_max_age": 60,
        });
        let vault = app.add_client("vault", metadata).await;
        let mut browser = app.signed_in(ADA).await;
        app.later(61);
        let begun = vault.post("/device-authorization", &[("scope", "openid")]).await.json();
        let again = browser.open(text(&begun, "verification_uri_complete")).await.page();
        assert!(again.url.path().ends_with("/login"), "{}", again.url);
        app.give_totp(ADA).await;
        let landed = app.sign_in(&mut browser, text(&begun, "verification_uri_complete"), ADA).await.page();
        assert_eq!(landed.url.path(), "/device");
        browser.submit(&landed, &[], Some("allow")).await.page();
        let fields = [("grant_type", GRANT), ("device_code", text(&begun, "device_code"))];
        let tokens = vault.post("/token", &fields).await.tokens();
        assert_eq!(claims_of(tokens.id_token.as_ref().unwrap())["acr"], "urn:hatcheck:acr:2fa");
    }

    async fn strangers_can_begin_only_so_many(app: TestApp) {
        let tv = television(&app).await;
        let fields = [("client_id", tv.id.as_str()), ("scope", "openid")];
        for _ in 0..50 {
            begin(&tv, "openid").await;
        }
        let refused = tv.send("/device-authorization", None, &fields).await;
        assert_eq!(refused.error(), (429, "temporarily_unavailable".into()));
        assert!(refused.headers.contains_key("retry-after"));
        app.later(601);
        begin(&tv, "openid").await;
        let stranger = tv.send("/device-authorization", None, &[("client_id", "nobody")]).await;
        assert_eq!(stranger.error(), (401, "invalid_client".into()));
    }
}

/// All at once.
async fn at_once<F: Future + 'static>(futures: Vec<F>) -> Vec<F::Output>
where
    F::Output: 'static,
{
    let tasks: Vec<_> = futures.into_iter().map(actix_web::rt::spawn).collect();
    let mut outputs = Vec::new();
    for task in tasks {
        outputs.push(task.await.unwrap());
    }
    outputs
}
