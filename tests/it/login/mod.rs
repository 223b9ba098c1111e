//! `/login`: the pages of signing in.

mod consent;
mod elsewhere;
mod forms;
mod guessing;
mod output;
mod passwords;
mod prompts;
mod second_factor;
mod tabs;

use crate::support::*;

pub const ADA: &str = "ada@example.org";
pub const GRACE: &str = "grace@example.org";

/// Fills in the page for name and password.
pub async fn sign_in(browser: &mut Browser, page: &Page, email: &str, password: &str) -> Landing {
    browser.submit(page, &[("username", email), ("password", password)], None).await
}

/// Whether the account page opens without signing in.
pub async fn is_signed_in(app: &TestApp, browser: &mut Browser) -> bool {
    browser.open(&app.url("/account")).await.page().url.path() == "/account"
}

/// Opens the page that asks Grace for her code.
pub async fn at_second_factor(browser: &mut Browser, url: &str) -> Page {
    let page = browser.open(url).await.page();
    let page = sign_in(browser, &page, GRACE, PASSWORD).await.page();
    assert_eq!(page.url.path(), "/login/totp", "{}", page.text());
    page
}

/// The page for recovery codes of the same sign-in.
pub async fn at_recovery(browser: &mut Browser, totp: &Page) -> Page {
    let mut url = totp.url.clone();
    url.set_path("/login/recovery");
    browser.open(url.as_str()).await.page()
}

/// Allows what a page asks for, if there is one.
pub async fn allow(browser: &mut Browser, landing: Landing) -> url::Url {
    match landing {
        Landing::Page(page) => browser.submit(&page, &[], Some("allow")).await.away(),
        Landing::Away(url) => url,
    }
}

/// Whether a page asks for a password.
pub fn asks_for_password(page: &Page) -> bool {
    page.body.contains("name=\"password\"")
}
