//! `/authorize` and the way back to it, as browsers meet them.

use actix_web::cookie::Cookie;
use actix_web::test::TestRequest;
use serde_json::json;

use super::{Answer, CHALLENGE, REDIRECT_URI, TestStore, World, on_both, redemption};
use crate::model::{Digest, EndReason, Scopes, Session, SessionId};
use crate::store;

on_both!(
    a_live_session_and_consent_give_a_code_that_buys_tokens,
    aut_05_prompt_none_never_shows_a_page,
    who_has_to_sign_in_goes_with_a_sealed_request_and_comes_back_with_a_code,
    aut_09_a_client_that_changed_meanwhile_gets_nothing,
);

const SESSION: &str = "sssssssssssssssssssssssssssssssssssssssssss";
const BROWSER: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// The query of a good request, with these parameters replaced or, when empty, left out.
fn query(changes: &[(&str, &str)]) -> String {
    let mut params = vec![
        ("client_id", "app"),
        ("redirect_uri", REDIRECT_URI),
        ("response_type", "code"),
        ("scope", "openid email"),
        ("state", "s1"),
        ("nonce", "n-1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        params.retain(|(known, _)| known != name);
        if !value.is_empty() {
            params.push((name, value));
        }
    }
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish()
}

fn get(path_and_query: &str) -> TestRequest {
    TestRequest::get().uri(path_and_query)
}

fn ask(changes: &[(&str, &str)]) -> TestRequest {
    get(&format!("/authorize?{}", query(changes)))
}

pub(super) trait InBrowser {
    /// With the cookies of a browser in which the person has signed in.
    fn in_browser(self) -> Self;
}

impl InBrowser for TestRequest {
    fn in_browser(self) -> Self {
        self.cookie(Cookie::new("__Host-hatcheck-session", SESSION))
            .cookie(Cookie::new("__Host-hatcheck-browser", BROWSER))
    }
}

impl Answer {
    fn location(&self) -> &str {
        self.header("location").unwrap_or_default()
    }

    /// A parameter that went back to the app.
    fn answered(&self, name: &str) -> Option<String> {
        assert!(self.location().starts_with(REDIRECT_URI), "{}", self.location());
        let url = url::Url::parse(self.location()).unwrap();
        url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    fn page(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

impl World {
    /// The person signs in, in the browser of [`InBrowser`].
    pub(super) async fn sign_in(&self) -> Session {
        let session = Session {
            id: self.app.id(SessionId::new),
            cookie: Digest::of(SESSION),
            ..self.session.clone()
        };
        let row = session.clone();
        self.write(move |db| store::sessions::insert(db, &row)).await;
        session
    }

    async fn allow(&self, scope: &str) {
        let (scopes, user, now) = (Scopes::parse(scope).unwrap(), self.user.id, self.app.now());
        let client = crate::model::ClientId::parse("app").unwrap();
        self.write(move |db| store::consents::allow(db, user, &client, &scopes, now)).await;
    }
}

async fn a_live_session_and_consent_give_a_code_that_buys_tokens(store: TestStore) {
    let world = World::on(store).await;
    world.sign_in().await;
    world.allow("openid email").await;
    let answer = world.call(ask(&[]).in_browser()).await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(answer.answered("state").as_deref(), Some("s1"));
    assert_eq!(answer.answered("iss").as_deref(), Some(super::ISSUER));
    let code = answer.answered("code").unwrap();
    let tokens = world.redeem("app", &code).await;
    assert_eq!(tokens.status, 200, "{}", tokens.json());
    assert_eq!(world.post("/token", "app", &redemption(&code)).await.error().1, "invalid_grant");
}

async fn aut_05_prompt_none_never_shows_a_page(store: TestStore) {
    let world = World::on(store).await;
    let error = |answer: &Answer| (answer.status, answer.answered("error").unwrap_or_default());
    let silent = [("prompt", "none")];
    let answer = world.call(ask(&silent)).await;
    assert_eq!(error(&answer), (303, "login_required".to_owned()));
    let cookies = answer.headers.get_all("set-cookie").map(|value| value.to_str().unwrap());
    assert!(cookies.into_iter().all(|cookie| cookie.starts_with("__Host-hatcheck-state=")));
    assert!(answer.answered("error_description").unwrap().contains("(reference "));
    assert_eq!(answer.answered("state").as_deref(), Some("s1"));
    let session = world.sign_in().await;
    let answer = world.call(ask(&silent).in_browser()).await;
    assert_eq!(error(&answer), (303, "consent_required".to_owned()));
    world.allow("openid email").await;
    let answer = world.call(ask(&silent).in_browser()).await;
    assert!(answer.answered("code").is_some());
    let now = world.app.now();
    let end = move |db: &mut store::Db| store::sessions::end(db, session.id, EndReason::Admin, now);
    world.write(end).await;
    let answer = world.call(ask(&silent).in_browser()).await;
    assert_eq!(error(&answer), (303, "login_required".to_owned()));
}

async fn who_has_to_sign_in_goes_with_a_sealed_request_and_comes_back_with_a_code(
    store: TestStore,
) {
    let world = World::on(store).await;
    let answer = world.call(ask(&[])).await;
    assert_eq!(answer.status, 303);
    let login = answer.location().to_owned();
    assert!(login.starts_with("/login?interaction="), "{login}");
    let cookie = answer.header("set-cookie").unwrap();
    let (name, rest) = cookie.split_once('=').unwrap();
    let browser = Cookie::new(name.to_owned(), rest.split(';').next().unwrap().to_owned());
    let resume = login.replace("/login?", "/authorize/resume?");
    let early = world.call(get(&resume).cookie(browser.clone())).await;
    assert!(early.location().starts_with("/login?interaction="), "{}", early.location());
    world.sign_in().await;
    world.allow("openid email").await;
    let session = Cookie::new("__Host-hatcheck-session", SESSION);
    let elsewhere = world.call(get(&resume).cookie(session.clone())).await;
    assert!(elsewhere.location().starts_with("/login?interaction="), "without its browser");
    let answer = world.call(get(&resume).cookie(browser).cookie(session)).await;
    assert!(answer.answered("code").is_some());
    assert_eq!(answer.answered("state").as_deref(), Some("s1"));
}

async fn aut_09_a_client_that_changed_meanwhile_gets_nothing(store: TestStore) {
    let world = World::on(store).await;
    let begun = world.call(ask(&[]).in_browser()).await;
    let resume = begun.location().replace("/login?", "/authorize/resume?");
    let changed = format!("{resume}x");
    let damaged = world.call(get(&changed).in_browser()).await;
    assert!(damaged.location().starts_with("/login?interaction="), "the sign-in page explains");
    let id = crate::model::ClientId::parse("app").unwrap();
    let members = json!({"redirect_uris": ["https://rp.example/other"]});
    let metadata = crate::model::client::Metadata::from_json(members.as_object().unwrap().clone());
    let metadata = metadata.unwrap();
    world
        .write(move |db| {
            let client = store::clients::find(db, &id)?.unwrap();
            store::clients::update(
                db,
                &crate::model::Client { metadata: metadata.clone(), ..client },
            )
        })
        .await;
    actix_web::rt::time::sleep(std::time::Duration::from_millis(600)).await;
    let answer = world.call(get(&resume).in_browser()).await;
    assert_eq!((answer.status, answer.header("location")), (400, None));
}

#[actix_web::test]
async fn red_01_red_17_red_19_dos_04_and_dos_05_untrusted_requests_get_a_page() {
    let world = World::new().await;
    for changes in [
        [("redirect_uri", "https://evil.example/cb")],
        [("redirect_uri", "")],
        [("client_id", "nobody")],
        [("client_id", "")],
        [("redirect_uri", "\"><svg onload=alert(1)>")],
    ] {
        let answer = world.call(ask(&changes)).await;
        assert_eq!((answer.status, answer.header("location")), (400, None), "{changes:?}");
        let page = answer.page();
        assert!(page.contains("Invalid request") && !page.contains("<svg"), "{page}");
        assert!(!page.contains("href=\"https://evil.example"), "{page}");
        assert!(changes[0].0 != "redirect_uri" || page.contains("redirect_uri"), "{page}");
    }
    for text in ["&redirect_uri=x", "&client_id=app", "&x=%ff", "&x=%c0%80"] {
        let answer = world.call(get(&format!("/authorize?{}{text}", query(&[])))).await;
        assert_eq!((answer.status, answer.header("location")), (400, None), "{text}");
    }
    let words: Vec<_> = (0..2_000).map(|n| format!("word{n}")).collect();
    let form = query(&[("scope", &words.join(" "))]);
    let post = TestRequest::post().uri("/authorize").set_payload(form);
    let answer = world.call(post).await;
    assert_eq!((answer.status, answer.header("location")), (400, None), "AUT-08");
}

#[actix_web::test]
async fn pain_17_a_form_from_another_site_is_asked_again_with_cookies() {
    let world = World::new().await;
    world.sign_in().await;
    world.allow("openid email").await;
    let post = || TestRequest::post().uri("/authorize").set_payload(query(&[]));
    let cross = post().insert_header(("Origin", "https://rp.example"));
    let answer = world.call(cross).await;
    assert_eq!(answer.status, 303);
    assert!(answer.location().starts_with("/authorize?client_id=app"), "{}", answer.location());
    let location = answer.location().to_owned();
    assert!(world.call(get(&location).in_browser()).await.answered("code").is_some());
    assert!(world.call(post().in_browser()).await.answered("code").is_some());
}
