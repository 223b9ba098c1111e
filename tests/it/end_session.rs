//! `/end-session` and all that hangs from it: RP-Initiated, Front-Channel and Back-Channel Logout 1.0.

use std::time::Instant;

use hatcheck::model::EndReason;
use hatcheck::store::{self, notices};
use serde_json::{Value, json};
use url::Url;

use crate::both;
use crate::login::{ADA, GRACE, is_signed_in};
use crate::support::chromium::Chromium;
use crate::support::client::{claims_of, header_of};
use crate::support::html::tags;
use crate::support::site::{Heard, REACHING_SITES, listening, logout_tokens};
use crate::support::*;

const STATE: &str = "~!@#$%^&*()_+`-={}|[]:;<>?,./'abcXYZ0189%41+%20&=#";

/// Signs in at an app; the ID token that it then holds.
async fn hint_of(app: &TestApp, browser: &mut Browser, client: &TestClient) -> String {
    let code = app.authorize(browser, client, ADA, &[]).await;
    client.redeem(&code).await.tokens().id_token.unwrap()
}

fn end_session(app: &TestApp, params: &[(&str, &str)]) -> String {
    let mut url: Url = app.url("/end-session").parse().unwrap();
    if !params.is_empty() {
        url.query_pairs_mut().extend_pairs(params);
    }
    url.into()
}

async fn silent(client: &TestClient, browser: &mut Browser) -> Option<String> {
    param(&browser.open(&client.authorization_url(&[("prompt", "none")])).await.away(), "error")
}

fn out(client: &TestClient) -> String {
    format!("https://{}.example/out", client.id)
}

/// It is refused on a page that leads nowhere, and still ends signed out when the person wants it.
async fn is_refused_and_ends_signed_out(
    app: &TestApp,
    browser: &mut Browser,
    params: &[(&str, &str)],
) {
    let page = browser.open(&end_session(app, params)).await.page();
    assert_eq!(page.status, 400, "{params:?}");
    assert!(page.text().contains("Sign-out request"), "{}", page.text());
    assert!(is_signed_in(app, browser).await, "nobody is signed out unasked");
    let page = browser.open(&end_session(app, params)).await.page();
    let done = browser.submit(&page, &[], Some("allow")).await.page();
    assert!(done.text().contains("You are signed out"), "{}", done.text());
    assert!(!is_signed_in(app, browser).await);
}

/// It is asked, and ends signed out on a page of ours.
async fn ends_signed_out(app: &TestApp, browser: &mut Browser, params: &[(&str, &str)]) {
    let mut page = browser.open(&end_session(app, params)).await.page();
    assert_eq!(page.status, 200, "{params:?}");
    if !page.text().contains("You are signed out") {
        assert!(page.text().contains("notes"), "it names the apps: {}", page.text());
        page = browser.submit(&page, &[], Some("allow")).await.page();
    }
    assert!(page.text().contains("You are signed out"), "{}", page.text());
    assert!(!is_signed_in(app, browser).await);
}

