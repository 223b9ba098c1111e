//! What is allowed is what the page showed; and saying no leads back to the app.

use reqwest::Method;

use super::{ADA, allow, asks_for_password, sign_in};
use crate::both;
use crate::support::*;

/// Ada's consent page for these scopes.
async fn consent_page(app: &TestApp, browser: &mut Browser, scope: &str) -> Page {
    let url = app.client("notes").await.authorization_url(&[("scope", scope)]);
    let page = match browser.open(&url).await.page() {
        page if asks_for_password(&page) => sign_in(browser, &page, ADA, PASSWORD).await.page(),
        page => page,
    };
    assert_eq!(page.url.path(), "/login/consent", "{}", page.text());
    page
}

both! {
    async fn aut_09_the_request_is_the_one_that_was_sealed(app: TestApp) {
        let (notes, photos) = (app.client("notes").await, app.client("photos").await);
        let mut browser = app.browser();
        let page = browser.open(&notes.authorization_url(&[("scope", "openid")])).await.page();
        let (mut url, mut fields) = page.filled(&[("username", ADA), ("password", PASSWORD)], None);
        for (name, value) in [
            ("client_id", photos.id.as_str()),
            ("scope", "openid email offline_access"),
            ("redirect_uri", &photos.redirect_uri),
            ("response_type", "token"),
            ("state", "changed"),
        ] {
            fields.push((name.to_owned(), value.to_owned()));
            url.query_pairs_mut().append_pair(name, value);
        }
        let answer = browser.send(Method::POST, &url, Some(&fields)).await;
        let landing = browser.follow(answer).await;
        let back = allow(&mut browser, landing).await;
        assert!(back.as_str().starts_with(&notes.redirect_uri), "{back}");
        assert_eq!(param(&back, "state").unwrap(), "the state");
        let tokens = notes.redeem(&param(&back, "code").unwrap()).await.tokens();
        assert_eq!(tokens.scope, "openid");
        assert_eq!(app.consents_of(ADA).await.len(), 1);
    }

    async fn aut_09_a_changed_interaction_is_nothing(app: TestApp) {
        let mut browser = app.browser();
        let page = browser.open(&app.client("notes").await.authorization_url(&[])).await.page();
        let sealed = param(&page.url, "interaction").unwrap();
        let (_, fields) = page.filled(&[("username", ADA), ("password", PASSWORD)], None);
        let mut changed: Vec<String> = [0, 20, sealed.len() / 2, sealed.len() - 2]
            .into_iter()
            .map(|at| {
                let other = if &sealed[at..=at] == "A" { "B" } else { "A" };
                format!("{}{other}{}", &sealed[..at], &sealed[at + 1..])
            })
            .collect();
        changed.extend(["x".into(), sealed[..sealed.len() - 4].to_owned(), format!("{sealed}&interaction={sealed}")]);
        for text in changed {
            let url = app.url(&format!("/login?interaction={text}")).parse().unwrap();
            let answer = browser.send(Method::POST, &url, Some(&fields)).await;
            assert_eq!((answer.status, browser.cookie("session")), (400, None), "{text}");
            assert!(answer.text().contains("Invalid request"), "{}", answer.text());
        }
    }

    async fn aut_10_each_tab_gets_what_it_showed(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        let narrow = consent_page(&app, &mut browser, "openid").await;
        let wide = consent_page(&app, &mut browser, "openid email").await;
        assert!(!narrow.text().contains("e-mail address") && wide.text().contains("e-mail address"));
        let back = browser.submit(&narrow, &[], Some("allow")).await.away();
        let tokens = notes.redeem(&param(&back, "code").unwrap()).await.tokens();
        assert_eq!(tokens.scope, "openid");
        assert!(app.userinfo(&tokens.access_token).await.1.get("email").is_none());
        assert_eq!(app.consents_of(ADA).await[0].scopes.to_string(), "openid");
        let back = browser.submit(&wide, &[], Some("deny")).await.away();
        assert_eq!(param(&back, "error").unwrap(), "access_denied");
        assert_eq!(app.consents_of(ADA).await[0].scopes.to_string(), "openid");
    }

    async fn csr_02_a_decision_needs_the_page_of_this_session(app: TestApp) {
        let mut browser = app.browser();
        let old = consent_page(&app, &mut browser, "openid").await;
        let mut other = app.browser();
        let foreign = consent_page(&app, &mut other, "openid").await;
        let account = browser.open(&app.url("/account")).await.page();
        browser.submit(&account, &[], Some("Sign out")).await.page();
        let fresh = consent_page(&app, &mut browser, "openid").await;
        let (target, genuine) = fresh.filled(&[], Some("allow"));
        let with = |token: &str| {
            let mut fields = genuine.clone();
            token.clone_into(&mut fields[0].1);
            fields
        };
        let token_of = |page: &Page| page.filled(&[], Some("allow")).1[0].1.clone();
        assert_eq!(genuine[0].0, "csrf");
        for token in ["", "x", &"A".repeat(43), &token_of(&old), &token_of(&foreign)] {
            let answer = browser.send(Method::POST, &target, Some(&with(token))).await;
            assert_eq!(answer.status, 403, "{token}");
        }
        // The old page itself, and another's
        for page in [&old, &foreign] {
            assert_eq!(browser.press(page, &[], Some("allow")).await.status, 403);
        }
        assert!(app.consents_of(ADA).await.is_empty());
        assert!(!app.events().await.contains(&"consent_given"));
        browser.submit(&fresh, &[], Some("allow")).await.away();
        assert_eq!(app.consents_of(ADA).await.len(), 1);
    }

    async fn giving_up_at_any_step_leads_back_with_access_denied(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        let password = browser.open(&notes.authorization_url(&[])).await.page();
        let totp = super::at_second_factor(&mut browser, &notes.authorization_url(&[])).await;
        let recovery = super::at_recovery(&mut browser, &totp).await;
        let consent = consent_page(&app, &mut browser, "openid").await;
        let chooser = browser.open(&notes.authorization_url(&[("prompt", "select_account")])).await.page();
        assert_eq!(chooser.url.path(), "/login/account");
        for page in [password, totp, recovery, consent, chooser] {
            let back = browser.submit(&page, &[], Some("deny")).await.away();
            assert!(back.as_str().starts_with(&notes.redirect_uri), "{back}");
            let told = ["error", "state", "iss", "code"].map(|name| param(&back, name));
            let expected = [Some("access_denied"), Some("the state"), Some(app.issuer.as_str()), None];
            assert_eq!(told.each_ref().map(Option::as_deref), expected, "{}", page.url.path());
        }
        assert!(app.consents_of(ADA).await.is_empty());
    }

    async fn giving_up_without_an_app_ends_on_a_page(app: TestApp) {
        let mut browser = app.browser();
        let page = browser.open(&app.url("/account")).await.page();
        let cancelled = browser.submit(&page, &[], Some("deny")).await.page();
        assert!(cancelled.text().contains("Sign-in cancelled"), "{}", cancelled.text());
        assert!(cancelled.body.contains("href=\"/login\""));
    }

    async fn what_was_allowed_is_not_asked_for_again_but_more_is(app: TestApp) {
        let mut browser = app.browser();
        let page = consent_page(&app, &mut browser, "openid email").await;
        browser.submit(&page, &[], Some("allow")).await.away();
        let notes = app.client("notes").await;
        for scope in ["openid", "openid email"] {
            let back = browser.open(&notes.authorization_url(&[("scope", scope)])).await.away();
            assert!(param(&back, "code").is_some());
        }
        consent_page(&app, &mut browser, "openid email profile").await;
        let photos = app.client("photos").await;
        let page = browser.open(&photos.authorization_url(&[("scope", "openid")])).await.page();
        assert_eq!(page.url.path(), "/login/consent");
    }
}
