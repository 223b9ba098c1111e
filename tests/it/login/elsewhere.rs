//! A sign-in belongs to the browser in which it was begun; and browsers that refuse cookies are told.

use reqwest::Method;

use super::{ADA, GRACE, asks_for_password, is_signed_in, sign_in};
use crate::both;
use crate::support::*;

async fn begun(app: &TestApp, browser: &mut Browser) -> Page {
    let url = app.client("notes").await.authorization_url(&[]);
    browser.open(&url).await.page()
}

both! {
    async fn log_07_an_attackers_form_signs_nobody_in(app: TestApp) {
        let page = begun(&app, &mut app.browser()).await;
        let (url, fields) = page.filled(&[("username", GRACE), ("password", PASSWORD)], None);
        let mut fresh = app.browser();
        let mut begun_too = app.browser();
        begun(&app, &mut begun_too).await;
        for victim in [&mut fresh, &mut begun_too] {
            for origin in [Some("https://evil.example"), Some("null"), None] {
                let mut posting = victim.clone();
                posting.headers = match origin {
                    Some(origin) => vec![("origin".into(), origin.into()), ("sec-fetch-site".into(), "cross-site".into())],
                    None => Vec::new(),
                };
                let answer = posting.send(Method::POST, &url, Some(&fields)).await;
                assert_eq!(answer.status, 403, "{origin:?}: {}", answer.text());
                assert_eq!(posting.cookie("session"), None);
                posting.headers.clear();
                assert!(!is_signed_in(&app, &mut posting).await);
            }
        }
        assert!(app.sessions_of(GRACE).await.is_empty());
    }

    async fn log_07_a_sign_in_of_this_browser_can_not_be_sent_by_another_site(app: TestApp) {
        let mut victim = app.browser();
        let page = begun(&app, &mut victim).await;
        let (url, fields) = page.filled(&[("username", ADA), ("password", PASSWORD)], None);
        for (name, value) in
            [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "same-site")]
        {
            let mut posting = victim.clone();
            posting.headers = vec![(name.into(), value.into())];
            let answer = posting.send(Method::POST, &url, Some(&fields)).await;
            assert_eq!((answer.status, posting.cookie("session")), (403, None), "{name} {value}");
            assert!(answer.text().contains("Invalid request"));
        }
        assert!(app.sessions_of(ADA).await.is_empty());
    }

    async fn log_08_who_began_it_gains_nothing_when_another_browser_goes_on(app: TestApp) {
        let mut attacker = app.browser();
        let page = begun(&app, &mut attacker).await;
        let mut victim = app.browser();
        let asked = victim.open(page.url.as_str()).await.page();
        assert!(asked.text().contains("started elsewhere"), "{}", asked.text());
        assert!(!asks_for_password(&asked));
        let here = victim.submit(&asked, &[], None).await.page();
        let consent = sign_in(&mut victim, &here, ADA, PASSWORD).await.page();
        victim.submit(&consent, &[], Some("allow")).await.away();
        assert!(is_signed_in(&app, &mut victim).await);
        assert!(!is_signed_in(&app, &mut attacker).await);
        for url in [&page.url, &here.url, &consent.url] {
            let landed = attacker.open(url.as_str()).await.page();
            assert!(!landed.text().contains(ADA), "{}", landed.text());
            let mut resume = url.clone();
            resume.set_path("/authorize/resume");
            let landed = attacker.open(resume.as_str()).await.page();
            assert!(!landed.text().contains(ADA), "{}", landed.text());
        }
    }

    async fn log_08_a_planted_cookie_is_no_way_into_the_session(app: TestApp) {
        let mut attacker = app.browser();
        let page = begun(&app, &mut attacker).await;
        let mut victim = attacker.clone();
        let consent = sign_in(&mut victim, &page, ADA, PASSWORD).await.page();
        assert_eq!(consent.url.path(), "/login/consent");
        for url in [&page.url, &consent.url] {
            assert!(asks_for_password(&attacker.open(url.as_str()).await.page()));
        }
        let forged = attacker.press(&consent, &[], Some("allow")).await;
        assert_eq!(forged.status, 403);
        assert!(!is_signed_in(&app, &mut attacker).await);
    }

    async fn pain_17_a_browser_that_refuses_cookies_is_told_and_not_sent_round_and_round(app: TestApp) {
        for start in [app.client("notes").await.authorization_url(&[]), app.url("/account"), app.url("/login")] {
            let mut browser = app.browser();
            let mut page = browser.send(Method::GET, &start.parse().unwrap(), None).await;
            let mut redirects = 0;
            while let Some(location) = page.location() {
                redirects += 1;
                assert!(redirects < 4, "round and round: {location}");
                browser.cookies.clear();
                page = browser.send(Method::GET, &location, None).await;
            }
            assert!(page.text().contains("your browser refuses cookies"), "{}", page.text());
            browser.cookies.clear();
            let told = browser.press(&page, &[], None).await;
            assert_eq!(told.status, 400);
            assert!(told.text().contains("Your browser refuses cookies"), "{}", told.text());
        }
    }

    async fn log_08_a_link_opened_after_the_cookies_were_deleted_goes_on_with_the_same_request(app: TestApp) {
        let mut browser = app.browser();
        let page = begun(&app, &mut browser).await;
        browser.cookies.clear();
        let asked = sign_in(&mut browser, &page, ADA, PASSWORD).await.page();
        assert_eq!(asked.status, 403);
        let here = browser.submit(&asked, &[], None).await.page();
        let consent = sign_in(&mut browser, &here, ADA, PASSWORD).await.page();
        let back = browser.submit(&consent, &[], Some("allow")).await.away();
        assert_eq!(param(&back, "state").unwrap(), "the state");
        assert!(param(&back, "code").is_some());
    }
}
