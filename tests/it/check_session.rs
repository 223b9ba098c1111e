//! `/check-session` and `session_state`: OpenID Connect Session Management 1.0.

use crate::both;
use crate::login::{ADA, GRACE};
use crate::support::chromium::Chromium;
use crate::support::site::serving;
use crate::support::*;

const SILENT: [(&str, &str); 1] = [("prompt", "none")];

/// What an app is told in answer to a request that shows no page.
async fn silent(client: &TestClient, browser: &mut Browser) -> (Option<String>, Option<String>) {
    let url = browser.open(&client.authorization_url(&SILENT)).await.away();
    (param(&url, "error"), param(&url, "session_state"))
}

/// What the frame says to a page of this origin.
fn verdict(browser: &Browser, client: &TestClient, session_state: &str) -> &'static str {
    let Some(state) = browser.cookie("hatcheck-state") else { return "error" };
    let (digest, salt) = session_state.split_once('.').unwrap();
    let origin = format!("https://{}.example", client.id);
    let expected = hatcheck::model::Digest::of(format!("{} {origin} {state} {salt}", client.id));
    if expected.as_str() == digest { "unchanged" } else { "changed" }
}

both! {
    async fn oidcc_session_management_discovery_endpoint_verification(app: TestApp) {
        let document = app.get("/.well-known/openid-configuration").await.json();
        assert_eq!(document["check_session_iframe"], app.url("/check-session"));
        assert_eq!(document["end_session_endpoint"], app.url("/end-session"));
    }

    async fn session_management_3_3_the_frame_alone_may_be_framed_and_runs_one_script(app: TestApp) {
        let page = app.get("/check-session").await;
        assert_eq!((page.status, page.header("x-frame-options")), (200, ""));
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'; script-src 'self'") && !policy.contains("frame-ancestors"));
        assert_eq!(page.header("set-cookie"), "");
        let scripts: Vec<_> = crate::support::html::tags(&page.body).into_iter().filter(|tag| tag.name == "script").collect();
        assert_eq!(scripts.len(), 1);
        let script = app.get(scripts[0].attribute("src").unwrap()).await;
        assert_eq!((script.status, script.header("content-type")), (200, "text/javascript; charset=utf-8"));
        for path in ["/end-session", "/login"] {
            assert_eq!(app.browser().open(&app.url(path)).await.page().header("x-frame-options"), "DENY", "{path}");
        }
    }

    async fn session_management_2_every_answer_tells_a_state_that_changes_with_who_is_signed_in(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        let (error, nobody) = silent(&notes, &mut browser).await;
        assert_eq!(error.as_deref(), Some("login_required"));
        let nobody = nobody.expect("an error tells it too");
        assert_eq!(verdict(&browser, &notes, &nobody), "unchanged");
        let login = browser.open(&notes.authorization_url(&[])).await.page();
        let mut landing = browser.submit(&login, &[("username", ADA), ("password", PASSWORD)], None).await;
        if let Landing::Page(page) = &landing {
            landing = browser.submit(&page.clone(), &[], Some("allow")).await;
        }
        let ada = param(&landing.away(), "session_state").unwrap();
        assert!(!ada.contains(' '));
        assert_eq!(verdict(&browser, &notes, &nobody), "changed");
        assert_eq!(verdict(&browser, &notes, &ada), "unchanged");
        // Signing in again as the same person changes nothing for apps
        app.sign_in(&mut browser, &notes.authorization_url(&[("prompt", "login")]), ADA).await.away();
        assert_eq!(verdict(&browser, &notes, &ada), "unchanged");
        app.authorize(&mut browser, &notes, GRACE, &[("prompt", "login")]).await;
        assert_eq!(verdict(&browser, &notes, &ada), "changed");
        let (error, grace) = silent(&notes, &mut browser).await;
        assert_eq!((error, verdict(&browser, &notes, &grace.clone().unwrap())), (None, "unchanged"));
        let account = browser.open(&app.url("/account")).await.page();
        browser.submit(&account, &[], Some("Sign out")).await.page();
        assert_eq!(verdict(&browser, &notes, &grace.unwrap()), "changed");
    }

    async fn session_management_5_the_state_opens_nothing_and_names_nobody(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        app.authorize(&mut browser, &notes, ADA, &[]).await;
        let state = browser.cookie("hatcheck-state").unwrap().to_owned();
        let session = app.sessions_of(ADA).await.remove(0);
        assert_ne!(hatcheck::model::Digest::of(&state), session.cookie);
        let mut thief = app.browser();
        for name in ["hatcheck-session", "hatcheck-browser", "hatcheck-state"] {
            thief.cookies.insert(name.to_owned(), state.clone());
        }
        assert_eq!(silent(&notes, &mut thief).await.0.as_deref(), Some("login_required"));
        let other = app.client("photos").await;
        let (_, of_notes) = silent(&notes, &mut browser).await;
        assert_eq!(verdict(&browser, &other, &of_notes.unwrap()), "changed", "it is of one app's origin");
    }

    async fn frames_of_other_sites_never_sign_anybody_out(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        app.authorize(&mut browser, &notes, ADA, &[]).await;
        let state = browser.cookie("hatcheck-state").unwrap().to_owned();
        // Third-party cookies are allowed: the frame sends the state alone, since the others are `SameSite=Lax`
        let mut frame = browser.clone();
        frame.cookies.retain(|name, _| name == "hatcheck-state");
        frame.set_cookies.clear();
        frame.headers.push(("sec-fetch-dest".into(), "iframe".into()));
        let (error, said) = silent(&notes, &mut frame).await;
        assert_eq!((error.as_deref(), verdict(&browser, &notes, &said.unwrap())), (Some("login_required"), "unchanged"));
        assert_eq!((frame.cookie("hatcheck-state"), frame.set_cookies.len()), (Some(state.as_str()), 0));
        // They are kept apart: the frame sends none, and is given none that would say `changed` there
        let mut apart = app.browser();
        apart.headers.push(("sec-fetch-dest".into(), "iframe".into()));
        let (error, said) = silent(&notes, &mut apart).await;
        assert_eq!((error.as_deref(), said), (Some("login_required"), None));
        assert_eq!(apart.cookie("hatcheck-state"), None);
        // An old browser that does not tell what is a frame
        frame.headers.clear();
        silent(&notes, &mut frame).await;
        assert_eq!(frame.cookie("hatcheck-state"), Some(state.as_str()));
        // A session that an admin ended is found to have ended when the person comes by
        let id = app.person(ADA).await.id;
        let now = app.app.now();
        let end = move |db: &mut hatcheck::store::Db| {
            hatcheck::store::sessions::end_of_user(db, id, None, hatcheck::model::EndReason::Admin, now)
        };
        app.app.write(end).await.unwrap();
        silent(&notes, &mut browser).await;
        assert_ne!(browser.cookie("hatcheck-state"), Some(state.as_str()));
    }
}