/// The same token without a signature.
fn unsigned(token: &str) -> String {
    use base64::Engine;
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(r#"{"alg": "none"}"#);
    format!("{header}.{}.", token.split('.').nth(1).unwrap())
}

both! {
    async fn oidcc_rp_initiated_logout_discovery_endpoint_verification_and_of_frontchannel_and_backchannel(app: TestApp) {
        let document = app.get("/.well-known/openid-configuration").await.json();
        assert_eq!(document["end_session_endpoint"], app.url("/end-session"));
        for way in ["frontchannel", "backchannel"] {
            assert_eq!(document[format!("{way}_logout_supported")], true);
            assert_eq!(document[format!("{way}_logout_session_supported")], true);
        }
    }

    async fn oidcc_rp_initiated_logout(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        let hint = hint_of(&app, &mut browser, &notes).await;
        let uri = out(&notes);
        let params = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", &uri), ("state", STATE)];
        let back = browser.open(&end_session(&app, &params)).await.away();
        let pairs: Vec<_> = back.query_pairs().into_owned().collect();
        assert_eq!(pairs, [("state".to_owned(), STATE.to_owned())]);
        assert!(back.as_str().starts_with(&format!("{uri}?")));
        assert_eq!(silent(&notes, &mut browser).await.as_deref(), Some("login_required"));
    }

    async fn oidcc_rp_initiated_logout_no_state(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        let hint = hint_of(&app, &mut browser, &notes).await;
        let uri = out(&notes);
        let params = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", &uri)];
        assert_eq!(browser.open(&end_session(&app, &params)).await.away().as_str(), uri);
        assert_eq!(silent(&notes, &mut browser).await.as_deref(), Some("login_required"));
    }

    async fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri_and_query_added(app: TestApp) {
        let notes = app.client("notes").await;
        for uri in ["https://notes.example/other".to_owned(), "https://evil.example/out".to_owned(), format!("{}?foo=bar", out(&notes))] {
            let mut browser = app.browser();
            let hint = hint_of(&app, &mut browser, &notes).await;
            let params = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", &uri), ("state", "s")];
            is_refused_and_ends_signed_out(&app, &mut browser, &params).await;
        }
    }

    async fn oidcc_rp_initiated_logout_modified_id_token_hint_and_bad_id_token_hint(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        let hint = hint_of(&app, &mut browser, &notes).await;
        let (signed, _) = hint.rsplit_once('.').unwrap();
        let foreign = format!("{signed}.{}", "A".repeat(342));
        let uri = out(&notes);
        for hint in [unsigned(&hint), foreign, "x".to_owned()] {
            hint_of(&app, &mut browser, &notes).await;
            let params = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", &uri), ("state", "s")];
            is_refused_and_ends_signed_out(&app, &mut browser, &params).await;
        }
    }

    async fn oidcc_rp_initiated_logout_no_id_token_hint(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        hint_of(&app, &mut browser, &notes).await;
        let uri = out(&notes);
        let params = [("post_logout_redirect_uri", uri.as_str()), ("state", "s")];
        is_refused_and_ends_signed_out(&app, &mut browser, &params).await;
    }

    async fn oidcc_rp_initiated_logout_no_params_only_state_and_no_post_logout_redirect_uri(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        for params in [&[][..], &[("state", "s")], &[("client_id", "notes")], &[("logout_hint", ADA)]] {
            hint_of(&app, &mut browser, &notes).await;
            ends_signed_out(&app, &mut browser, params).await;
        }
        let hint = hint_of(&app, &mut browser, &notes).await;
        ends_signed_out(&app, &mut browser, &[("id_token_hint", &hint), ("state", "s")]).await;
        // And with nobody signed in at all
        ends_signed_out(&app, &mut app.browser(), &[]).await;
    }

    async fn rp_initiated_logout_2_hints_that_mean_somebody_else_are_asked_and_languages_are_kept(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        let hint = hint_of(&app, &mut browser, &notes).await;
        let asked = browser.open(&end_session(&app, &[("id_token_hint", &hint), ("logout_hint", GRACE), ("ui_locales", "de")])).await.page();
        assert!(asked.text().contains("jemand anderen"), "{}", asked.text());
        let done = browser.submit(&asked, &[], Some("allow")).await.page();
        assert!(done.body.contains("lang=\"de\"") && done.text().contains("abgemeldet"), "{}", done.text());
    }

    async fn lgo_03_nothing_but_a_registered_address_is_gone_to(app: TestApp) {
        let mut browser = app.signed_in(ADA).await;
        for address in ["//evil.example", "/\\evil.example", "https:evil.example", "/%09/evil.example", "/\t/evil.example"] {
            for name in ["return_to", "next", "redirect_uri", "about", "continue"] {
                for path in ["/end-session", "/end-session/done"] {
                    let mut url: Url = app.url(path).parse().unwrap();
                    url.query_pairs_mut().append_pair(name, address);
                    let page = browser.open(url.as_str()).await.page();
                    assert!(page.url.as_str().starts_with(&app.issuer) && !page.body.contains("evil.example"), "{url}");
                }
            }
            let params = [("client_id", "notes"), ("post_logout_redirect_uri", address)];
            let page = browser.open(&end_session(&app, &params)).await.page();
            assert_eq!(page.status, 400);
        }
        assert!(is_signed_in(&app, &mut browser).await);
    }

    async fn oidcc_frontchannel_rp_initiated_logout(app: TestApp) {
        let notes = app.client("notes").await;
        let album = json!({
            "frontchannel_logout_uri": "https://album.example/gone?by=frame",
            "frontchannel_logout_session_required": true,
        });
        let album = app.add_client("album", album).await;
        let mut browser = app.browser();
        hint_of(&app, &mut browser, &album).await;
        let hint = hint_of(&app, &mut browser, &notes).await;
        let sid = claims_of(&hint)["sid"].as_str().unwrap().to_owned();
        let uri = out(&notes);
        let params = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", &uri), ("state", "a&b")];
        let page = browser.open(&end_session(&app, &params)).await.page();
        let all = tags(&page.body);
        let frames: Vec<_> = all.iter().filter(|tag| tag.name == "iframe").collect();
        let src: Url = frames[0].attribute("src").unwrap().parse().unwrap();
        let pairs: Vec<_> = src.query_pairs().into_owned().collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(pairs, [pair("by", "frame"), pair("iss", &app.issuer), pair("sid", &sid)]);
        assert_eq!(frames.len(), 1);
        let policy = page.header("content-security-policy");
        assert!(policy.contains("frame-src https://album.example;") && policy.contains("script-src 'sha256-"), "{policy}");
        let next = format!("{uri}?state=a%26b");
        let refresh = all.iter().find(|tag| tag.attribute("http-equiv") == Some("refresh")).unwrap();
        assert_eq!(refresh.attribute("content"), Some(format!("4; url={next}").as_str()));
        let link = all.iter().find(|tag| tag.attribute("id") == Some("next")).unwrap();
        assert_eq!(link.attribute("href"), Some(next.as_str()));
        assert!(page.text().contains("album") && page.text().contains("You are signed out"), "{}", page.text());
        assert_eq!(silent(&notes, &mut browser).await.as_deref(), Some("login_required"));
        // A session that ended elsewhere: what its apps hold in this browser goes when one of them asks
        let page = browser.open(&end_session(&app, &params)).await.page();
        assert!(page.body.contains("<iframe"));
        // The button of the account page tells them too
        let mut browser = app.browser();
        hint_of(&app, &mut browser, &album).await;
        let account = browser.open(&app.url("/account")).await.page();
        let done = browser.submit(&account, &[], Some("Sign out")).await.page();
        assert!(done.body.contains("<iframe") && done.text().contains("You are signed out"), "{}", done.text());
        assert!(!done.body.contains("http-equiv"));
        app.later(11 * 60);
        let late = browser.open(done.url.as_str()).await.page();
        assert!(!late.body.contains("<iframe") && late.text().contains("You are signed out"));
    }
}

async fn listening_app(app: &TestApp, id: &str, status: Option<u16>) -> (TestClient, Heard) {
    let (url, heard) = listening(status);
    let metadata = json!({
        "backchannel_logout_uri": format!("{url}/out"),
        "backchannel_logout_session_required": true,
    });
    (app.add_client(id, metadata).await, heard)
}

async fn backchannel_rp_initiated_logout(backend: Backend) {
    let app = TestApp::start_with(backend, &REACHING_SITES).await;
    let (diary, heard) = listening_app(&app, "diary", Some(204)).await;
    let mut browser = app.browser();
    let hint = hint_of(&app, &mut browser, &diary).await;
    let params = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", &out(&diary)),
        ("state", "s"),
    ];
    let back = browser.open(&end_session(&app, &params)).await.away();
    assert_eq!(back.as_str(), format!("{}?state=s", out(&diary)));
    soon("the app is told", async || heard.lock().unwrap().len() == 1).await;
    let token = logout_tokens(&heard).remove(0);
    let mut party = RelyingParty::new(&app.http, &app.issuer);
    party.fetch(0).await;
    let claims = party.verify(&token).unwrap();
    let events = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
    assert_eq!(claims["events"], events);
    let id = claims_of(&hint);
    for name in ["iss", "aud", "sub", "sid"] {
        assert_eq!(claims[name], id[name], "{name}");
    }
    assert!(!claims.contains_key("nonce") && claims["jti"].is_string());
    assert_eq!(header_of(&token)["typ"], "logout+jwt");
    assert_eq!(silent(&diary, &mut browser).await.as_deref(), Some("login_required"));
    // LGO-05: it is no credential anywhere
    let params = [("id_token_hint", token.as_str())];
    hint_of(&app, &mut browser, &diary).await;
    assert_eq!(browser.open(&end_session(&app, &params)).await.page().status, 400);
    assert_eq!(app.userinfo(&token).await.0, 401);
    let assertion = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_id", "diary"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", token.as_str()),
    ];
    let (status, error) = diary.send("/token", None, &assertion).await.error();
    assert!(
        status >= 400 && ["invalid_client", "invalid_request"].contains(&error.as_str()),
        "{error}"
    );
}

