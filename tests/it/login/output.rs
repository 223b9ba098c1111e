//! What pages show of others' text, what they load and where they link to, and their headers.

use serde_json::json;

use super::{ADA, at_recovery, at_second_factor, sign_in};
use crate::both;
use crate::support::html::tags;
use crate::support::*;

const PAYLOAD: &str = "\"><svg onload=alert(1)>";
const HOSTILE: &str = "<img src=x onerror=alert(1)>\"'`{{7*7}}";

/// No script runs here, whatever the page was given.
fn is_inert(page: &Page, what: &str) {
    assert!(!page.body.contains("<svg onload"), "{what}: {}", page.body);
    let is_html = page.header("content-type").starts_with("text/html");
    if is_html {
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{what}: {policy}"
        );
        for tag in tags(&page.body) {
            assert!(tag.name != "script", "{what}");
            assert!(
                tag.attributes.iter().all(|(name, _)| !name.starts_with("on") && name != "style"),
                "{what}: {tag:?}"
            );
        }
    }
}

/// The pages that this address shows on the way, until it leads away.
async fn pages_of(browser: &mut Browser, url: &str) -> Vec<Page> {
    let mut page = browser.send(reqwest::Method::GET, &url.parse().unwrap(), None).await;
    let mut pages = vec![page.clone()];
    while let Some(location) = page.location().filter(|to| to.as_str().starts_with(&browser.origin))
    {
        page = browser.send(reqwest::Method::GET, &location, None).await;
        pages.push(page.clone());
    }
    pages
}

/// Links to others say nothing of where they stand, and nothing is loaded from others but pictures that say no more.
fn tells_nobody(page: &Page, own: &str) {
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    for tag in tags(&page.body) {
        for name in ["src", "href", "action", "data", "srcset", "poster"] {
            let Some(value) = tag.attribute(name) else { continue };
            let url = page.url.join(value).unwrap();
            if url.as_str().starts_with(own) || matches!(url.scheme(), "data") {
                continue;
            }
            match (tag.name.as_str(), name) {
                ("a", "href") => assert!(
                    tag.attribute("rel").unwrap_or_default().contains("noreferrer"),
                    "{tag:?}"
                ),
                ("img", "src") => {
                    assert_eq!(tag.attribute("referrerpolicy"), Some("no-referrer"), "{tag:?}");
                }
                _ => panic!("{} loads {tag:?}", page.url),
            }
        }
    }
}

