//! Passwords as they are typed, and many at once.

use super::{ADA, is_signed_in, sign_in};
use crate::both;
use crate::support::*;

async fn opens(app: &TestApp, password: &str) -> bool {
    let mut browser = app.browser();
    let page = browser.open(&app.url("/account")).await.page();
    sign_in(&mut browser, &page, ADA, password).await.page();
    is_signed_in(app, &mut browser).await
}

async fn flood(backend: Backend) {
    let mut app = TestApp::start_with(
        backend,
        &[
            ("HATCHECK_PASSWORDS__MEMORY_KIB", "19456"),
            ("HATCHECK_PASSWORDS__ITERATIONS", "2"),
            ("HATCHECK_PASSWORDS__WORKERS", "1"),
            ("HATCHECK_PASSWORDS__QUEUE", "2"),
            ("HATCHECK_THROTTLE__ADDRESS_FAILURES", "1000000"),
        ],
    )
    .await;
    let notes = app.client("notes").await;
    let code = app.authorize(&mut app.browser(), &notes, ADA, &[]).await;
    let tokens = notes.redeem(&code).await.tokens();
    let mut browser = app.browser();
    let page = browser.open(&app.url("/account")).await.page();
    // A connection of its own for each request: one kept from before may be too old after the flood
    app.http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .build()
        .unwrap();
    let logins: Vec<_> = (0..100)
        .map(|n| {
            let (mut browser, page) = (browser.clone(), page.clone());
            let email = format!("person{n}@example.org");
            actix_web::rt::spawn(async move {
                sign_in(&mut browser, &page, &email, "a wrong password").await.page()
            })
        })
        .collect();
    for _ in 0..5 {
        assert_eq!(app.userinfo(&tokens.access_token).await.0, 200);
    }
    let mut busy = 0;
    for login in logins {
        let answer = login.await.unwrap();
        if answer.status == 503 {
            assert_eq!(answer.header("retry-after"), "5");
            assert!(answer.text().contains("Wait a few seconds"), "{}", answer.text());
            assert!(answer.body.contains("name=\"password\""), "the form is there for another try");
            busy += 1;
        } else {
            assert_eq!(answer.status, 200);
        }
    }
    assert!((1..=98).contains(&busy), "{busy}");
    assert!(opens(&app, PASSWORD).await);
}

#[actix_web::test]
async fn log_06_a_flood_is_refused_with_a_time_and_apps_go_on_on_sqlite() {
    flood(Backend::Sqlite).await;
}

#[actix_web::test]
async fn log_06_a_flood_is_refused_with_a_time_and_apps_go_on_on_postgres() {
    flood(Backend::Postgres).await;
}

both! {
    async fn log_05_only_the_exact_password_opens(app: TestApp) {
        let long = "0123456789abcdef".repeat(8);
        assert_eq!(long.len(), 128);
        for password in [
            long.as_str(),
            "  blanks around it  ",
            "before\0behind the end",
            "\u{1f511}\u{1f40e}\u{1f50b}\u{1f4ce} horse",
            "seventy-three bytes and more, of which hashes of old used to take only the first 72",
            "+%20&password=x",
        ] {
            app.set_password(ADA, password).await;
            assert!(opens(&app, password).await, "{password:?}");
            let mut last = password.to_owned();
            last.pop();
            let mut others = vec![format!("{last}~"), last.clone(), format!("{password} ")];
            others.push(password.trim().to_owned());
            others.extend(password.get(..72).map(str::to_owned));
            others.extend(password.split_once('\0').map(|(start, _)| start.to_owned()));
            others.retain(|other| other != password);
            app.later(86_400 * 2);
            for other in others {
                assert!(!opens(&app, &other).await, "{password:?} by {other:?}");
            }
        }
    }

    async fn log_05_composed_and_decomposed_are_one_and_a_megabyte_is_refused_unhashed(app: TestApp) {
        app.set_password(ADA, "Am\u{e9}lie und der Gr\u{fc}ffelo").await;
        assert!(opens(&app, "Ame\u{301}lie und der Gru\u{308}ffelo").await);
        let longest = "x".repeat(1_024);
        app.set_password(ADA, &longest).await;
        assert!(opens(&app, &longest).await);
        assert!(!opens(&app, &"x".repeat(1_025)).await);
    }
}