#[actix_web::test]
async fn oidcc_backchannel_rp_initiated_logout_and_lgo_05_on_sqlite() {
    backchannel_rp_initiated_logout(Backend::Sqlite).await;
}

#[actix_web::test]
async fn oidcc_backchannel_rp_initiated_logout_and_lgo_05_on_postgres() {
    backchannel_rp_initiated_logout(Backend::Postgres).await;
}

#[actix_web::test]
async fn lgo_04_however_a_session_ends_its_apps_are_told_once() {
    let app = TestApp::start_with(Backend::Sqlite, &REACHING_SITES).await;
    let (diary, heard) = listening_app(&app, "diary", Some(200)).await;
    let mut told = 0;
    for way in ["account", "others", "password", "disabled", "expired"] {
        let mut browser = app.browser();
        let hint = hint_of(&app, &mut browser, &diary).await;
        let sid = claims_of(&hint)["sid"].clone();
        match way {
            "account" => {
                let page = browser.open(&app.url("/account")).await.page();
                let done = browser.submit(&page, &[], Some("Sign out")).await.page();
                assert!(
                    done.text().contains("were told") && done.text().contains("diary"),
                    "{}",
                    done.text()
                );
            }
            "others" => {
                let mut elsewhere = app.signed_in(ADA).await;
                let page = elsewhere.open(&app.url("/account/sessions")).await.page();
                elsewhere.submit(&page, &[], Some("Sign out all other browsers")).await.page();
            }
            "password" => {
                let mut elsewhere = app.signed_in(ADA).await;
                let page = elsewhere.open(&app.url("/account/password")).await.page();
                let new = "another horse wagon 33";
                let fields =
                    [("password", PASSWORD), ("new_password", new), ("new_password_again", new)];
                elsewhere.submit(&page, &fields, None).await.page();
                app.set_password(ADA, PASSWORD).await;
            }
            "disabled" => {
                let (id, now) = (app.person(ADA).await.id, app.app.now());
                let end = move |db: &mut store::Db| {
                    store::sessions::end_of_user(db, id, None, EndReason::Admin, now)
                };
                assert!(app.app.write(end).await.unwrap() > 0);
            }
            _ => {
                app.later(13 * 3_600);
                let (limits, now) = (app.app.settings().sessions, app.app.now());
                let end =
                    move |db: &mut store::Db| store::sessions::end_expired(db, &limits, now, 50);
                assert!(app.app.write(end).await.unwrap() > 0);
                assert_eq!(app.app.write(end).await.unwrap(), 0);
            }
        }
        told += 1;
        soon(way, async || heard.lock().unwrap().len() >= told).await;
        let tokens = logout_tokens(&heard);
        assert_eq!(tokens.len(), told, "{way}");
        assert_eq!(claims_of(tokens.last().unwrap())["sid"], sid, "{way}");
    }
}