both! {
    async fn xss_01_what_apps_call_themselves_is_text_on_every_page(app: TestApp) {
        let evil = app.add_client("evil", json!({"client_name": HOSTILE})).await;
        let mut browser = app.browser();
        let url = evil.authorization_url(&[]);
        let login = browser.open(&url).await.page();
        let totp = at_second_factor(&mut app.browser(), &url).await;
        let consent = sign_in(&mut browser, &login, ADA, PASSWORD).await.page();
        let chooser = browser.open(&evil.authorization_url(&[("prompt", "select_account")])).await.page();
        let elsewhere = app.signed_in(ADA).await.open(login.url.as_str()).await.page();
        browser.submit(&consent, &[], Some("allow")).await.away();
        let apps = browser.open(&app.url("/account/apps")).await.page();
        for page in [login, totp, consent, chooser, elsewhere, apps] {
            assert!(page.text().contains(HOSTILE), "{}: {}", page.url.path(), page.text());
            assert!(!page.body.contains("<img src=x"), "{}", page.url.path());
            is_inert(&page, page.url.path());
        }
    }

    async fn xss_01_addresses_other_than_https_are_refused_at_registration(_app: TestApp) {
        for (name, value) in [
            ("logo_uri", "javascript:alert(1)"),
            ("logo_uri", "http://notes.example/logo.png"),
            ("policy_uri", "data:text/html,x"),
            ("tos_uri", "javascript:alert(1)"),
            ("client_uri", "vbscript:x"),
        ] {
            let metadata = json!({"redirect_uris": ["https://evil.example/cb"], name: value});
            let read = hatcheck::model::client::Metadata::from_json(metadata.as_object().unwrap().clone());
            assert!(read.is_err(), "{name} {value}");
        }
    }

    async fn xss_02_nothing_that_is_sent_comes_back_as_markup(app: TestApp) {
        let notes = app.client("notes").await;
        let names = [
            "client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "prompt", "max_age",
            "login_hint", "ui_locales", "error", "error_description", "user_code", "post_logout_redirect_uri",
            "id_token_hint", "interaction", "username", "acr_values", "request", "request_uri", "done",
        ];
        let paths = [
            "/login", "/login/totp", "/login/recovery", "/login/account", "/login/consent", "/login/cancel",
            "/authorize", "/authorize/resume", "/account", "/end-session/done", "/device", "/account/sessions", "/end-session",
            "/no/such/page", "/",
        ];
        let mut urls: Vec<String> = names.iter().map(|name| notes.authorization_url(&[(name, PAYLOAD)])).collect();
        let payload: String = url::form_urlencoded::byte_serialize(PAYLOAD.as_bytes()).collect();
        let all: Vec<_> = names.iter().map(|name| format!("{name}={payload}")).collect();
        for path in paths {
            urls.push(app.url(&format!("{path}?{}", all.join("&"))));
            urls.extend(all.iter().map(|pair| app.url(&format!("{path}?{pair}"))));
        }
        urls.push(app.url(&format!("/{payload}")));
        let mut signed_in = app.signed_in(ADA).await;
        for url in urls {
            for mut browser in [app.browser(), signed_in.clone()] {
                for page in pages_of(&mut browser, &url).await {
                    assert!(page.status < 500, "{url}: {}", page.status);
                    is_inert(&page, &url);
                }
            }
        }
        assert!(super::is_signed_in(&app, &mut signed_in).await);
        let shown = app.browser().open(&notes.authorization_url(&[("login_hint", PAYLOAD)])).await.page();
        let typed = tags(&shown.body).into_iter().find(|tag| tag.attribute("name") == Some("username")).unwrap();
        assert_eq!(typed.attribute("value"), Some(PAYLOAD));
    }

    async fn xss_05_pages_of_signing_in_and_errors_carry_every_header(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        let login = browser.open(&notes.authorization_url(&[])).await.page();
        let totp = at_second_factor(&mut app.browser(), &notes.authorization_url(&[])).await;
        let elsewhere = app.browser().open(login.url.as_str()).await.page();
        let forged = browser.send(reqwest::Method::POST, &login.url, Some(&[])).await;
        let wrong = sign_in(&mut browser, &login, ADA, "a wrong password").await.page();
        let consent = sign_in(&mut browser, &wrong, ADA, PASSWORD).await.page();
        let mut pages = vec![login, totp, elsewhere, forged, wrong, consent];
        let bad_client = notes.authorization_url(&[("client_id", "nobody")]);
        let bad_redirect = notes.authorization_url(&[("redirect_uri", "https://evil.example/cb")]);
        for url in [bad_client, bad_redirect, app.url("/login?interaction=x"), app.url("/authorize/resume"), app.url("/login/cancel"), app.url("/no/such/page"), app.url("/end-session")] {
            pages.push(browser.open(&url).await.page());
        }
        for page in pages {
            let at = page.url.path();
            for (name, value) in [
                ("content-type", "text/html; charset=utf-8"),
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                ("cache-control", "no-store"),
                ("x-frame-options", "DENY"),
                ("server", ""),
                ("strict-transport-security", ""),
            ] {
                assert_eq!(page.header(name), value, "{at} {}: {name}", page.status);
            }
            assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"), "{at}");
            is_inert(&page, at);
        }
    }

    async fn xss_06_no_page_tells_others_its_address(app: TestApp) {
        let looks = json!({
            "logo_uri": "https://cdn.example/logo.png",
            "client_uri": "https://notes.example/",
            "policy_uri": "https://notes.example/privacy",
            "tos_uri": "https://notes.example/terms",
        });
        let pretty = app.add_client("pretty", looks).await;
        let mut browser = app.browser();
        let url = pretty.authorization_url(&[]);
        let login = browser.open(&url).await.page();
        let mut half = app.browser();
        let totp = at_second_factor(&mut half, &url).await;
        let recovery = at_recovery(&mut half, &totp).await;
        let consent = sign_in(&mut browser, &login, ADA, PASSWORD).await.page();
        assert!(consent.body.contains("https://cdn.example/logo.png") && consent.body.contains("/terms"));
        let chooser = browser.open(&pretty.authorization_url(&[("prompt", "select_account")])).await.page();
        let refused = browser.open(&pretty.authorization_url(&[("redirect_uri", "https://evil.example/cb")])).await.page();
        assert_eq!(refused.status, 400);
        let mut spent = login.url.clone();
        spent.query_pairs_mut().append_pair("code", "x").append_pair("state", "y");
        let spent = app.browser().open(spent.as_str()).await.page();
        browser.submit(&consent, &[], Some("allow")).await.away();
        let sign_out = browser.open(&app.url("/end-session?client_id=pretty&state=x")).await.page();
        let signed_out = browser.submit(&sign_out, &[], Some("allow")).await.page();
        for page in [login, totp, recovery, consent, chooser, refused, spent, sign_out, signed_out] {
            tells_nobody(&page, &app.issuer);
        }
    }
}
