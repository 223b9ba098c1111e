//! `/account`: the pages of the signed-in person.

use hatcheck::model::UserId;
use hatcheck::store;
use reqwest::Method;

use crate::both;
use crate::support::app::code_of;
use crate::support::*;

const ADA: &str = "ada@example.org";
const GRACE: &str = "grace@example.org";
const NEW_PASSWORD: &str = "another horse wagon 33";

async fn page(app: &TestApp, browser: &mut Browser, path: &str) -> Page {
    browser.open(&app.url(path)).await.page()
}

async fn person(app: &TestApp, email: &str) -> hatcheck::model::User {
    let name = hatcheck::model::Username::canonical(email);
    let found = app.app.read(move |db| store::users::find_to_sign_in(db, &name)).await;
    found.unwrap().expect("a person").0
}

async fn codes_left(app: &TestApp, id: UserId) -> i64 {
    app.app.read(move |db| store::recovery_codes::remaining(db, id)).await.unwrap()
}

async fn events(app: &TestApp) -> Vec<&'static str> {
    let events = app.app.read(|db| store::events::latest(db, 100)).await.unwrap();
    events.iter().map(|event| event.kind.as_str()).collect()
}

fn codes_on(page: &Page) -> Vec<String> {
    let codes = page.body.split("<li><code>").skip(1);
    codes.map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

fn secret_on(page: &Page) -> String {
    let secret = page.body.split("class=\"secret\">").nth(1).expect("a secret");
    secret.split('<').next().unwrap().replace(' ', "")
}

/// Ticks "I have saved them" and sends the form.
async fn save_codes(browser: &mut Browser, page: &Page) -> Page {
    let (url, mut fields) = page.filled(&[("pending", &field(page, "pending"))], None);
    fields.push(("saved".to_owned(), "on".to_owned()));
    let answer = browser.send(Method::POST, &url, Some(&fields)).await;
    browser.follow(answer).await.page()
}

fn field(page: &Page, name: &str) -> String {
    let forms = page.forms();
    let mut fields = forms.iter().flat_map(|form| &form.fields);
    fields.find(|(known, _)| known == name).expect("a field").1.clone()
}

/// Switches the second factor on; its secret and the recovery codes.
async fn enrol(app: &TestApp, browser: &mut Browser) -> (String, Vec<String>) {
    let start = page(app, browser, "/account/second-factor").await;
    let secret = secret_on(&start);
    let code = code_of(&secret, app.app.now().seconds());
    let shown = browser.submit(&start, &[("totp", &code)], None).await.page();
    let codes = codes_on(&shown);
    let done = save_codes(browser, &shown).await;
    assert!(done.text().contains("The second factor is on"), "{}", done.text());
    (secret, codes)
}

both! {
    async fn pain_11_the_second_factor_is_on_only_when_recovery_codes_are_saved(app: TestApp) {
        let mut browser = app.signed_in(ADA).await;
        let start = page(&app, &mut browser, "/account/second-factor").await;
        let secret = secret_on(&start);
        let wrong = browser.submit(&start, &[("totp", "000000")], None).await.page();
        assert_eq!((wrong.status, secret_on(&wrong)), (400, secret.clone()));
        let code = code_of(&secret, app.app.now().seconds());
        let shown = browser.submit(&wrong, &[("totp", &code)], None).await.page();
        assert_eq!(codes_on(&shown).len(), 10);
        assert!(person(&app, ADA).await.totp.is_none());
        let unticked = browser.submit(&shown, &[("pending", &field(&shown, "pending"))], None).await.page();
        assert_eq!((unticked.status, codes_on(&unticked)), (400, codes_on(&shown)));
        assert!(person(&app, ADA).await.totp.is_none());
        let cookie = browser.cookie("session").unwrap().to_owned();
        let done = save_codes(&mut browser, &unticked).await;
        assert!(done.text().contains("10 recovery codes"), "{}", done.text());
        let ada = person(&app, ADA).await;
        assert!(ada.totp.is_some_and(|totp| totp.last_step.is_some()));
        assert_eq!(codes_left(&app, ada.id).await, 10);
        assert_ne!(browser.cookie("session").unwrap(), cookie);
        assert!(events(&app).await.contains(&"second_factor_added"));
    }

    async fn otp_06_switching_off_takes_a_code_that_was_not_used_and_a_recovery_code_once(app: TestApp) {
        let mut browser = app.signed_in(ADA).await;
        let (secret, codes) = enrol(&app, &mut browser).await;
        let used = code_of(&secret, app.app.now().seconds());
        let factor = page(&app, &mut browser, "/account/second-factor").await;
        for bad in ["123", &used, "aaaaa-bbbbb"] {
            assert_eq!(browser.submit(&factor, &[("totp", bad)], None).await.page().status, 400, "{bad}");
        }
        let again = browser.submit(&factor, &[], Some("Make new recovery codes")).await.page();
        let newer = codes_on(&again);
        let factor = save_codes(&mut browser, &again).await;
        assert_eq!(browser.submit(&factor, &[("totp", &codes[0])], None).await.page().status, 400);
        let typed = newer[0].to_uppercase().replace('-', " ");
        let off = browser.submit(&factor, &[("totp", &typed)], None).await.page();
        assert!(off.text().contains("The second factor is off"), "{}", off.text());
        let ada = person(&app, ADA).await;
        assert!(ada.totp.is_none());
        assert_eq!(codes_left(&app, ada.id).await, 0);
        let events = events(&app).await;
        assert!(events.contains(&"recovery_code_used") && events.contains(&"second_factor_removed"));
    }

    async fn otp_03_guesses_on_the_account_page_are_counted_with_those_of_sign_ins(app: TestApp) {
        let mut browser = app.signed_in(GRACE).await;
        let factor = page(&app, &mut browser, "/account/second-factor").await;
        for n in 0..5 {
            let tried = browser.submit(&factor, &[("totp", &format!("00000{n}"))], None).await.page();
            assert!([400, 429].contains(&tried.status));
        }
        app.later(60);
        let code = app.totp_code();
        let locked = browser.submit(&factor, &[("totp", &code)], None).await.page();
        assert_eq!(locked.status, 429);
        assert!(!locked.header("retry-after").is_empty());
        assert!(person(&app, GRACE).await.totp.is_some());
        assert!(events(&app).await.contains(&"second_factor_locked"));
    }

    async fn otp_05_enrolment_and_removal_need_a_fresh_sign_in(app: TestApp) {
        let mut browser = app.signed_in(GRACE).await;
        let factor = page(&app, &mut browser, "/account/second-factor").await;
        app.later(3_600);
        let code = app.totp_code();
        let landed = browser.submit(&factor, &[("totp", &code)], None).await.page();
        assert!(landed.url.path().ends_with("/login"), "{}", landed.url);
        assert!(person(&app, GRACE).await.totp.is_some());
        for path in ["/account/second-factor", "/account/password"] {
            let landed = page(&app, &mut browser, path).await;
            assert!(landed.url.path().ends_with("/login"), "{}", landed.url);
        }
        let landed = app.sign_in(&mut browser, &app.url("/account/password"), GRACE).await.page();
        assert_eq!(landed.url.path(), "/account/password");
        assert_eq!(page(&app, &mut browser, "/account").await.url.path(), "/account");
    }

    async fn ref_07_a_new_password_ends_other_sessions_and_all_grants(app: TestApp) {
        let notes = app.client("notes").await;
        let code = app.authorize(&mut app.browser(), &notes, ADA, &[]).await;
        let tokens = notes.redeem(&code).await.tokens();
        let mut elsewhere = app.signed_in(ADA).await;
        let mut browser = app.signed_in(ADA).await;
        let form = page(&app, &mut browser, "/account/password").await;
        let fill = |old, new| [("password", old), ("new_password", new), ("new_password_again", new)];
        for (old, new) in [("not this one", NEW_PASSWORD), (PASSWORD, "ada lovelace"), (PASSWORD, "short")] {
            assert_eq!(browser.submit(&form, &fill(old, new), None).await.page().status, 400, "{new}");
        }
        let cookie = browser.cookie("session").unwrap().to_owned();
        let done = browser.submit(&form, &fill(PASSWORD, NEW_PASSWORD), None).await.page();
        assert_eq!(done.url.path(), "/account");
        assert_ne!(browser.cookie("session").unwrap(), cookie);
        assert!(page(&app, &mut elsewhere, "/account").await.url.path().ends_with("/login"));
        assert_eq!(app.userinfo(&tokens.access_token).await.0, 401);
        let refreshed = notes.refresh(&tokens.refresh_token.unwrap()).await;
        assert_eq!(refreshed.error(), (400, "invalid_grant".into()));
        assert!(events(&app).await.contains(&"password_changed"));
    }

    async fn ses_05_sessions_are_listed_and_ended_one_or_all_others(app: TestApp) {
        let mut here = app.signed_in(ADA).await;
        let mut others = [app.signed_in(ADA).await, app.signed_in(ADA).await];
        let mut grace = app.signed_in(GRACE).await;
        let list = page(&app, &mut here, "/account/sessions").await;
        let ids: Vec<String> = list
            .forms()
            .iter()
            .flat_map(|form| form.fields.clone())
            .filter(|(name, value)| name == "session" && value != "others")
            .map(|(_, value)| value)
            .collect();
        assert_eq!(ids.len(), 3);
        // Another person's session is none of hers
        let foreign = page(&app, &mut grace, "/account/sessions").await;
        grace.submit(&foreign, &[("session", &ids[1])], None).await.page();
        let list = here.submit(&list, &[("session", &ids[1])], None).await.page();
        assert!(list.text().contains("Signed out."));
        let mut ended = 0;
        for other in &mut others {
            ended += usize::from(page(&app, other, "/account").await.url.path().ends_with("/login"));
        }
        assert_eq!(ended, 1);
        here.submit(&list, &[], Some("Sign out all other browsers")).await.page();
        for other in &mut others {
            assert!(page(&app, other, "/account").await.url.path().ends_with("/login"));
        }
        assert_eq!(page(&app, &mut here, "/account").await.url.path(), "/account");
        assert_eq!(page(&app, &mut grace, "/account").await.url.path(), "/account");
    }

    async fn ref_07_and_xss_01_withdrawing_ends_what_an_app_got_and_its_name_is_only_text(app: TestApp) {
        let hostile = "<img src=x onerror=alert(1)>\"'`{{7*7}}";
        let evil = app.add_client("evil", serde_json::json!({"client_name": hostile})).await;
        let mut browser = app.browser();
        let code = app.authorize(&mut browser, &evil, ADA, &[]).await;
        let tokens = evil.redeem(&code).await.tokens();
        let list = page(&app, &mut browser, "/account/apps").await;
        assert!(list.text().contains(hostile), "{}", list.text());
        assert!(!list.body.contains("<img src=x"));
        let done = browser.submit(&list, &[("client_id", "evil")], None).await.page();
        assert!(done.text().contains("Withdrawn"));
        assert_eq!(app.userinfo(&tokens.access_token).await.0, 401);
        let refreshed = evil.refresh(&tokens.refresh_token.unwrap()).await;
        assert_eq!(refreshed.error(), (400, "invalid_grant".into()));
        assert!(events(&app).await.contains(&"consent_withdrawn"));
    }

    async fn adm_02_only_the_fields_of_the_form_are_read(app: TestApp) {
        let mut browser = app.signed_in(ADA).await;
        let form = page(&app, &mut browser, "/account/name").await;
        let before = person(&app, ADA).await;
        let (url, mut fields) = form.filled(&[("name", "Ada King")], None);
        for (name, value) in [
            ("admin", "true"),
            ("email", "root@example.org"),
            ("email_verified", "false"),
            ("id", "x"),
            ("password_hash", "x"),
            ("totp_secret", "x"),
        ] {
            fields.push((name.to_owned(), value.to_owned()));
        }
        assert_eq!(browser.send(Method::POST, &url, Some(&fields)).await.status, 303);
        let after = person(&app, ADA).await;
        assert_eq!(after.name, "Ada King");
        let unchanged = hatcheck::model::User { name: before.name.clone(), updated_at: before.updated_at, ..after };
        assert_eq!(unchanged, before);
    }

    async fn csr_01_no_form_of_the_account_can_be_forged(app: TestApp) {
        let mut browser = app.signed_in(GRACE).await;
        let name = page(&app, &mut browser, "/account/name").await;
        app.later(60);
        let mut other = app.signed_in(GRACE).await;
        let foreign = page(&app, &mut other, "/account/name").await;
        let posted = |token: &str| vec![("name".to_owned(), "Forged".to_owned()), ("csrf".to_owned(), token.to_owned())];
        let genuine = field(&name, "csrf");
        let target = app.url("/account/name").parse().unwrap();
        for token in ["", "x", &field(&foreign, "csrf")] {
            let answer = browser.send(Method::POST, &target, Some(&posted(token))).await;
            assert_eq!(answer.status, 403, "{token}");
        }
        for (header, value) in [("origin", "null"), ("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
            let mut forged = browser.clone();
            forged.headers.push((header.to_owned(), value.to_owned()));
            if header != "origin" {
                forged.headers.push(("origin".to_owned(), forged.origin.clone()));
            }
            assert_eq!(forged.send(Method::POST, &target, Some(&posted(&genuine))).await.status, 403, "{header}");
        }
        // The token of another form
        for path in [
            "/account/password",
            "/account/second-factor",
            "/account/second-factor/saved",
            "/account/second-factor/off",
            "/account/second-factor/recovery-codes",
            "/account/sessions",
            "/account/apps",
            "/account/sign-out",
        ] {
            let answer = browser.send(Method::POST, &app.url(path).parse().unwrap(), Some(&posted(&genuine))).await;
            assert_eq!(answer.status, 403, "{path}");
            assert!(answer.text().contains("Invalid request"), "{}", answer.text());
        }
        for path in ["/account/second-factor/saved", "/account/second-factor/off", "/account/sign-out"] {
            assert_eq!(page(&app, &mut browser, path).await.status, 405, "{path}");
        }
        let grace = person(&app, GRACE).await;
        assert_eq!(grace.name, "Grace Hopper");
        assert!(grace.totp.is_some());
    }

    async fn signing_out_ends_the_session_on_a_page_with_a_way_back(app: TestApp) {
        let mut browser = app.signed_in(ADA).await;
        let before = browser.clone();
        let account = page(&app, &mut browser, "/account").await;
        let done = browser.submit(&account, &[], Some("Sign out")).await.page();
        assert!(done.text().contains("You are signed out"));
        assert!(browser.cookie("session").is_none());
        for mut each in [browser, before] {
            assert!(page(&app, &mut each, "/account").await.url.path().ends_with("/login"));
        }
    }

    async fn xss_05_account_pages_carry_every_header(app: TestApp) {
        let mut browser = app.signed_in(ADA).await;
        for path in ["", "/name", "/password", "/second-factor", "/sessions", "/apps"] {
            let page = page(&app, &mut browser, &format!("/account{path}")).await;
            assert_eq!(page.status, 200, "{path}");
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                ("cache-control", "no-store"),
                ("x-frame-options", "DENY"),
                ("cross-origin-opener-policy", "same-origin"),
            ] {
                assert_eq!(page.header(name), value, "{path}");
            }
            let policy = page.header("content-security-policy");
            assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
            assert!(!page.body.contains("style=") && !page.body.contains("<script"));
            assert_eq!(page.body.matches("<h1").count(), 1);
        }
    }
}
