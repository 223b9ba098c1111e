//! Whether somebody is signed in, and the end of that: `GET` and `DELETE /session`.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::both;
use crate::support::*;

const ADA: &str = "ada@example.org";
const ORIGIN: &str = "https://notes.example";

fn by_token(app: &TestApp, method: Method, token: &str) -> RequestBuilder {
    app.http.request(method, app.url("/session")).bearer_auth(token)
}

async fn sent(request: RequestBuilder) -> (u16, Value, reqwest::header::HeaderMap) {
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default(), headers)
}

/// As a script of a page asks, with the browser's cookies.
async fn by_page(
    app: &TestApp,
    browser: &Browser,
    origin: &str,
    query: &str,
) -> (u16, Value, reqwest::header::HeaderMap) {
    let cookie = format!("session={}", browser.cookie("session").unwrap_or_default());
    let name = if app.issuer.starts_with("https") { "__Host-" } else { "" };
    let request = app.http.get(app.url(&format!("/session?{query}")));
    sent(
        request
            .header("origin", origin)
            .header("cookie", format!("{name}{}", cookie_name(browser, cookie))),
    )
    .await
}

/// The name of the session cookie is the product's own.
fn cookie_name(browser: &Browser, fallback: String) -> String {
    browser
        .set_cookies
        .iter()
        .rev()
        .filter_map(|line| line.split(';').next())
        .find(|pair| pair.split('=').next().is_some_and(|name| name.ends_with("session")))
        .map_or(fallback, str::to_owned)
}

both! {
    async fn an_app_learns_until_when_somebody_is_signed_in_and_ends_it(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        let code = app.authorize(&mut browser, &notes, ADA, &[("scope", "openid")]).await;
        let token = notes.redeem(&code).await.tokens().access_token;
        let (status, told, headers) = sent(by_token(&app, Method::GET, &token)).await;
        assert_eq!((status, &told["signed_in"]), (200, &json!(true)));
        assert_eq!(headers["cache-control"], "no-store");
        let now = app.app.now().seconds();
        let until = |told: &Value, name: &str| told[name].as_i64().unwrap() - now;
        assert!((28_700..=28_800).contains(&until(&told, "idle_until")), "{told}");
        assert!((43_100..=43_200).contains(&until(&told, "expires_at")), "{told}");
        assert!(told.get("sub").is_none());
        // Asking does not keep it alive, unless that is asked for
        app.later(600);
        let (_, same, _) = sent(by_token(&app, Method::GET, &token)).await;
        assert_eq!(same["idle_until"], told["idle_until"]);
        let touch = app.http.get(app.url("/session?touch=true")).bearer_auth(&token);
        let (_, later, _) = sent(touch).await;
        assert!(until(&later, "idle_until") >= until(&told, "idle_until") + 600, "{later}");

        assert_eq!(sent(by_token(&app, Method::DELETE, &token)).await.0, 204);
        assert_eq!(sent(by_token(&app, Method::GET, &token)).await.0, 401);
        assert_eq!(app.userinfo(&token).await.0, 401);
        let page = browser.open(&app.url("/account")).await.page();
        assert!(page.body.contains("name=\"password\""), "the browser is signed out as well");
    }

    async fn an_offline_token_outlives_the_session_and_says_so(app: TestApp) {
        let notes = app.client("notes").await;
        let code = app.authorize(&mut app.browser(), &notes, ADA, &[]).await;
        let token = notes.redeem(&code).await.tokens().access_token;
        assert_eq!(sent(by_token(&app, Method::DELETE, &token)).await.0, 204);
        let (status, told, _) = sent(by_token(&app, Method::GET, &token)).await;
        assert_eq!((status, told), (200, json!({"signed_in": false})));
        assert_eq!(sent(by_token(&app, Method::DELETE, &token)).await.0, 204);
    }

    async fn pages_of_the_app_may_ask_with_the_cookie_and_nobody_elses(app: TestApp) {
        let browser = app.signed_in(ADA).await;
        let (status, told, headers) = by_page(&app, &browser, ORIGIN, "client_id=notes").await;
        assert_eq!((status, &told["signed_in"]), (200, &json!(true)), "{told}");
        assert_eq!(headers["access-control-allow-origin"], ORIGIN);
        assert_eq!(headers["access-control-allow-credentials"], "true");
        let (_, nobody, _) = by_page(&app, &app.browser(), ORIGIN, "client_id=notes").await;
        assert_eq!(nobody, json!({"signed_in": false}));
        for (origin, query, status) in [
            ("https://eve.example", "client_id=notes", 403),
            ("null", "client_id=notes", 403),
            (ORIGIN, "client_id=photos", 403),
            (ORIGIN, "client_id=nobody", 401),
            (ORIGIN, "", 401),
            (ORIGIN, "client_id=notes&client_id=notes", 400),
        ] {
            let (got, _, headers) = by_page(&app, &browser, origin, query).await;
            let readable = headers.contains_key("access-control-allow-credentials");
            assert_eq!((got, readable), (status, false), "{origin} {query}");
        }
        // No page ends a session by the cookie alone
        let delete = app.http.delete(app.url("/session?client_id=notes")).header("origin", ORIGIN);
        assert_eq!(sent(delete).await.0, 401);
        let (status, ..) = sent(app.http.post(app.url("/session")).bearer_auth("x")).await;
        assert_eq!(status, 401);
    }
}
