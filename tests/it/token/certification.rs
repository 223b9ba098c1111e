//! What modules of the certification suite look at on the way from a code to userinfo: see docs/conformance.md.

use std::collections::HashMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::both;
use crate::support::client::claims_of;
use crate::support::*;

const ADA: &str = "ada@example.org";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Shannon's entropy of a text, in bits, as the suite measures it.
#[expect(clippy::cast_precision_loss, reason = "the texts are short")]
fn entropy(text: &str) -> f64 {
    let mut counts: HashMap<char, usize> = HashMap::new();
    text.chars().for_each(|c| *counts.entry(c).or_default() += 1);
    let all = text.len() as f64;
    counts.values().map(|count| *count as f64).map(|count| -count * (count / all).log2()).sum()
}

/// Asks userinfo in the way that the test chooses.
async fn userinfo(
    app: &TestApp,
    method: Method,
    change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
) -> (u16, String, Value) {
    let answer = change(app.http.request(method, app.url("/userinfo"))).send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let kind = headers.get("content-type").map(|value| value.to_str().unwrap().to_owned());
    (status, kind.unwrap_or_default(), answer.json().await.unwrap_or_default())
}

both! {
    async fn oidcc_server_answers_as_the_certification_wants_it(app: TestApp) {
        let notes = app.client("notes").await;
        let code = app.authorize(&mut app.browser(), &notes, ADA, &[("scope", "openid offline_access")]).await;
        assert!(code.len() > 22 && entropy(&code) > 96.0, "{}", entropy(&code));
        let answer = notes.redeem(&code).await;
        let json = answer.json();
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert!(json["expires_in"].as_u64().is_some_and(|n| (1..=31_536_000).contains(&n)));
        let tokens = answer.tokens();
        for token in [&tokens.access_token, &tokens.refresh_token.unwrap()] {
            assert!(entropy(token) > 96.0 && token.bytes().all(|b| (0x20..=0x7e).contains(&b)), "{token}");
        }
        let claims = claims_of(&tokens.id_token.unwrap());
        let now = app.app.now().seconds();
        let number = |name: &str| claims[name].as_i64().unwrap();
        assert!((now - 300..=now).contains(&number("iat")) && (now - 300..=now).contains(&number("auth_time")));
        assert!(number("exp") > now);
        let sub = claims["sub"].as_str().unwrap();
        assert!(!sub.is_empty() && sub.len() <= 255 && sub.is_ascii());
        assert_eq!(claims["acr"], "urn:hatcheck:acr:1fa");
        assert_eq!(app.userinfo(&tokens.access_token).await, (200, json!({"sub": sub})));
    }

    async fn oidcc_userinfo_get_post_header_and_post_body(app: TestApp) {
        let notes = app.client("notes").await;
        let code = app.authorize(&mut app.browser(), &notes, ADA, &[]).await;
        let tokens = notes.redeem(&code).await.tokens();
        let (token, sub) = (tokens.access_token, claims_of(&tokens.id_token.unwrap())["sub"].clone());
        let form = format!("access_token={token}");
        let answers = [
            userinfo(&app, Method::GET, |request| request.bearer_auth(&token)).await,
            userinfo(&app, Method::POST, |request| request.bearer_auth(&token)).await,
            userinfo(&app, Method::POST, |request| request.header(FORM.0, FORM.1).body(form)).await,
        ];
        for (status, kind, claims) in answers {
            assert_eq!((status, kind.as_str(), &claims["sub"]), (200, "application/json", &sub));
        }
        let wrong = userinfo(&app, Method::GET, |request| request.bearer_auth("wrong")).await;
        assert_eq!(wrong.0, 401);
    }

    async fn oidcc_alternate_happy_flow_and_unknown_parameters(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        let more = [("scope", "email openid"), ("extra", "foobar")];
        let code = app.authorize(&mut browser, &notes, ADA, &more).await;
        assert_eq!(notes.redeem(&code).await.tokens().scope, "email openid");
        let mut url = url::Url::parse(&notes.authorization_url(&more)).unwrap();
        let mut pairs: Vec<_> = url.query_pairs().into_owned().collect();
        pairs.reverse();
        url.query_pairs_mut().clear().extend_pairs(pairs);
        let back = browser.open(url.as_str()).await.away();
        assert!(notes.redeem(&param(&back, "code").unwrap()).await.tokens().id_token.is_some());
        let plain = [("code_challenge", ""), ("code_challenge_method", "")];
        let code = app.authorize(&mut browser, &notes, ADA, &plain).await;
        let fields = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &notes.redirect_uri)];
        notes.post("/token", &fields).await.tokens();
    }

    async fn oidcc_codereuse_and_codereuse_30seconds(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        for wait in [0, 30] {
            let code = app.authorize(&mut browser, &notes, ADA, &[]).await;
            let token = notes.redeem(&code).await.tokens().access_token;
            app.later(wait);
            let again = notes.redeem(&code).await;
            assert_eq!(again.error(), (400, "invalid_grant".into()), "{wait}");
            assert_eq!(again.headers["content-type"], "application/json");
            let description = again.json()["error_description"].as_str().unwrap().to_owned();
            assert!(description.bytes().all(|b| matches!(b, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)));
            assert_eq!(app.userinfo(&token).await.0, 401, "{wait}");
        }
    }

    async fn oidcc_refresh_token_with_and_without_scope_and_by_another_client(app: TestApp) {
        let (notes, photos) = (app.client("notes").await, app.client("photos").await);
        let more = [("scope", "openid offline_access"), ("prompt", "consent")];
        let code = app.authorize(&mut app.browser(), &notes, ADA, &more).await;
        let first = notes.redeem(&code).await.tokens();
        let refresh_token = first.refresh_token.unwrap();
        assert_eq!(photos.refresh(&refresh_token).await.error(), (400, "invalid_grant".into()));
        app.later(1);
        let answer = notes.refresh(&refresh_token).await;
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert!(answer.json()["expires_in"].is_number());
        let second = answer.tokens();
        assert_ne!(second.access_token, first.access_token);
        let (before, after) = (claims_of(&first.id_token.unwrap()), claims_of(&second.id_token.unwrap()));
        for name in ["iss", "sub", "aud", "auth_time", "azp"] {
            assert_eq!(before.get(name), after.get(name), "{name}");
        }
        assert!(after["iat"].as_i64() > before["iat"].as_i64() && after.get("nonce").is_none());
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", second.refresh_token.as_deref().unwrap()),
            ("scope", "openid offline_access"),
        ];
        assert_eq!(notes.post("/token", &fields).await.tokens().scope, "offline_access openid");
    }

    async fn oidcc_server_client_secret_post_and_basic_each_as_registered(app: TestApp) {
        let mut browser = app.browser();
        for (method, in_body) in [("client_secret_post", true), ("client_secret_basic", false)] {
            let id = method.replace('_', "-");
            let client = app.add_client(&id, json!({"token_endpoint_auth_method": method})).await;
            for post in [!in_body, in_body] {
                let code = app.authorize(&mut browser, &client, ADA, &[]).await;
                let mut fields = vec![
                    ("grant_type", "authorization_code"),
                    ("code", code.as_str()),
                    ("redirect_uri", client.redirect_uri.as_str()),
                    ("code_verifier", crate::support::client::VERIFIER),
                ];
                let answer = if post {
                    fields.extend([("client_id", client.id.as_str()), ("client_secret", client.secret.as_str())]);
                    client.send("/token", None, &fields).await
                } else {
                    client.post("/token", &fields).await
                };
                assert_eq!(answer.status == 200, post == in_body, "{method}: {}", answer.body);
            }
        }
    }
}