/// A page that frames another and shows what it answers.
const PAGE: &str = "<!DOCTYPE html><title>App</title><p id=said>nothing</p><script>
    var query = new URLSearchParams(location.search);
    addEventListener('message', function (e) {
      document.getElementById('said').textContent = e.data + ' from ' + e.origin;
    });
    var frame = document.createElement('iframe');
    frame.onload = function () { frame.contentWindow.postMessage(query.get('message'), '*'); };
    frame.src = query.get('frame');
    document.body.appendChild(frame);
    </script>";

/// An app whose every page is that one.
fn page_of_an_app() -> (String, String) {
    serving(|_| ("text/html", PAGE.to_owned()))
}

async fn ask(chromium: &Chromium, app: &TestApp, origin: &str, message: &str) -> String {
    let mut url = url::Url::parse(origin).unwrap();
    url.query_pairs_mut()
        .append_pair("frame", &app.url("/check-session"))
        .append_pair("message", message);
    chromium.open(url.as_str()).await;
    chromium.shows(" from ").await;
    let said = chromium.find("#said").await.text().await.unwrap();
    said.split(" from ").next().unwrap().to_owned()
}

#[actix_web::test]
async fn oidcc_session_management_rp_initiated_logout_in_a_real_browser() {
    let app = TestApp::start(Backend::Sqlite).await;
    let (same_site, other_site) = page_of_an_app();
    let uris = serde_json::json!({
        "redirect_uris": [format!("{same_site}/cb"), format!("{other_site}/cb")],
        "skip_consent": true,
    });
    let watcher = app.add_client("watcher", uris).await;
    let chromium = Chromium::start(true).await;
    chromium.open(&watcher.authorization_url(&[])).await;
    chromium.fill("username", ADA).await;
    chromium.fill("password", PASSWORD).await;
    chromium.press("form button").await;
    chromium.shows("nothing").await;
    let message = |url: &url::Url| format!("watcher {}", param(url, "session_state").unwrap());
    let at_home = message(&chromium.url().await);
    assert_eq!(ask(&chromium, &app, &same_site, &at_home).await, "unchanged");
    assert_eq!(ask(&chromium, &app, &same_site, "watcher").await, "error");
    assert_eq!(ask(&chromium, &app, &same_site, "other-app x.y").await, "changed");
    // To a page of another site this browser's frame shows no cookie on plain http: nobody knows
    let elsewhere = format!("{other_site}/cb");
    chromium.open(&watcher.authorization_url(&[("redirect_uri", &elsewhere)])).await;
    chromium.shows("nothing").await;
    let elsewhere = message(&chromium.url().await);
    assert_eq!(ask(&chromium, &app, &other_site, &elsewhere).await, "error");
    chromium.open(&app.url("/end-session")).await;
    chromium.press("button[value=allow]").await;
    chromium.shows("You are signed out").await;
    assert_eq!(ask(&chromium, &app, &same_site, &at_home).await, "changed");
}