#[actix_web::test]
async fn lgo_04_a_silent_app_keeps_nobody_waiting_and_is_shown_to_the_admin() {
    let app = TestApp::start_with(Backend::Sqlite, &REACHING_SITES).await;
    let (mute, _) = listening_app(&app, "mute", None).await;
    let (broken, heard) = listening_app(&app, "broken", Some(500)).await;
    let mut browser = app.browser();
    hint_of(&app, &mut browser, &mute).await;
    hint_of(&app, &mut browser, &broken).await;
    let page = browser.open(&app.url("/end-session")).await.page();
    assert!(page.text().contains("mute") && page.text().contains("broken"), "{}", page.text());
    let begun = Instant::now();
    let done = browser.submit(&page, &[], Some("allow")).await.page();
    assert!(begun.elapsed().as_millis() < 1_500, "{:?}", begun.elapsed());
    assert!(done.text().contains("have not answered yet"), "{}", done.text());
    soon("the broken one was tried", async || heard.lock().unwrap().len() == 1).await;
    let listed = || async { app.app.read(|db| notices::list(db, false, 10)).await.unwrap() };
    soon("why is told", async || {
        listed()
            .await
            .iter()
            .any(|each| each.problem.as_deref() == Some("the app answered with status 500"))
    })
    .await;
    assert_eq!(listed().await.len(), 2);
}

