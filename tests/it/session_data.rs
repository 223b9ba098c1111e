//! What an app keeps with a session: `/session/data`, RFC 9110 section 13.

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::both;
use crate::support::client::claims_of;
use crate::support::*;

/// How an app asks.
enum By<'a> {
    Token(&'a str),
    Client(&'a TestClient, &'a str),
    Nobody,
}

fn request(app: &TestApp, method: Method, by: &By<'_>) -> RequestBuilder {
    let url = app.url("/session/data");
    match by {
        By::Token(token) => app.http.request(method, url).bearer_auth(token),
        By::Client(client, sid) => app
            .http
            .request(method, format!("{url}?sid={sid}"))
            .basic_auth(&client.id, Some(&client.secret)),
        By::Nobody => app.http.request(method, url),
    }
}

async fn sent(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: response.text().await.unwrap() }
}

async fn get(app: &TestApp, by: By<'_>) -> (u16, String, String) {
    let answer = sent(request(app, Method::GET, &by)).await;
    (answer.status, answer.body.clone(), tag_of(&answer))
}

fn tag_of(answer: &Answer) -> String {
    answer.headers.get("etag").map_or(String::new(), |tag| tag.to_str().unwrap().to_owned())
}

async fn put(app: &TestApp, by: By<'_>, condition: (&str, &str), body: &str) -> Answer {
    let mut put = request(app, Method::PUT, &by).header("content-type", "application/json");
    if !condition.0.is_empty() {
        put = put.header(condition.0, condition.1);
    }
    sent(put.body(body.to_owned())).await
}

const FIRST: (&str, &str) = ("if-none-match", "*");
const ALWAYS: (&str, &str) = ("", "");

async fn tokens(app: &TestApp, browser: &mut Browser, client: &TestClient) -> Tokens {
    let code = app.authorize(browser, client, "ada@example.org", &[]).await;
    client.redeem(&code).await.tokens()
}

