//! Ways of signing in of a deployment's own: `POST /authenticate/{provider}`, by the example of a partner's portal.

use std::future::ready;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use hatcheck::http::Extensions;
use hatcheck::model::ClientId;
use serde_json::{Value, json};

use crate::on_both;
use crate::partner::Partner;
use crate::support::*;

const ADA: &str = "ada@example.org";
const SECRET: &[u8] = b"a secret that the partner has as well";
const TARGET: &str = "https://diary.example/welcome";

/// A server with the partner, and the app that its links are for.
async fn started(backend: Backend) -> (TestApp, TestClient) {
    let partner = Partner::new(SECRET, ClientId::parse("diary").unwrap(), TARGET);
    let extensions = Extensions::default().authenticator(partner);
    let app = TestApp::start_extended(backend, &[], extensions).await;
    let members = json!({"link_uris": [TARGET], "skip_consent": true});
    let diary = app.add_client("diary", members).await;
    (app, diary)
}

/// What the partner sends; `more` changes it.
fn body(app: &TestApp, more: &Value) -> String {
    let mut body =
        json!({"user": ADA, "page": "7", "timestamp": app.app.now().seconds(), "nonce": "n-1"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body.to_string()
}

fn signature(secret: &[u8], body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    STANDARD.encode(hmac::sign(&key, body.as_bytes()))
}

async fn send(app: &TestApp, base: &str, body: &str, signature: &str) -> (u16, Value) {
    let request = app.http.post(format!("{base}/authenticate/partner"));
    let request = request.header("content-type", "application/vnd.partner+json");
    let answer = request.header("x-partner-signature", signature).body(body.to_owned());
    let answer = answer.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

async fn a_signed_request_gives_a_link_that_signs_in(backend: Backend) {
    let (app, diary) = started(backend).await;
    let body = body(&app, &json!({}));
    let (status, made) = send(&app, &app.issuer, &body, &signature(SECRET, &body)).await;
    assert_eq!(status, 201, "{made}");
    let mut browser = app.browser();
    browser.headers = [("sec-fetch-mode", "navigate"), ("sec-fetch-user", "?1")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
    let page = browser.open(made["url"].as_str().unwrap()).await.page();
    assert!(
        page.text().contains("the partner’s portal")
            || page.text().contains("the partner's portal")
    );
    assert_eq!(browser.submit(&page, &[], None).await.away().as_str(), TARGET);
    let code = app.authorize(&mut browser, &diary, ADA, &[]).await;
    let token = diary.redeem(&code).await.tokens().access_token;
    let kept = app.http.get(app.url("/session/data")).bearer_auth(token).send().await.unwrap();
    assert_eq!(kept.text().await.unwrap(), "{\"page\":\"7\"}");
}

async fn only_the_partner_and_each_request_once(backend: Backend) {
    let (app, _) = started(backend).await;
    let node = app.second_node().await;
    let good = body(&app, &json!({}));
    let forged = body(&app, &json!({"user": "grace@example.org"}));
    for (body, signature) in [
        (&good, signature(b"another secret", &good)),
        (&forged, signature(SECRET, &good)),
        (&good, String::new()),
        (&good, "x".repeat(5_000)),
        (&String::new(), signature(SECRET, "x")),
    ] {
        let (status, told) = send(&app, &app.issuer, body, &signature).await;
        assert_eq!((status, &told["error"]), (403, &json!("access_denied")), "{told}");
    }
    let unreadable = "{\"user\": 7}";
    assert_eq!(send(&app, &app.issuer, unreadable, &signature(SECRET, unreadable)).await.0, 400);
    for at in [-301, 301] {
        let late = body(&app, &json!({"timestamp": app.app.now().seconds() + at}));
        assert_eq!(send(&app, &app.issuer, &late, &signature(SECRET, &late)).await.0, 403);
    }
    let signed = signature(SECRET, &good);
    let bases = [app.issuer.as_str(), &node.base, &app.issuer, &node.base];
    let sent = bases.map(|base| send(&app, base, &good, &signed));
    let mut statuses: Vec<_> = join_all(sent).await.into_iter().map(|(status, _)| status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 403, 403, 403], "once, at whichever node");
    let nobody = body(&app, &json!({"user": "nobody@example.org", "nonce": "n-2"}));
    assert_eq!(send(&app, &app.issuer, &nobody, &signature(SECRET, &nobody)).await.0, 400);
    let other = app.http.post(app.url("/authenticate/other")).body("x").send().await.unwrap();
    assert_eq!(other.status(), 404);
    let get = app.http.get(app.url("/authenticate/partner")).send().await.unwrap();
    assert_eq!(get.status(), 405);
    let huge = "x".repeat(70_000);
    assert_eq!(send(&app, &app.issuer, &huge, "").await.0, 413);
}

on_both!(ready; a_signed_request_gives_a_link_that_signs_in, only_the_partner_and_each_request_once);