#[actix_web::test]
async fn front_channel_logout_in_a_real_browser_with_and_without_scripts() {
    for scripts in [true, false] {
        let app = TestApp::start(Backend::Sqlite).await;
        let (url, heard) = listening(Some(200));
        let metadata = |out: &str| -> Value {
            json!({
                "skip_consent": true,
                "redirect_uris": [format!("{url}/cb")],
                "post_logout_redirect_uris": [format!("{url}/out")],
                "frontchannel_logout_uri": format!("{url}/{out}"),
            })
        };
        let diary = app.add_client("diary", metadata("diary")).await;
        let album = app.add_client("album", metadata("album")).await;
        let chromium = Chromium::start(scripts).await;
        chromium.open(&diary.authorization_url(&[])).await;
        chromium.fill("username", ADA).await;
        chromium.fill("password", PASSWORD).await;
        chromium.press("form button").await;
        chromium.shows("App").await;
        let code = param(&chromium.url().await, "code").unwrap();
        let hint = diary.redeem(&code).await.tokens().id_token.unwrap();
        chromium.open(&album.authorization_url(&[])).await;
        chromium.shows("App").await;
        album.redeem(&param(&chromium.url().await, "code").unwrap()).await.tokens();
        let out = format!("{url}/out");
        let params =
            [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", &out), ("state", "s1")];
        chromium.open(&end_session(&app, &params)).await;
        soon("it goes on", async || chromium.url().await.path() == "/out").await;
        assert_eq!(param(&chromium.url().await, "state").as_deref(), Some("s1"));
        let sid = claims_of(&hint)["sid"].as_str().unwrap().to_owned();
        let heard: Vec<_> = heard.lock().unwrap().clone();
        let place = |path: &str| heard.iter().position(|each| each.starts_with(path));
        for path in ["/diary?", "/album?"] {
            let at = place(path).unwrap_or_else(|| panic!("{path} was not loaded: {heard:?}"));
            assert!(heard[at].contains(&format!("sid={sid}")) && heard[at].contains("iss="));
            assert!(at < place("/out?").unwrap(), "{heard:?}");
        }
    }
}
