//! Signing in through an app of axum; what an issuer says is tried at a real one, in the tests of the server.

use axum::Router;
use axum::routing::get;
use hatcheck_guard::{Guard, Identity, Keys, SetupError, SignIn, for_axum};
use reqwest::redirect::Policy;
use url::Url;

use crate::support::Scene;
use crate::{actix_app, signed_in};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn sign_in(base: &str) -> SignIn {
    SignIn::new("notes", "se cret", base, &Keys::new(&[SECRET]).unwrap())
}

async fn app(guard: &Guard) -> String {
    let pages = Router::new().route("/page", get(async |who: Identity| who.subject.clone()));
    let pages =
        Router::new().nest("/my", pages.layer(guard.rule())).merge(for_axum::sign_in(guard));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, pages).await });
    base
}

async fn fetch(url: String, accept: &str) -> reqwest::Response {
    let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    client.get(url).header("accept", accept).send().await.unwrap()
}

#[tokio::test]
async fn openid_connect_core_section_3_1_2_1_people_are_sent_to_the_issuer() {
    let scene = Scene::new().await;
    let guard = scene.builder().sign_in(sign_in("http://localhost:1")).build().unwrap();
    let base = app(&guard).await;
    assert_eq!(fetch(format!("{base}/my/page"), "application/json").await.status(), 401);
    let sent = fetch(format!("{base}/my/page?a=b"), "text/html").await;
    assert_eq!(
        (sent.status().as_u16(), &sent.headers()["cache-control"]),
        (303, &"no-store".parse().unwrap())
    );
    let login = sent.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(
        login, "/auth/login?to=%2Fmy%2Fpage%3Fa%3Db",
        "the whole path, however routes are nested"
    );
    let sent = fetch(format!("{base}{login}"), "text/html").await;
    assert_eq!(sent.status(), 303);
    let cookie = sent.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("login-") && cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
    let url = Url::parse(sent.headers()["location"].to_str().unwrap()).unwrap();
    assert!(url.as_str().starts_with(&format!("{}/authorize?", scene.issuer.url)), "{url}");
    let of =
        |name: &str| url.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "notes"),
        ("redirect_uri", "http://localhost:1/auth/callback"),
        ("scope", "openid offline_access"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(of(name), value);
    }
    for random in ["state", "nonce", "code_challenge"] {
        assert_eq!(of(random).len(), 43, "{random}");
    }
}

#[tokio::test]
async fn a_cookie_that_was_made_up_signs_nobody_in() {
    let scene = Scene::new().await;
    let guard = scene.builder().sign_in(sign_in("http://localhost:1")).build().unwrap();
    let base = app(&guard).await;
    let answer = fetch(format!("{base}/auth/callback?code=c&state=s"), "text/html").await;
    assert_eq!(answer.status(), 400);
    assert_eq!(
        answer.headers()["content-security-policy"],
        "default-src 'none'; frame-ancestors 'none'"
    );
    let plain = app(&scene.guard()).await;
    assert_eq!(fetch(format!("{plain}/auth/login"), "text/html").await.status(), 404);
    assert_eq!(
        fetch(format!("{plain}/my/page"), "text/html").await.status(),
        401,
        "nowhere to send them"
    );
}

#[actix_web::test]
async fn an_app_of_actix_web_has_the_same_pages() {
    let scene = Scene::new().await;
    let config = signed_in::Config {
        issuer: scene.issuer.url.clone(),
        client_id: "notes".to_owned(),
        client_secret: "se cret".to_owned(),
        base_url: "http://localhost:1".to_owned(),
        secrets: vec![SECRET.to_owned()],
    };
    let guard = signed_in::guard(&config).unwrap().build().unwrap();
    let base = actix_app(move |app| signed_in::routes(app, &guard));
    let sent = fetch(format!("{base}/settings?a=b"), "text/html").await;
    let login = "/auth/login?to=%2Fsettings%3Fa%3Db&acr_values=urn%3Ahatcheck%3Aacr%3A2fa";
    assert_eq!(sent.headers()["location"], login);
    let sent = fetch(format!("{base}{login}"), "text/html").await;
    assert!(sent.headers()["location"].to_str().unwrap().starts_with(&scene.issuer.url));
    let answer = fetch(format!("{base}/auth/callback?code=c&state=s"), "text/html").await;
    assert_eq!(answer.status(), 400);
    assert_eq!(
        fetch(format!("{base}/auth/logout"), "text/html").await.status(),
        404,
        "by POST alone"
    );
}

#[test]
fn browsers_have_to_find_the_app() {
    for (base, good) in [
        ("https://notes.example", true),
        ("https://notes.example/", true),
        ("https://notes.example:8443", true),
        ("http://localhost:8085", true),
        ("http://notes.example", false),
        ("https://notes.example/app", false),
        ("https://NOTES.example", false),
        ("notes.example", false),
        ("", false),
    ] {
        let built = Guard::builder("https://login.example", "notes").sign_in(sign_in(base)).build();
        assert_eq!(built.is_ok(), good, "{base}");
        assert!(good || matches!(built, Err(SetupError::BaseUrl(_))), "{base}");
    }
    let shown = format!(
        "{:?}",
        Guard::builder("https://login.example", "notes").sign_in(sign_in("https://a.example"))
    );
    assert!(!shown.contains("cret") && !shown.contains("Basic"), "{shown}");
}
