//! Codes of authenticator apps and recovery codes: once, within their window, and not by guessing.

use super::{GRACE, asks_for_password, at_recovery, at_second_factor, is_signed_in};
use crate::both;
use crate::support::app::{TOTP_SECRET, code_of};
use crate::support::*;

const CODES: [&str; 3] = ["7k3qm-x9wtd", "abcde-fghjk", "00000-zzzzz"];

async fn type_totp(browser: &mut Browser, page: &Page, code: &str) -> Page {
    browser.submit(page, &[("totp", code)], None).await.page()
}

/// So many browsers that each have shown the password.
async fn after_the_password(app: &TestApp, count: usize) -> Vec<(Browser, Page)> {
    let mut halves = Vec::new();
    for _ in 0..count {
        let mut browser = app.browser();
        let page = at_second_factor(&mut browser, &app.url("/account")).await;
        halves.push((browser, page));
    }
    halves
}

/// Each sends this at once, on two nodes by turns; the statuses, and how many are signed in then.
async fn at_once(
    app: &TestApp,
    node: &app::Node,
    halves: Vec<(Browser, Page)>,
    field: &'static str,
    code: &str,
) -> (Vec<u16>, usize) {
    let tries = halves.into_iter().enumerate().map(|(n, (browser, page))| {
        let mut browser = browser.at(if n % 2 == 0 { &app.base } else { &node.base });
        let code = code.to_owned();
        actix_web::rt::spawn(async move {
            let answer = browser.press(&page, &[(field, &code)], None).await;
            (answer.status, browser.cookie("session").is_some())
        })
    });
    let tries: Vec<_> = tries.collect();
    let (mut statuses, mut signed_in) = (Vec::new(), 0);
    for each in tries {
        let (status, inside) = each.await.unwrap();
        statuses.push(status);
        signed_in += usize::from(inside);
    }
    (statuses, signed_in)
}

