//! Five tabs, Back, coffee, other nodes and restarts: every sign-in that was begun can be finished.

use super::{ADA, GRACE, allow, asks_for_password, at_second_factor, sign_in};
use crate::both;
use crate::support::*;

/// A sign-in that was begun, open at its first page.
struct Tab {
    page: Page,
    redirect_uri: String,
    state: String,
}

impl Tab {
    /// Opens what it shows again, and goes on to the app without a password.
    async fn finish(&self, browser: &mut Browser) {
        let landing = browser.open(self.page.url.as_str()).await;
        self.arrive(browser, landing).await;
    }

    /// Sends its form as it stands, with a password.
    async fn submit(&self, browser: &mut Browser, email: &str) {
        let landing = sign_in(browser, &self.page, email, PASSWORD).await;
        self.arrive(browser, landing).await;
    }

    async fn arrive(&self, browser: &mut Browser, landing: Landing) {
        let url = allow(browser, landing).await;
        assert!(url.as_str().starts_with(&format!("{}?", self.redirect_uri)), "{url}");
        assert_eq!(param(&url, "state").as_ref(), Some(&self.state));
        assert!(param(&url, "code").is_some(), "{url}");
    }
}

/// Five requests of two apps.
async fn five_tabs(app: &TestApp, browser: &mut Browser) -> Vec<Tab> {
    let clients = [app.client("notes").await, app.client("photos").await];
    let mut tabs = Vec::new();
    for n in 0..5 {
        let client = &clients[n % 2];
        let state = format!("the state of tab {n}");
        let page = browser.open(&client.authorization_url(&[("state", &state)])).await.page();
        assert!(asks_for_password(&page), "{}", page.text());
        tabs.push(Tab { page, redirect_uri: client.redirect_uri.clone(), state });
    }
    tabs
}

both! {
    async fn pain_5_signing_in_in_any_of_five_tabs_lets_the_others_finish(app: TestApp) {
        let orders = [[0, 1, 2, 3, 4], [1, 0, 4, 2, 3], [2, 4, 3, 1, 0], [3, 2, 1, 0, 4], [4, 3, 2, 1, 0]];
        for order in orders {
            let mut browser = app.browser();
            let tabs = five_tabs(&app, &mut browser).await;
            tabs[order[0]].submit(&mut browser, ADA).await;
            for n in &order[1..] {
                tabs[*n].finish(&mut browser).await;
            }
            // Back to what has been finished
            tabs[order[0]].finish(&mut browser).await;
            tabs[order[4]].finish(&mut browser).await;
        }
    }

    async fn pain_5_old_forms_are_sent_again_and_the_other_tabs_still_finish(app: TestApp) {
        let mut browser = app.browser();
        let tabs = five_tabs(&app, &mut browser).await;
        for n in [2, 2, 4, 0, 2] {
            tabs[n].submit(&mut browser, ADA).await;
        }
        for n in [3, 1, 2, 0, 4] {
            tabs[n].finish(&mut browser).await;
        }
        assert_eq!(app.sessions_of(ADA).await.len(), 1);
    }

    async fn pain_5_a_consent_page_stays_good_when_the_same_person_signs_in_in_another_tab(app: TestApp) {
        let mut browser = app.browser();
        let tabs = five_tabs(&app, &mut browser).await;
        let consent = sign_in(&mut browser, &tabs[0].page, ADA, PASSWORD).await.page();
        assert_eq!(consent.url.path(), "/login/consent");
        tabs[1].submit(&mut browser, ADA).await;
        let landing = browser.submit(&consent, &[], Some("allow")).await;
        tabs[0].arrive(&mut browser, landing).await;
    }

    async fn pain_5_the_tabs_finish_on_whichever_node(app: TestApp) {
        let node = app.second_node().await;
        let mut browser = app.browser();
        let tabs = five_tabs(&app, &mut browser).await;
        browser.go_to(&node.base);
        tabs[3].submit(&mut browser, ADA).await;
        for (n, base) in [(0, &app.base), (1, &node.base), (2, &app.base), (4, &node.base), (3, &app.base)] {
            browser.go_to(base);
            tabs[n].finish(&mut browser).await;
        }
    }

    async fn pain_5_the_tabs_finish_after_a_restart(app: TestApp) {
        let mut browser = app.browser();
        let tabs = five_tabs(&app, &mut browser).await;
        tabs[1].submit(&mut browser, ADA).await;
        app.stop().await;
        let node = app.second_node().await;
        browser.go_to(&node.base);
        for n in [4, 0, 3, 1] {
            tabs[n].finish(&mut browser).await;
        }
        tabs[2].submit(&mut browser, ADA).await;
    }

    async fn pain_6_a_form_sent_a_day_later_still_leads_to_the_app(app: TestApp) {
        for hours in [1, 24, 6 * 24] {
            let mut browser = app.browser();
            let tabs = five_tabs(&app, &mut browser).await;
            app.later(hours * 3_600);
            tabs[0].submit(&mut browser, ADA).await;
            tabs[1].finish(&mut browser).await;
        }
    }

    async fn pain_6_after_a_week_the_page_says_so_and_leads_on(app: TestApp) {
        let mut browser = app.browser();
        let tabs = five_tabs(&app, &mut browser).await;
        app.later(7 * 86_400);
        let late = sign_in(&mut browser, &tabs[0].page, ADA, PASSWORD).await.page();
        assert_eq!(late.status, 400);
        assert!(late.text().contains("begun too long ago"), "{}", late.text());
        assert!(late.body.contains("class=\"button\""), "a way on");
        assert_eq!(browser.cookie("session"), None);
    }

    async fn pain_6_a_second_step_left_open_begins_again_with_the_request_intact(app: TestApp) {
        let mut browser = app.browser();
        let tabs = five_tabs(&app, &mut browser).await;
        let totp = at_second_factor(&mut browser, tabs[0].page.url.as_str()).await;
        app.later(86_400);
        let again = browser.submit(&totp, &[("totp", &app.totp_code())], None).await.page();
        assert!(asks_for_password(&again), "{}", again.text());
        let totp = sign_in(&mut browser, &again, GRACE, PASSWORD).await.page();
        let landing = browser.submit(&totp, &[("totp", &app.totp_code())], None).await;
        tabs[0].arrive(&mut browser, landing).await;
        for n in [4, 2] {
            tabs[n].finish(&mut browser).await;
        }
    }
}
