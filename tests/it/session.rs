//! Sessions: their cookies, their limits, and all the ways in which they end.

use diesel::connection::SimpleConnection;
use hatcheck::model::EndReason;
use hatcheck::store;
use serde_json::json;

use crate::both;
use crate::login::{ADA, GRACE, at_second_factor, is_signed_in, sign_in};
use crate::support::*;

const NEW_PASSWORD: &str = "another horse wagon 33";

/// What `prompt=none` says in this browser: an error, or nothing for a code.
async fn silent(client: &TestClient, browser: &mut Browser) -> Option<String> {
    param(&browser.open(&client.authorization_url(&[("prompt", "none")])).await.away(), "error")
}

fn refused() -> (u16, String) {
    (400, "invalid_grant".into())
}

/// Looks at a cookie as it was set.
fn is_as_it_should_be(line: &str) {
    let mut parts = line.split(';').map(str::trim);
    let (name, value) = parts.next().unwrap().split_once('=').unwrap();
    let attributes: Vec<&str> = parts.collect();
    assert!(name.starts_with("__Host-"), "{name}");
    // The one that our frame in apps' pages reads opens no session
    let for_frames = name == "__Host-hatcheck-state";
    let same_site = if for_frames { "SameSite=None" } else { "SameSite=Lax" };
    for attribute in ["Secure", same_site, "Path=/"] {
        assert!(attributes.contains(&attribute), "{name}: {attributes:?}");
    }
    assert_eq!(attributes.contains(&"HttpOnly"), !for_frames, "{name}: {attributes:?}");
    assert!(!attributes.iter().any(|attribute| attribute.to_lowercase().starts_with("domain")));
    let is_random =
        value.len() == 43 && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    assert!(is_random || value.is_empty() && attributes.contains(&"Max-Age=0"), "{name}");
}

async fn cookies_of_an_https_issuer(backend: Backend) {
    let settings = [
        ("HATCHECK_ISSUER", "https://id.example"),
        ("HATCHECK_SERVER__TRUSTED_PROXIES", "127.0.0.0/8"),
    ];
    let app = TestApp::start_with(backend, &settings).await;
    let notes = app.client("notes").await;
    let mut browser = app.browser();
    let code = app.authorize(&mut browser, &notes, ADA, &[]).await;
    notes.at(&app.base).redeem(&code).await.tokens();
    let page = browser.open(&notes.authorization_url(&[("prompt", "login")])).await.page();
    let fields = [("username", GRACE), ("password", PASSWORD), ("persistent", "on")];
    let page = browser.submit(&page, &fields, None).await.page();
    browser.submit(&page, &[("totp", &app.totp_code())], None).await.page();
    let account = browser.open(&app.url("/account")).await.page();
    assert_eq!(account.url.as_str(), "https://id.example/account");
    assert!(account.header("strict-transport-security").contains("max-age="));
    browser.submit(&account, &[], Some("Sign out")).await.page();
    let names: Vec<&str> =
        browser.set_cookies.iter().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    for name in ["browser", "session", "device", "state"] {
        let name = format!("__Host-hatcheck-{name}");
        assert!(names.contains(&name.as_str()), "{names:?}");
    }
    for line in &browser.set_cookies {
        is_as_it_should_be(line);
    }
    assert_eq!(browser.cookie("session"), None);
}

#[actix_web::test]
async fn ses_01_cookies_of_an_https_issuer_on_sqlite() {
    cookies_of_an_https_issuer(Backend::Sqlite).await;
}

#[actix_web::test]
async fn ses_01_cookies_of_an_https_issuer_on_postgres() {
    cookies_of_an_https_issuer(Backend::Postgres).await;
}