both! {
    async fn otp_01_a_code_is_good_once_and_then_as_any_wrong_one(app: TestApp) {
        app.begin_step();
        let code = app.totp_code();
        let mut first = app.browser();
        let page = at_second_factor(&mut first, &app.url("/account")).await;
        type_totp(&mut first, &page, &code).await;
        assert!(is_signed_in(&app, &mut first).await);
        let account = first.open(&app.url("/account")).await.page();
        first.submit(&account, &[], Some("Sign out")).await.page();
        for mut browser in [first, app.browser()] {
            let page = at_second_factor(&mut browser, &app.url("/account")).await;
            let replayed = type_totp(&mut browser, &page, &code).await;
            let wrong = type_totp(&mut browser, &page, &app.wrong_code()).await;
            assert_eq!((replayed.status, replayed.body), (wrong.status, wrong.body));
            assert_eq!(browser.cookie("session"), None);
        }
    }

    async fn otp_01_of_one_code_in_parallel_on_two_nodes_one_signs_in(app: TestApp) {
        let node = app.second_node().await;
        app.begin_step();
        let halves = after_the_password(&app, 10).await;
        let code = app.totp_code();
        let (statuses, signed_in) = at_once(&app, &node, halves, "totp", &code).await;
        assert_eq!(signed_in, 1, "{statuses:?}");
        assert_eq!(app.sessions_of(GRACE).await.len(), 1);
    }

    async fn otp_02_one_step_each_way_and_never_back(app: TestApp) {
        app.begin_step();
        let now = app.app.now().seconds();
        for (steps, accepted) in [(-2, false), (-1, true), (-1, false), (0, true), (-1, false), (1, true), (0, false), (2, false)] {
            let mut browser = app.browser();
            let page = at_second_factor(&mut browser, &app.url("/account")).await;
            type_totp(&mut browser, &page, &code_of(TOTP_SECRET, now + steps * 30)).await;
            assert_eq!(browser.cookie("session").is_some(), accepted, "{steps}");
        }
    }

    async fn otp_03_guesses_over_all_flows_and_nodes_are_five_in_fifteen_minutes(app: TestApp) {
        let node = app.second_node().await;
        app.begin_step();
        let halves = after_the_password(&app, 30).await;
        let (mut statuses, signed_in) = at_once(&app, &node, halves, "totp", &app.wrong_code()).await;
        statuses.sort_unstable();
        assert_eq!((statuses, signed_in), ([vec![200; 5], vec![429; 25]].concat(), 0));
        assert!(app.events().await.contains(&"second_factor_locked"));
        // The password alone is still taken, and leads to the same lock on either way
        let mut browser = app.browser();
        let page = at_second_factor(&mut browser, &app.url("/account")).await;
        app.give_recovery_codes(GRACE, &CODES).await;
        let locked = type_totp(&mut browser, &page, &app.totp_code()).await;
        assert_eq!(locked.status, 429);
        assert!(locked.header("retry-after").parse::<u64>().unwrap() <= 900);
        let recovery = at_recovery(&mut browser, &page).await;
        let locked = browser.submit(&recovery, &[("recovery_code", CODES[0])], None).await.page();
        assert_eq!((locked.status, app.recovery_codes_left(GRACE).await), (429, 3));
        app.later(900);
        let page = at_second_factor(&mut browser, &app.url("/account")).await;
        type_totp(&mut browser, &page, &app.totp_code()).await;
        assert!(is_signed_in(&app, &mut browser).await);
    }

    async fn otp_04_a_password_alone_opens_nothing(app: TestApp) {
        let notes = app.client("notes").await;
        let photos = app.client("photos").await;
        // She has used the app before, so that nothing but the second factor is missing
        app.authorize(&mut app.browser(), &notes, GRACE, &[]).await;
        app.later(30);
        let mut half = app.browser();
        let totp = at_second_factor(&mut half, &notes.authorization_url(&[])).await;
        assert_eq!(half.cookie("session"), None);
        let silent = half.open(&notes.authorization_url(&[("prompt", "none")])).await.away();
        assert_eq!(param(&silent, "error").unwrap(), "login_required");
        let pages = [app.url("/account"), app.url("/account/sessions"), photos.authorization_url(&[])];
        for url in &pages {
            assert!(asks_for_password(&half.open(url).await.page()), "{url}");
        }
        for path in ["/login", "/login/consent", "/login/account", "/authorize/resume"] {
            let mut url = totp.url.clone();
            url.set_path(path);
            assert_eq!(half.open(url.as_str()).await.page().url.path(), "/login/totp", "{path}");
        }
        for path in ["/login/consent", "/login/account"] {
            let mut url = totp.url.clone();
            url.set_path(path);
            let (_, mut fields) = totp.filled(&[("totp", "")], None);
            fields.push(("decision".into(), "allow".into()));
            fields.push(("account".into(), "present".into()));
            assert_eq!(half.send(reqwest::Method::POST, &url, Some(&fields)).await.status, 403);
        }
        type_totp_and_arrive(&app, &mut half, &totp).await;
    }

    async fn otp_06_a_recovery_code_is_good_once_and_is_no_text_in_the_database(app: TestApp) {
        app.give_recovery_codes(GRACE, &CODES).await;
        for (typed, opens) in [(CODES[1], true), (CODES[1], false), ("7K3QM X9WTD", true), (CODES[0], false)] {
            let mut browser = app.browser();
            let page = at_second_factor(&mut browser, &app.url("/account")).await;
            let recovery = at_recovery(&mut browser, &page).await;
            let landed = browser.submit(&recovery, &[("recovery_code", typed)], None).await.page();
            assert_eq!(is_signed_in(&app, &mut browser).await, opens, "{typed}: {}", landed.text());
        }
        assert_eq!(app.recovery_codes_left(GRACE).await, 1);
        assert_eq!(app.events().await.iter().filter(|kind| **kind == "recovery_code_used").count(), 2);
        for entry in std::fs::read_dir(app.folder.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
            for code in ["00000zzzzz", "00000-zzzzz", "7k3qm", "abcde-f"] {
                assert!(!bytes.windows(code.len()).any(|window| window == code.as_bytes()));
            }
        }
    }

    async fn otp_06_of_fifty_uses_of_one_code_on_two_nodes_one_signs_in(app: TestApp) {
        let node = app.second_node().await;
        app.give_recovery_codes(GRACE, &CODES).await;
        let mut halves = Vec::new();
        for (mut browser, page) in after_the_password(&app, 50).await {
            let recovery = at_recovery(&mut browser, &page).await;
            halves.push((browser, recovery));
        }
        let (statuses, signed_in) = at_once(&app, &node, halves, "recovery_code", CODES[1]).await;
        assert_eq!(signed_in, 1, "{statuses:?}");
        assert_eq!(app.recovery_codes_left(GRACE).await, 2);
        assert_eq!(app.sessions_of(GRACE).await.len(), 1);
    }

    async fn otp_06_guesses_at_recovery_codes_and_at_totp_are_one_count(app: TestApp) {
        app.give_recovery_codes(GRACE, &CODES).await;
        app.begin_step();
        let mut browser = app.browser();
        let page = at_second_factor(&mut browser, &app.url("/account")).await;
        let recovery = at_recovery(&mut browser, &page).await;
        for n in 0..3 {
            let guess = format!("aaaaa-0000{n}");
            let answer = browser.submit(&recovery, &[("recovery_code", &guess)], None).await.page();
            assert_eq!(answer.status, 200);
        }
        for _ in 0..2 {
            assert_eq!(type_totp(&mut browser, &page, &app.wrong_code()).await.status, 200);
        }
        assert_eq!(type_totp(&mut browser, &page, &app.totp_code()).await.status, 429);
        let locked = browser.submit(&recovery, &[("recovery_code", CODES[2])], None).await.page();
        assert_eq!(locked.status, 429);
        assert_eq!((browser.cookie("session"), app.recovery_codes_left(GRACE).await), (None, 3));
    }
}

async fn type_totp_and_arrive(app: &TestApp, browser: &mut Browser, page: &Page) {
    let back = browser.submit(page, &[("totp", &app.totp_code())], None).await;
    assert!(param(&super::allow(browser, back).await, "code").is_some());
}