both! {
    async fn an_app_keeps_data_with_a_session_and_loses_no_update(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        let mine = tokens(&app, &mut browser, &notes).await;
        let token = || By::Token(&mine.access_token);
        let sid = claims_of(&mine.access_token)["sid"].as_str().unwrap().to_owned();
        assert_eq!(get(&app, token()).await.0, 404);
        assert_eq!(put(&app, token(), ALWAYS, "{}").await.status, 428);
        assert_eq!(put(&app, token(), ("if-match", "\"x\""), "{}").await.status, 412);
        let body = json!({"open": ["a", "b"], "é": null}).to_string();
        let created = put(&app, token(), FIRST, &body).await;
        let first = tag_of(&created);
        assert_eq!((created.status, first.starts_with('"')), (201, true));
        assert_eq!(put(&app, token(), FIRST, "[]").await.status, 412);
        assert_eq!(get(&app, token()).await, (200, body.clone(), first.clone()));
        assert_eq!(get(&app, By::Client(&notes, &sid)).await, (200, body, first.clone()));
        let again = request(&app, Method::GET, &token()).header("if-none-match", &first);
        assert_eq!(sent(again).await.status, 304);

        let second = put(&app, By::Client(&notes, &sid), ("if-match", &first), "[2]").await;
        assert_eq!(second.status, 204);
        assert_eq!(put(&app, token(), ("if-match", &first), "[3]").await.status, 412);
        assert_eq!(get(&app, token()).await.1, "[2]");
        let late = request(&app, Method::DELETE, &token()).header("if-match", &first);
        assert_eq!(sent(late).await.status, 412);
        let tag = tag_of(&second);
        assert_eq!(sent(request(&app, Method::DELETE, &token()).header("if-match", tag)).await.status, 204);
        assert_eq!(sent(request(&app, Method::DELETE, &token())).await.status, 204);
        assert_eq!(get(&app, token()).await.0, 404);
    }

    async fn it_is_the_apps_own_and_gone_with_the_session(app: TestApp) {
        let (notes, photos) = (app.client("notes").await, app.client("photos").await);
        let mut browser = app.browser();
        let mine = tokens(&app, &mut browser, &notes).await;
        let sid = claims_of(&mine.access_token)["sid"].as_str().unwrap().to_owned();
        assert_eq!(put(&app, By::Token(&mine.access_token), FIRST, "1").await.status, 201);
        assert_eq!(get(&app, By::Client(&photos, &sid)).await.0, 404, "photos is not in the session yet");
        let theirs = tokens(&app, &mut browser, &photos).await;
        assert_eq!(claims_of(&theirs.access_token)["sid"], sid);
        assert_eq!(get(&app, By::Token(&theirs.access_token)).await.0, 404);
        assert_eq!(put(&app, By::Token(&theirs.access_token), FIRST, "2").await.status, 201);
        let fresh = notes.refresh(mine.refresh_token.as_ref().unwrap()).await.tokens();
        assert_eq!(get(&app, By::Token(&fresh.access_token)).await.1, "1");
        // Signing in again in the same session changes nothing
        let again = tokens(&app, &mut browser, &notes).await;
        assert_eq!(get(&app, By::Token(&again.access_token)).await.1, "1");

        let page = browser.open(&app.url("/account")).await.page();
        browser.submit(&page, &[], Some("Sign out")).await.page();
        assert_eq!(get(&app, By::Token(&fresh.access_token)).await.0, 404, "offline: the token lives on");
        assert_eq!(get(&app, By::Client(&notes, &sid)).await.0, 404);
        assert_eq!(put(&app, By::Client(&notes, &sid), FIRST, "1").await.status, 404);
        let other = tokens(&app, &mut browser, &notes).await;
        assert_eq!(get(&app, By::Token(&other.access_token)).await.0, 404, "another session");
    }

    async fn strangers_and_nonsense_are_refused(app: TestApp) {
        let notes = app.client("notes").await;
        let mine = tokens(&app, &mut app.browser(), &notes).await;
        let sid = claims_of(&mine.access_token)["sid"].as_str().unwrap().to_owned();
        let mut wrong = notes.clone();
        "wrong".clone_into(&mut wrong.secret);
        let spa = app.add_client("spa", json!({"token_endpoint_auth_method": "none"})).await;
        let id_token = mine.id_token.clone().unwrap();
        for (by, status) in [
            (By::Nobody, 401),
            (By::Token("x"), 401),
            (By::Token(&id_token), 401),
            (By::Token(mine.refresh_token.as_ref().unwrap()), 401),
            (By::Client(&wrong, &sid), 401),
            (By::Client(&spa, &sid), 401),
            (By::Client(&notes, ""), 400),
            (By::Client(&notes, "x"), 400),
            (By::Client(&notes, &format!("{sid}&sid={sid}")), 400),
            (By::Client(&notes, "00000000-0000-0000-0000-000000000000"), 404),
        ] {
            let (got, body, _) = get(&app, by).await;
            assert_eq!(got, status, "{body}");
        }
        let by = || By::Token(&mine.access_token);
        for (body, status) in [
            (String::new(), 400),
            ("{".to_owned(), 400),
            ("{} {}".to_owned(), 400),
            ("[".repeat(100_000), 400),
            (format!("\"{}\"", "x".repeat(256 * 1024)), 413),
            (format!("\"{}\"", "x".repeat(256 * 1024 - 2)), 201),
        ] {
            assert_eq!(put(&app, by(), FIRST, &body).await.status, status, "{body:.20}");
        }
        let form = request(&app, Method::PUT, &by()).header("if-match", "*");
        let form = form.header("content-type", "application/x-www-form-urlencoded").body("a=b");
        assert_eq!(sent(form).await.status, 415);
        let post = request(&app, Method::POST, &by()).header("content-type", "application/json").body("{}");
        assert_eq!(sent(post).await.status, 405);
    }

    async fn pain_16_pages_of_the_app_may_use_it_and_no_others(app: TestApp) {
        let notes = app.client("notes").await;
        let mine = tokens(&app, &mut app.browser(), &notes).await;
        for (origin, allowed) in [("https://notes.example", true), ("https://eve.example", false)] {
            let get = request(&app, Method::GET, &By::Token(&mine.access_token)).header("origin", origin);
            let answer = sent(get).await;
            let headers = ["access-control-allow-origin", "access-control-expose-headers"];
            let [may, exposed] = headers.map(|name| answer.headers.get(name).is_some());
            assert_eq!((may, exposed), (allowed, allowed), "{origin}");
        }
        let ask = request(&app, Method::OPTIONS, &By::Nobody).header("origin", "https://notes.example");
        let answer = sent(ask).await;
        let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
        assert!(header("access-control-allow-methods").contains("PUT"));
        assert!(header("access-control-allow-headers").contains("if-match"));
    }
}
