//! What apps may demand of a sign-in: OpenID Connect Core section 3.1.2.1.

use serde_json::json;

use super::{ADA, GRACE, allow, asks_for_password, sign_in};
use crate::both;
use crate::support::client::claims_of;
use crate::support::*;

/// The claims of the ID token behind an answer.
async fn claims(
    client: &TestClient,
    back: &url::Url,
) -> serde_json::Map<String, serde_json::Value> {
    let code = param(back, "code").unwrap_or_else(|| panic!("no code in {back}"));
    claims_of(&client.redeem(&code).await.tokens().id_token.unwrap())
}

/// Ada, signed in and with all allowed; when that was.
async fn ada(app: &TestApp, client: &TestClient) -> (Browser, i64) {
    let mut browser = app.browser();
    app.authorize(&mut browser, client, ADA, &[]).await;
    let session = &app.sessions_of(ADA).await[0];
    (browser, session.authentication.time.seconds())
}

both! {
    async fn aut_06_prompt_login_and_max_age_0_want_a_sign_in_after_the_request(app: TestApp) {
        let notes = app.client("notes").await;
        let (mut browser, first) = ada(&app, &notes).await;
        for more in [("prompt", "login"), ("max_age", "0")] {
            app.later(60);
            let asked_at = app.app.now().seconds();
            let page = browser.open(&notes.authorization_url(&[more])).await.page();
            assert!(asks_for_password(&page), "{}", page.text());
            assert!(page.body.contains("value=\"ada@example.org\""), "her name is filled in");
            let reloaded = browser.open(page.url.as_str()).await.page();
            assert!(asks_for_password(&reloaded));
            let silent = browser.open(&notes.authorization_url(&[("prompt", "none")])).await.away();
            assert!(claims(&notes, &silent).await["auth_time"].as_i64().unwrap() < asked_at);
            let mut resume = page.url.clone();
            resume.set_path("/authorize/resume");
            assert!(asks_for_password(&browser.open(resume.as_str()).await.page()));
            let back = sign_in(&mut browser, &reloaded, ADA, PASSWORD).await.away();
            let told = claims(&notes, &back).await["auth_time"].as_i64().unwrap();
            assert!(told >= asked_at && told > first);
        }
    }

    async fn max_age_wants_a_sign_in_that_is_young_enough(app: TestApp) {
        let notes = app.client("notes").await;
        let (mut browser, first) = ada(&app, &notes).await;
        app.later(1_800);
        let hour = notes.authorization_url(&[("max_age", "3600")]);
        assert_eq!(claims(&notes, &browser.open(&hour).await.away()).await["auth_time"], first);
        app.later(1_801);
        let page = browser.open(&hour).await.page();
        assert!(asks_for_password(&page));
        let silent = notes.authorization_url(&[("max_age", "3600"), ("prompt", "none")]);
        let refused = browser.open(&silent).await.away();
        assert_eq!(param(&refused, "error").unwrap(), "login_required");
        let back = sign_in(&mut browser, &page, ADA, PASSWORD).await.away();
        assert!(claims(&notes, &back).await["auth_time"].as_i64().unwrap() >= first + 3_601);
    }

    async fn acr_values_step_up_with_the_second_factor_alone(app: TestApp) {
        let notes = app.client("notes").await;
        let (mut browser, first) = ada(&app, &notes).await;
        let two = notes.authorization_url(&[("acr_values", "urn:hatcheck:acr:2fa")]);
        // Who has no second factor is told apart by the class, not kept out
        let told = claims(&notes, &browser.open(&two).await.away()).await;
        assert_eq!((&told["acr"], &told["amr"]), (&json!("urn:hatcheck:acr:1fa"), &json!(["pwd"])));
        app.give_totp(ADA).await;
        app.later(60);
        let before = browser.clone();
        let page = browser.open(&two).await.page();
        assert_eq!(page.url.path(), "/login/totp", "{}", page.text());
        let wrong = browser.submit(&page, &[("totp", &app.wrong_code())], None).await.page();
        assert_eq!(wrong.url.path(), "/login/totp");
        let back = browser.submit(&page, &[("totp", &app.totp_code())], None).await.away();
        let told = claims(&notes, &back).await;
        assert_eq!(told["acr"], "urn:hatcheck:acr:2fa");
        assert_eq!(told["amr"], json!(["pwd", "otp", "mfa"]));
        assert_eq!(told["auth_time"], first, "the password was typed then");
        assert_ne!(before.cookie("session"), browser.cookie("session"));
        assert_eq!(app.sessions_of(ADA).await.len(), 1);
        // From now on it stands
        assert!(param(&browser.open(&two).await.away(), "code").is_some());
    }

    async fn prompt_consent_asks_again(app: TestApp) {
        let notes = app.client("notes").await;
        let (mut browser, _) = ada(&app, &notes).await;
        let page = browser.open(&notes.authorization_url(&[("prompt", "consent")])).await.page();
        assert_eq!(page.url.path(), "/login/consent");
        let back = browser.submit(&page, &[], Some("allow")).await.away();
        assert!(param(&back, "code").is_some());
        let page = browser.open(&notes.authorization_url(&[("prompt", "login consent")])).await.page();
        let page = sign_in(&mut browser, &page, ADA, PASSWORD).await.page();
        assert_eq!(page.url.path(), "/login/consent");
    }

    async fn prompt_select_account_goes_on_as_she_is(app: TestApp) {
        let notes = app.client("notes").await;
        let (mut browser, first) = ada(&app, &notes).await;
        let page = browser.open(&notes.authorization_url(&[("prompt", "select_account")])).await.page();
        assert!(page.text().contains("Choose an account") && page.text().contains(ADA));
        let cookie = browser.cookie("session").map(str::to_owned);
        let back = browser.submit(&page, &[], Some("present")).await.away();
        assert_eq!(claims(&notes, &back).await["auth_time"], first);
        assert_eq!(browser.cookie("session").map(str::to_owned), cookie);
    }

    async fn signing_in_as_somebody_else_ends_the_session_of_before(app: TestApp) {
        let notes = app.client("notes").await;
        app.add_user("bob@example.org", "Bob", None).await;
        let (mut browser, _) = ada(&app, &notes).await;
        let of_ada = browser.clone();
        let page = browser.open(&notes.authorization_url(&[("prompt", "select_account")])).await.page();
        let page = browser.submit(&page, &[], Some("other")).await.page();
        assert!(asks_for_password(&page) && !page.body.contains(ADA), "{}", page.text());
        // Until somebody else has signed in she stays signed in
        assert!(super::is_signed_in(&app, &mut browser.clone()).await);
        let landing = sign_in(&mut browser, &page, "bob@example.org", PASSWORD).await;
        let back = allow(&mut browser, landing).await;
        let sub = claims(&notes, &back).await["sub"].clone();
        assert_eq!(sub, app.person("bob@example.org").await.id.to_string());
        assert!(!super::is_signed_in(&app, &mut of_ada.clone()).await);
        assert!(app.sessions_of(ADA).await.is_empty());
        let account = browser.open(&app.url("/account")).await.page();
        assert!(account.text().contains("bob@example.org"));
    }

    async fn another_account_with_a_second_factor_is_not_let_in_by_the_session_of_before(app: TestApp) {
        let notes = app.client("notes").await;
        let (mut browser, _) = ada(&app, &notes).await;
        let page = browser.open(&notes.authorization_url(&[("prompt", "login")])).await.page();
        let page = sign_in(&mut browser, &page, GRACE, PASSWORD).await.page();
        assert_eq!(page.url.path(), "/login/totp");
        let mut resume = page.url.clone();
        resume.set_path("/authorize/resume");
        assert_eq!(browser.open(resume.as_str()).await.page().url.path(), "/login/totp");
        let landing = browser.submit(&page, &[("totp", &app.totp_code())], None).await;
        let back = allow(&mut browser, landing).await;
        assert_eq!(claims(&notes, &back).await["sub"], app.person(GRACE).await.id.to_string());
    }

    async fn the_language_is_the_apps_or_the_browsers(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        let page = browser.open(&notes.authorization_url(&[("ui_locales", "fr de")])).await.page();
        assert!(page.body.contains("<html lang=\"de\">") && page.text().contains("anmelden"));
        let wrong = sign_in(&mut browser, &page, ADA, "a wrong password").await.page();
        assert!(wrong.text().contains("passen nicht zusammen"), "{}", wrong.text());
        let consent = sign_in(&mut browser, &wrong, ADA, PASSWORD).await.page();
        assert!(consent.body.contains("<html lang=\"de\">"));
        let mut english = app.browser();
        let page = english.open(&notes.authorization_url(&[])).await.page();
        assert!(page.body.contains("<html lang=\"en\">"));
        english.headers.push(("accept-language".into(), "de-AT,de;q=0.9,en;q=0.5".into()));
        let page = english.open(page.url.as_str()).await.page();
        assert!(page.body.contains("<html lang=\"de\">"));
    }

    async fn a_login_hint_fills_in_the_name(app: TestApp) {
        let notes = app.client("notes").await;
        let page = app.browser().open(&notes.authorization_url(&[("login_hint", ADA)])).await.page();
        assert!(page.body.contains("value=\"ada@example.org\""));
    }
}
