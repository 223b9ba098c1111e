//! The middleware and the extractor of actix-web, over HTTP.

use std::sync::{Arc, Mutex};

use actix_web::dev::{Service, ServiceRequest};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use hatcheck_guard::{Guard, Identity};
use reqwest::Method;
use serde_json::{Value, json};

use crate::example;
use crate::support::Scene;
use crate::support::issuer::Mood;

/// What handlers and loggers inside of the guard have seen of a request.
type Seen = Arc<Mutex<Vec<String>>>;

/// The app of the example, and routes that tell what they see.
fn start(guard: Guard, seen: Seen) -> String {
    let factory = move || {
        let (inside, handled) = (seen.clone(), seen.clone());
        let log = move |request: &ServiceRequest| {
            inside.lock().unwrap().push(format!(
                "{:?} {:?}",
                request.request(),
                request.match_info()
            ));
        };
        let tell = move |request: HttpRequest, identity: Identity| {
            let text =
                format!("{} {} {}", request.full_url(), request.query_string(), identity.token_id);
            handled.lock().unwrap().push(text);
            async { "seen" }
        };
        App::new()
            .configure(|app| example::routes(app, &guard))
            .service(
                web::scope("/deep/{id}")
                    .wrap_fn(move |request, service| {
                        log(&request);
                        service.call(request)
                    })
                    .wrap(guard.rule().token_in_url())
                    .route("/tell", web::get().to(tell))
                    .route(
                        "/write",
                        web::post().to(HttpResponse::Ok).wrap(guard.scope("notes:write")),
                    )
                    .route("/read", web::get().to(HttpResponse::Ok).wrap(guard.scope("notes:read")))
                    .route("/fail", web::get().to(fail)),
            )
            .service(web::resource("/cookie").wrap(guard.rule()).to(HttpResponse::Ok))
            .route("/forgotten", web::get().to(|_: Identity| HttpResponse::Ok()))
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = HttpServer::new(factory).workers(1).disable_signals().listen(listener).unwrap();
    actix_web::rt::spawn(server.run());
    base
}

async fn fail() -> Result<HttpResponse, actix_web::Error> {
    Err(actix_web::error::ErrorBadRequest("no"))
}

struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn ask(method: Method, url: String, headers: &[(&str, &str)]) -> Answer {
    let mut request = reqwest::Client::new().request(method, url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: response.text().await.unwrap() }
}

async fn get(url: String, headers: &[(&str, &str)]) -> Answer {
    ask(Method::GET, url, headers).await
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

#[actix_web::test]
async fn rfc_6750_section_3_routes_are_open_to_good_tokens_alone() {
    let scene = Scene::new().await;
    let metadata = "https://notes.example/.well-known/oauth-protected-resource";
    let guard = scene.builder().resource_metadata(metadata).build().unwrap();
    let notes = format!("{}/notes", start(guard, Seen::default()));
    let good = get(notes.clone(), &[("authorization", &bearer(&scene.token()))]).await;
    assert_eq!((good.status, good.body.as_str()), (200, "the notes of ada\n"));

    let without = get(notes.clone(), &[]).await;
    assert_eq!(without.status, 401);
    let expected =
        format!("Bearer realm=\"notes\", scope=\"notes:read\", resource_metadata=\"{metadata}\"");
    assert_eq!(without.header("www-authenticate"), expected);
    assert_eq!(without.header("cache-control"), "no-store");

    let late = scene.token_with(&json!({"exp": scene.now() - 61}));
    let other = scene.token_with(&json!({"scope": "openid"}));
    let (token, huge) = (scene.token(), "x".repeat(17_000));
    for (token, status, error) in [
        (late.as_str(), 401, "invalid_token"),
        (other.as_str(), 403, "insufficient_scope"),
        (huge.as_str(), 401, "invalid_token"),
        ("x.y.z", 401, "invalid_token"),
        ("a b", 400, "invalid_request"),
    ] {
        let answer = get(notes.clone(), &[("authorization", &bearer(token))]).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(body["error"], error);
        let challenge = answer.header("www-authenticate");
        assert!(challenge.contains(&format!("error=\"{error}\"")), "{challenge}");
        assert!(!answer.body.contains(token), "tokens are not repeated");
    }
    let twice = bearer(&token);
    let answer = get(notes, &[("authorization", &twice), ("authorization", &twice)]).await;
    assert_eq!(answer.status, 400);
}

#[actix_web::test]
async fn rfc_9470_section_3_who_signed_in_too_simply_is_told_how() {
    let scene = Scene::new().await;
    let notes = format!("{}/notes", start(scene.guard(), Seen::default()));
    let simple = scene.token_with(&json!({"scope": "notes:write"}));
    let answer = ask(Method::DELETE, notes.clone(), &[("authorization", &bearer(&simple))]).await;
    assert_eq!(answer.status, 401);
    let challenge = answer.header("www-authenticate");
    assert!(challenge.contains("error=\"insufficient_user_authentication\""), "{challenge}");
    assert!(challenge.contains("acr_values=\"urn:hatcheck:acr:2fa\""), "{challenge}");
    let both = scene.token_with(&json!({"scope": "notes:write", "acr": "urn:hatcheck:acr:2fa"}));
    let answer = ask(Method::DELETE, notes, &[("authorization", &bearer(&both))]).await;
    assert_eq!(answer.status, 200);
}

#[actix_web::test]
async fn rfc_6750_section_2_3_a_token_in_the_url_is_seen_by_nobody() {
    let (scene, seen) = (Scene::new().await, Seen::default());
    let base = start(scene.guard(), seen.clone());
    let token = scene.token();
    for (path, status) in [("tell", 200), ("fail", 400), ("read", 200)] {
        let answer = get(format!("{base}/deep/7/{path}?a=%20b&token={token}&c"), &[]).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
    }
    let seen = seen.lock().unwrap().join("\n");
    assert!(seen.contains("/deep/7/tell?a=%20b&c a=%20b&c t1"), "{seen}");
    let signature = token.rsplit('.').next().unwrap();
    assert!(!seen.contains(signature) && !seen.contains("token="), "{seen}");

    let refused = get(format!("{base}/deep/7/tell?token=x"), &[]).await;
    assert_eq!((refused.status, refused.header("referrer-policy")), (401, "no-referrer"));
    let both = [("authorization", bearer(&token))];
    let both = both.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(get(format!("{base}/deep/7/tell?token={token}"), &both).await.status, 400);
    let closed = get(format!("{base}/notes?token={token}"), &[]).await;
    assert_eq!(closed.status, 401, "only routes that say so");
    let header = get(format!("{base}/deep/7/tell"), &both).await;
    assert_eq!((header.status, header.header("referrer-policy")), (200, ""));
}

#[actix_web::test]
async fn a_rule_inside_a_rule_asks_for_more_of_the_same_token() {
    let scene = Scene::new().await;
    let base = start(scene.guard(), Seen::default());
    let url = format!("{base}/deep/7/write?token=");
    let write = scene.token_with(&json!({"scope": "notes:write"}));
    assert_eq!(ask(Method::POST, format!("{url}{write}"), &[]).await.status, 200);
    assert_eq!(ask(Method::POST, format!("{url}{}", scene.token()), &[]).await.status, 403);
}

#[actix_web::test]
async fn streams_are_refused_in_their_own_words() {
    let scene = Scene::new().await;
    let base = start(scene.guard(), Seen::default());
    let news = format!("{base}/live/news");
    let late = scene.token_with(&json!({"exp": scene.now() - 61}));
    for (query, code) in [
        (String::new(), "MISSING_TOKEN"),
        (format!("?token={late}"), "TOKEN_EXPIRED"),
        ("?token=x".to_owned(), "INVALID_TOKEN"),
    ] {
        let answer = get(format!("{news}{query}"), &[("accept", "text/event-stream")]).await;
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!((answer.status, &body["payload"]["code"]), (401, &json!(code)));
        assert_eq!((&body["type"], &body["channel"]), (&json!("ERROR"), &json!("SYSTEM")));
    }
    let good = get(format!("{news}?token={}", scene.token()), &[]).await;
    assert_eq!((good.status, good.body.as_str()), (200, "data: good morning, ada\n\n"));
}

#[actix_web::test]
async fn a_cookie_is_no_key_for_pages_of_other_sites() {
    let scene = Scene::new().await;
    let guard = scene.builder().cookie("__Host-token").build().unwrap();
    let base = start(guard, Seen::default());
    let (url, cookie) = (format!("{base}/cookie"), format!("__Host-token={}", scene.token()));
    let own = base.as_str();
    for (method, origin, status) in [
        (Method::GET, "https://eve.example", 200),
        (Method::POST, own, 200),
        (Method::POST, "https://eve.example", 403),
    ] {
        let headers = [("cookie", cookie.as_str()), ("origin", origin)];
        assert_eq!(ask(method, url.clone(), &headers).await.status, status, "{origin}");
    }
}

#[actix_web::test]
async fn an_issuer_that_is_away_is_answered_with_503_and_a_forgotten_guard_with_500() {
    let scene = Scene::new().await;
    let base = start(scene.guard(), Seen::default());
    let token = bearer(&scene.token());
    assert_eq!(get(format!("{base}/forgotten"), &[("authorization", &token)]).await.status, 500);
    scene.issuer.set(|state| state.mood = Mood::Away);
    let answer = get(format!("{base}/notes"), &[("authorization", &token)]).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "10"));
}
