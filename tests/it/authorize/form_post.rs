//! Responses in a form: OAuth 2.0 Form Post Response Mode.

use serde_json::json;

use crate::both;
use crate::support::html::tags;
use crate::support::*;

const ADA: &str = "ada@example.org";
const FORM_POST: (&str, &str) = ("response_mode", "form_post");

/// What the form of a page would send, and where.
pub fn posted(page: &Page) -> (url::Url, std::collections::BTreeMap<String, String>) {
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(page.forms().len(), 1);
    let (target, fields) = page.filled(&[], None);
    (target, fields.into_iter().collect())
}

both! {
    async fn form_post_2_a_code_comes_in_a_form_that_posts_itself(app: TestApp) {
        let uri = "https://shop.example/cb?lane=1&x=%22";
        let shop = app.add_client("shop", json!({ "redirect_uris": [uri], "skip_consent": true })).await;
        let mut browser = app.signed_in(ADA).await;
        let page = browser.open(&shop.authorization_url(&[FORM_POST])).await.page();
        let (target, fields) = posted(&page);
        assert_eq!(target.as_str(), uri, "its own query is kept");
        let names: Vec<_> = fields.keys().map(String::as_str).collect();
        assert_eq!(names, ["code", "iss", "session_state", "state"]);
        assert_eq!((fields["state"].as_str(), fields["iss"].as_str()), ("the state", app.issuer.as_str()));
        assert!(shop.redeem(&fields["code"]).await.tokens().id_token.is_some());
        assert_eq!(page.forms()[0].buttons.len(), 1, "it can be sent without a script");
        assert_eq!(page.header("cache-control"), "no-store");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("form-action https://shop.example;"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    }

    async fn form_post_2_errors_go_the_same_way(app: TestApp) {
        let notes = app.client("notes").await;
        for (more, error) in [
            (("prompt", "none"), "login_required"),
            (("response_type", ""), "invalid_request"),
            (("response_type", "tokens"), "unsupported_response_type"),
            (("scope", "email"), "invalid_scope"),
        ] {
            let url = notes.authorization_url(&[FORM_POST, more]);
            let page = app.browser().open(&url).await.page();
            let (target, fields) = posted(&page);
            assert_eq!(target.as_str(), notes.redirect_uri);
            assert_eq!(fields["error"], error);
            assert_eq!(fields["state"], "the state");
            let names: Vec<_> = fields.keys().filter(|name| *name != "session_state").collect();
            assert_eq!(names, ["error", "error_description", "iss", "state"]);
        }
        let mut browser = app.browser();
        let page = browser.open(&notes.authorization_url(&[FORM_POST])).await.page();
        let refused = browser.submit(&page, &[], Some("deny")).await.page();
        assert_eq!(posted(&refused).1["error"], "access_denied");
    }

    async fn xss_03_nothing_of_a_form_post_page_runs_but_its_own_script(app: TestApp) {
        let notes = app.add_client("own", json!({ "skip_consent": true })).await;
        let state = "\"><script>alert(1)</script>'&amp;{{7*7}}\u{1F511}";
        for (mut browser, answer) in [(app.signed_in(ADA).await, "code"), (app.browser(), "error")] {
            let url = notes.authorization_url(&[FORM_POST, ("state", state), ("prompt", "none")]);
            let page = browser.open(&url).await.page();
            let (_, fields) = posted(&page);
            assert!(fields.contains_key(answer));
            assert_eq!(fields["state"], state);
            assert!(!page.body.contains("<script>alert"), "{}", page.body);
            assert_eq!(tags(&page.body).iter().filter(|tag| tag.name == "script").count(), 1);
            let script = page.body.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
            let hash = aws_hash(script);
            let policy = page.header("content-security-policy");
            assert!(policy.contains(&format!("script-src 'sha256-{hash}';")), "{policy}");
            assert!(!policy.contains("unsafe"), "{policy}");
            // Answers to prompt=none may stand in a frame of the app, and nobody else's
            assert!(policy.contains("frame-ancestors https://own.example;"), "{policy}");
            assert_eq!(page.header("x-frame-options"), "");
        }
    }
}

fn aws_hash(text: &str) -> String {
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(digest(&SHA256, text.as_bytes()))
}