both! {
    async fn ses_02_of_two_cookies_of_one_name_neither_is_believed(app: TestApp) {
        let (ada, grace) = (app.signed_in(ADA).await, app.signed_in(GRACE).await);
        let [own, foreign] = [&ada, &grace].map(|browser| browser.cookie("session").unwrap().to_owned());
        for tossed in [foreign.as_str(), "x", "", &"A".repeat(43)] {
            for (first, second) in [(own.as_str(), tossed), (tossed, own.as_str())] {
                let one_line = vec![format!("hatcheck-session={first}; hatcheck-session={second}")];
                let two_lines = vec![format!("hatcheck-session={first}"), format!("hatcheck-session={second}")];
                for lines in [one_line, two_lines] {
                    let mut browser = app.browser();
                    browser.headers = lines.into_iter().map(|line| ("cookie".to_owned(), line)).collect();
                    let page = browser.open(&app.url("/account")).await.page();
                    assert!(!page.text().contains("Grace") && !page.text().contains(GRACE), "{}", page.text());
                    assert!(page.status == 200, "{}", page.status);
                }
            }
        }
    }

    async fn ses_02_a_tossed_browser_cookie_is_no_form_token(app: TestApp) {
        let (mut victim, mut attacker) = (app.browser(), app.browser());
        let url = app.url("/account");
        let page = attacker.open(&url).await.page();
        victim.open(&url).await.page();
        let tossed = format!("hatcheck-browser={}", attacker.cookie("browser").unwrap());
        victim.headers.push(("cookie".into(), tossed));
        let answer = victim.press(&page, &[("username", GRACE), ("password", PASSWORD)], None).await;
        assert_eq!((answer.status, victim.cookie("session")), (403, None));
    }

    async fn ses_03_every_step_up_brings_a_new_cookie_and_the_old_ones_are_nothing(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        let page = browser.open(&notes.authorization_url(&[])).await.page();
        let mut seen = vec![browser.clone()];
        let consent = sign_in(&mut browser, &page, ADA, PASSWORD).await.page();
        seen.push(browser.clone());
        browser.submit(&consent, &[], Some("allow")).await.away();
        app.give_totp(ADA).await;
        let two = notes.authorization_url(&[("acr_values", "urn:hatcheck:acr:2fa")]);
        let page = browser.open(&two).await.page();
        browser.submit(&page, &[("totp", &app.totp_code())], None).await.away();
        seen.push(browser.clone());
        app.later(60);
        let page = browser.open(&notes.authorization_url(&[("prompt", "login")])).await.page();
        let page = sign_in(&mut browser, &page, ADA, PASSWORD).await.page();
        browser.submit(&page, &[("totp", &app.totp_code())], None).await.away();
        let now = browser.cookie("session").unwrap().to_owned();
        for mut old in seen {
            assert_ne!(old.cookie("session"), Some(now.as_str()));
            assert_eq!(silent(&notes, &mut old).await.as_deref(), Some("login_required"));
            assert!(!is_signed_in(&app, &mut old).await);
        }
        assert_eq!(silent(&notes, &mut browser).await, None);
        assert_eq!(app.sessions_of(ADA).await.len(), 1);
    }

    async fn ses_04_idle_for_eight_hours_or_twelve_hours_old(app: TestApp) {
        let notes = app.client("notes").await;
        let mut idle = app.browser();
        app.authorize(&mut idle, &notes, ADA, &[]).await;
        let mut busy = idle.clone();
        app.later(8 * 3_600 - 60);
        assert_eq!(silent(&notes, &mut idle).await, None);
        app.later(8 * 3_600 + 1);
        assert_eq!(silent(&notes, &mut idle).await.as_deref(), Some("login_required"));
        app.authorize(&mut busy, &notes, ADA, &[]).await;
        for _ in 0..11 {
            app.later(3_600);
            assert_eq!(silent(&notes, &mut busy).await, None);
        }
        app.later(3_601);
        assert_eq!(silent(&notes, &mut busy).await.as_deref(), Some("login_required"));
        assert!(!is_signed_in(&app, &mut busy).await);
    }

    async fn ses_04_keep_me_signed_in_lasts_for_thirty_days(app: TestApp) {
        let notes = app.client("notes").await;
        let mut cookies = Vec::new();
        for (persistent, lasts) in [(None, false), (Some(("persistent", "on")), true)] {
            let mut browser = app.browser();
            let page = browser.open(&notes.authorization_url(&[])).await.page();
            let mut fields = vec![("username", ADA), ("password", PASSWORD)];
            fields.extend(persistent);
            if let Landing::Page(page) = browser.submit(&page, &fields, None).await {
                browser.submit(&page, &[], Some("allow")).await.away();
            }
            let line = browser.set_cookies.iter().find(|line| line.contains("session=")).unwrap();
            assert_eq!(line.contains("Max-Age=2592000"), lasts, "{line}");
            cookies.push((browser, lasts));
        }
        app.later(29 * 86_400);
        for (browser, lasts) in &mut cookies {
            assert_eq!(is_signed_in(&app, browser).await, *lasts);
        }
        app.later(86_400 + 1);
        assert!(!is_signed_in(&app, &mut cookies[1].0).await);
    }

    async fn ses_05_what_ends_a_session_is_felt_at_the_next_request_on_every_node(app: TestApp) {
        let node = app.second_node().await;
        let notes = app.client("notes").await;
        for reason in ["herself", "an admin", "by hand"] {
            let mut browsers = Vec::new();
            for base in [&app.base, &node.base, &app.base] {
                let mut browser = app.browser();
                app.authorize(&mut browser, &notes, ADA, &[]).await;
                browser.go_to(base);
                assert_eq!(silent(&notes, &mut browser).await, None);
                browsers.push(browser);
            }
            let (id, now) = (app.person(ADA).await.id, app.app.now());
            match reason {
                "herself" => {
                    let list = browsers[1].open(&app.url("/account/sessions")).await.page();
                    browsers[1].submit(&list, &[], Some("Sign out all other browsers")).await.page();
                    let account = browsers[1].open(&app.url("/account")).await.page();
                    browsers[1].submit(&account, &[], Some("Sign out")).await.page();
                }
                "an admin" => {
                    let end = move |db: &mut store::Db| store::sessions::end_of_user(db, id, None, EndReason::Admin, now);
                    app.app.write(end).await.unwrap();
                }
                _ => {
                    app.app.write(|db| { db.batch_execute("DELETE FROM sessions").unwrap(); Ok(()) }).await.unwrap();
                }
            }
            for (n, browser) in browsers.iter_mut().enumerate() {
                assert_eq!(silent(&notes, browser).await.as_deref(), Some("login_required"), "{reason} {n}");
                assert!(!is_signed_in(&app, browser).await, "{reason} {n}");
            }
        }
    }

    async fn ses_05_a_new_password_ends_everything_else_on_every_node(app: TestApp) {
        let node = app.second_node().await;
        let notes = app.client("notes").await;
        let mut elsewhere = app.browser().at(&node.base);
        let code = app.authorize(&mut elsewhere, &notes, ADA, &[]).await;
        let tokens = notes.at(&node.base).redeem(&code).await.tokens();
        assert_eq!(app.userinfo(&tokens.access_token).await.0, 200);
        let mut browser = app.signed_in(ADA).await;
        do_it(&app, &mut browser, "password", ADA).await;
        assert!(is_signed_in(&app, &mut browser).await);
        assert_eq!(silent(&notes, &mut elsewhere).await.as_deref(), Some("login_required"));
        assert_eq!(app.userinfo(&tokens.access_token).await.0, 401);
        let seen = notes.at(&node.base).post("/introspect", &[("token", &tokens.access_token)]).await;
        assert_eq!(seen.json(), json!({"active": false}));
        let token = tokens.refresh_token.unwrap();
        assert_eq!(notes.at(&node.base).refresh(&token).await.error(), refused());
        for (password, opens) in [(PASSWORD, false), (NEW_PASSWORD, true)] {
            let mut fresh = app.browser().at(&node.base);
            let page = fresh.open(&app.url("/account")).await.page();
            sign_in(&mut fresh, &page, ADA, password).await.page();
            assert_eq!(is_signed_in(&app, &mut fresh).await, opens);
        }
    }

    async fn log_09_somebody_who_is_disabled_gets_nothing_on_any_path(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        let first = app.authorize(&mut browser, &notes, ADA, &[]).await;
        let tokens = notes.redeem(&first).await.tokens();
        let unspent = app.authorize(&mut browser, &notes, ADA, &[]).await;
        let consent = browser.open(&notes.authorization_url(&[("prompt", "consent")])).await.page();
        let mut half = app.browser();
        let totp = at_second_factor(&mut half, &app.url("/account")).await;
        app.disable(ADA).await;
        app.disable(GRACE).await;
        assert_eq!(silent(&notes, &mut browser).await.as_deref(), Some("login_required"));
        assert!(!is_signed_in(&app, &mut browser).await);
        let landed = browser.submit(&consent, &[], Some("allow")).await.page();
        assert!(!landed.text().contains(ADA), "{}", landed.text());
        assert_eq!(notes.redeem(&unspent).await.error(), refused());
        assert_eq!(notes.refresh(tokens.refresh_token.as_ref().unwrap()).await.error(), refused());
        assert_eq!(app.userinfo(&tokens.access_token).await.0, 401);
        let seen = notes.post("/introspect", &[("token", &tokens.access_token)]).await;
        assert_eq!(seen.json(), json!({"active": false}));
        half.submit(&totp, &[("totp", &app.totp_code())], None).await.page();
        assert!(!is_signed_in(&app, &mut half).await);
        for email in [ADA, GRACE] {
            let mut fresh = app.browser();
            let page = fresh.open(&notes.authorization_url(&[])).await.page();
            let told = sign_in(&mut fresh, &page, email, PASSWORD).await.page();
            assert!(told.text().contains("do not fit together"), "{}", told.text());
            assert_eq!(fresh.cookie("session"), None);
        }
    }

    async fn ref_07_what_ends_refresh_tokens_with_and_without_offline_access(app: TestApp) {
        let notes = app.client("notes").await;
        for (reason, offline_survives) in
            [("sign-out", true), ("password", false), ("withdrawal", false), ("disabled", false)]
        {
            let email = format!("{reason}@example.org");
            app.add_user(&email, reason, None).await;
            let mut browser = app.browser();
            let mut tokens = Vec::new();
            for scope in ["openid", "openid offline_access"] {
                let code = app.authorize(&mut browser, &notes, &email, &[("scope", scope)]).await;
                let token = notes.redeem(&code).await.tokens().refresh_token.unwrap();
                tokens.push(notes.refresh(&token).await.tokens().refresh_token.unwrap());
            }
            do_it(&app, &mut browser, reason, &email).await;
            assert_eq!(notes.refresh(&tokens[0]).await.error(), refused(), "{reason}");
            let offline = notes.refresh(&tokens[1]).await;
            if offline_survives {
                offline.tokens();
            } else {
                assert_eq!(offline.error(), refused(), "{reason}");
            }
        }
    }
}

/// What may end refresh tokens, done by the person, or to them.
async fn do_it(app: &TestApp, browser: &mut Browser, reason: &str, email: &str) {
    let path = match reason {
        "sign-out" => "/account",
        "password" => "/account/password",
        "withdrawal" => "/account/apps",
        _ => return app.disable(email).await,
    };
    let page = browser.open(&app.url(path)).await.page();
    let new = NEW_PASSWORD;
    let done = match reason {
        "sign-out" => browser.submit(&page, &[], Some("Sign out")).await,
        "password" => {
            let fields =
                [("password", PASSWORD), ("new_password", new), ("new_password_again", new)];
            browser.submit(&page, &fields, None).await
        }
        _ => browser.submit(&page, &[("client_id", "notes")], None).await,
    };
    assert_eq!(done.page().status, 200, "{reason}");
}
