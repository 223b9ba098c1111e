//! Guessing passwords: whoever guesses learns nothing and waits; the owner does not.

use super::{ADA, is_signed_in, sign_in};
use crate::both;
use crate::support::*;

const WRONG: &str = "a wrong password";

async fn login_page(app: &TestApp, browser: &mut Browser) -> Page {
    browser.open(&app.url("/account")).await.page()
}

async fn guess(browser: &mut Browser, page: &Page, email: &str, password: &str) -> Page {
    sign_in(browser, page, email, password).await.page()
}

/// What an answer tells, without what was typed, its moment and its reference.
fn told(page: &Page, email: &str) -> (u16, Vec<(String, String)>, String) {
    let of_the_moment = ["date", "x-request-id", "retry-after", "content-length"];
    let headers = page
        .headers
        .iter()
        .filter(|(name, _)| !of_the_moment.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let mut body = page.body.replace(email, "EMAIL");
    for (before, after) in [("Reference: ", "</code>"), ("Wait ", " and then")] {
        if let Some((start, rest)) = body.clone().split_once(before) {
            let (_, end) = rest.split_once(after).unwrap();
            body = format!("{start}{end}");
        }
    }
    (page.status, headers, body)
}

both! {
    async fn log_01_unknown_disabled_and_mistyped_look_alike(app: TestApp) {
        app.add_user("eve@example.org", "Eve", None).await;
        app.disable("eve@example.org").await;
        let mut browser = app.browser();
        let page = login_page(&app, &mut browser).await;
        let people = [(ADA, WRONG), ("bob@example.org", WRONG), ("eve@example.org", PASSWORD)];
        let mut statuses = Vec::new();
        for round in 0..9 {
            let mut answers = Vec::new();
            for (email, password) in people {
                answers.push(told(&guess(&mut browser, &page, email, password).await, email));
            }
            assert_eq!(answers[0], answers[1], "round {round}");
            assert_eq!(answers[0], answers[2], "round {round}");
            statuses.push(answers[0].0);
            // So that it is for the account, not for the address, that the last have to wait
            app.later(if round < 7 { 65 } else { 0 });
        }
        assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 200, 200, 429]);
        assert!(!browser.set_cookies.iter().any(|line| line.contains("session")));
    }

    async fn log_02_and_pain_18_guessers_wait_longer_and_longer_and_the_owners_browser_does_not(app: TestApp) {
        let node = app.second_node().await;
        let mut owner = app.signed_in(ADA).await;
        owner.cookies.retain(|name, _| !name.ends_with("session"));
        let mut guesser = app.browser();
        let page = login_page(&app, &mut guesser).await;
        for _ in 0..5 {
            assert_eq!(guess(&mut guesser, &page, ADA, WRONG).await.status, 200);
        }
        for doubling in 0..9 {
            app.later(1 << doubling);
            assert_eq!(guess(&mut guesser, &page, ADA, WRONG).await.status, 200, "{doubling}");
        }
        for base in [&app.base, &node.base] {
            guesser.go_to(base);
            let told = guess(&mut guesser, &page, ADA, PASSWORD).await;
            assert_eq!(told.status, 429);
            let wait: u64 = told.header("retry-after").parse().unwrap();
            assert!((481..=512).contains(&wait), "{wait}");
            assert!(told.text().contains("9 minutes"), "{}", told.text());
        }
        assert!(!is_signed_in(&app, &mut guesser).await);
        app.sign_in(&mut owner, &app.url("/account"), ADA).await;
        assert!(is_signed_in(&app, &mut owner).await);
    }

    async fn log_02_an_address_waits_for_a_minute_but_not_a_known_browser_behind_it(app: TestApp) {
        let mut owner = app.signed_in(ADA).await;
        owner.cookies.retain(|name, _| !name.ends_with("session"));
        let mut guesser = app.browser();
        let page = login_page(&app, &mut guesser).await;
        for n in 0..20 {
            let email = format!("person{n}@example.org");
            assert_eq!(guess(&mut guesser, &page, &email, WRONG).await.status, 200, "{n}");
        }
        for email in ["person20@example.org", ADA] {
            let told = guess(&mut guesser, &page, email, PASSWORD).await;
            let wait: u64 = told.header("retry-after").parse().unwrap();
            assert!(told.status == 429 && wait <= 60, "{} {wait}", told.status);
        }
        app.sign_in(&mut owner, &app.url("/account"), ADA).await;
        assert!(is_signed_in(&app, &mut owner).await);
        app.later(60);
        guess(&mut guesser, &page, ADA, PASSWORD).await;
        assert!(is_signed_in(&app, &mut guesser).await);
    }

    async fn pain_18_an_owners_browser_has_a_count_of_its_own(app: TestApp) {
        let mut owner = app.signed_in(ADA).await;
        owner.cookies.retain(|name, _| !name.ends_with("session"));
        let page = login_page(&app, &mut owner).await;
        for doubling in 0..9 {
            assert_eq!(guess(&mut owner, &page, ADA, WRONG).await.status, 200);
            app.later(1 << doubling);
        }
        guess(&mut owner, &page, ADA, WRONG).await;
        assert_eq!(guess(&mut owner, &page, ADA, PASSWORD).await.status, 429);
        let mut elsewhere = app.signed_in(ADA).await;
        assert!(is_signed_in(&app, &mut elsewhere).await);
    }

    async fn log_03_every_spelling_counts_for_the_same_account(app: TestApp) {
        let spellings =
            [ADA, "ADA@EXAMPLE.ORG", " ada@example.org ", "ada\u{200b}@example.org", "\u{ff41}da@example.org"];
        let mut browser = app.browser();
        let page = login_page(&app, &mut browser).await;
        for (round, spelling) in spellings.iter().chain(&spellings).enumerate() {
            assert_eq!(guess(&mut browser, &page, spelling, WRONG).await.status, 200, "{spelling:?}");
            app.later(1 << round.saturating_sub(4));
        }
        guess(&mut browser, &page, ADA, WRONG).await;
        for spelling in spellings {
            let told = guess(&mut browser, &page, spelling, PASSWORD).await;
            assert_eq!(told.status, 429, "{spelling:?}");
        }
        let look_alike = guess(&mut browser, &page, "\u{430}da@example.org", PASSWORD).await;
        assert_eq!((look_alike.status, browser.cookie("session")), (200, None));
        app.later(3_600);
        for spelling in spellings {
            let mut browser = app.browser();
            let page = login_page(&app, &mut browser).await;
            guess(&mut browser, &page, spelling, PASSWORD).await;
            assert!(is_signed_in(&app, &mut browser).await, "{spelling:?}");
        }
    }

    async fn log_02_guesses_at_once_do_not_outrun_the_count(app: TestApp) {
        let node = app.second_node().await;
        let mut browser = app.browser();
        let page = login_page(&app, &mut browser).await;
        let tries: Vec<_> = (0..40)
            .map(|n| {
                let mut browser = browser.at(if n % 2 == 0 { &app.base } else { &node.base });
                let page = page.clone();
                actix_web::rt::spawn(async move { guess(&mut browser, &page, ADA, WRONG).await.status })
            })
            .collect();
        let mut statuses = Vec::new();
        for each in tries {
            statuses.push(each.await.unwrap());
        }
        // Five, and one after each wait that this took; each node has turns of its own
        let judged = statuses.iter().filter(|status| **status == 200).count();
        assert!((5..=12).contains(&judged), "{judged}");
        assert!(statuses.iter().all(|status| matches!(status, 200 | 429)), "{statuses:?}");
    }
}
