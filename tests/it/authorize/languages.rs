//! `ui_locales` and its kin: OpenID Connect Core sections 3.1.2.1 and 5.2.

use super::form_post::posted;
use crate::both;
use crate::support::*;

both! {
    async fn core_3_1_2_1_error_pages_speak_the_language_that_the_app_wants(app: TestApp) {
        let notes = app.client("notes").await;
        let german = ("ui_locales", "fr de");
        let is_german = |page: &Page| page.body.contains("<html lang=\"de\">");
        let evil = [german, ("redirect_uri", "https://evil.example/")];
        let page = app.browser().open(&notes.authorization_url(&evil)).await.page();
        assert!(page.status == 400 && is_german(&page), "{}", page.text());
        // A form without its token, a text that another step damaged, another browser's sign-in
        let mut browser = app.browser();
        let page = browser.open(&notes.authorization_url(&[german])).await.page();
        let forged = browser.send(reqwest::Method::POST, &page.url, Some(&[])).await;
        assert!(forged.status == 403 && is_german(&forged), "{}", forged.text());
        let elsewhere = app.browser().open(page.url.as_str()).await.page();
        assert!(is_german(&elsewhere));
        app.later(8 * 86_400);
        let late = browser.open(page.url.as_str()).await.page();
        assert!(late.status == 400 && is_german(&late), "{}", late.text());
        let posts = [german, ("response_mode", "form_post"), ("prompt", "none")];
        let page = app.browser().open(&notes.authorization_url(&posts)).await.page();
        assert!(is_german(&page) && posted(&page).1["error"] == "login_required");
        // Whatever it is, it is no error
        for wanted in ["se", "zz-!!", "\u{1F511}"] {
            let url = notes.authorization_url(&[("ui_locales", wanted), ("claims_locales", wanted)]);
            assert!(app.browser().open(&url).await.page().body.contains("<html lang=\"en\">"));
        }
    }
}
