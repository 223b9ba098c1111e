//! Every form of every page: nothing happens unless the page itself sent it.

use hatcheck::store;
use reqwest::Method;
use url::Url;

use super::{ADA, GRACE, at_recovery, at_second_factor};
use crate::both;
use crate::support::*;

/// A browser and the pages with forms that it has open.
struct Open {
    browser: Browser,
    pages: Vec<Page>,
}

/// A form as it would be sent.
#[derive(Clone, Debug)]
struct Ready {
    url: Url,
    fields: Vec<(String, String)>,
}

impl Ready {
    fn token(&self) -> &str {
        &self.fields.iter().find(|(name, _)| name == "csrf").expect("every form has a token").1
    }

    fn with_token(&self, token: Option<&str>) -> Self {
        let mut other = self.clone();
        other.fields.retain(|(name, _)| name != "csrf");
        other.fields.extend(token.map(|token| ("csrf".to_owned(), token.to_owned())));
        other
    }
}

/// A browser in which nobody has signed in, with a sign-in of its own and one of another.
async fn nobody(app: &TestApp) -> Open {
    let notes = app.client("notes").await.authorization_url(&[]);
    let elsewhere = app.browser().open(&notes).await.page().url;
    let mut browser = app.browser();
    let mut pages = vec![browser.open(&notes).await.page()];
    pages.push(browser.open(elsewhere.as_str()).await.page());
    Open { browser, pages }
}

/// A browser in which Grace has typed her password.
async fn half(app: &TestApp) -> Open {
    let mut browser = app.browser();
    let totp =
        at_second_factor(&mut browser, &app.client("notes").await.authorization_url(&[])).await;
    let recovery = at_recovery(&mut browser, &totp).await;
    Open { browser, pages: vec![totp, recovery] }
}

/// A browser in which Ada is signed in.
async fn ada(app: &TestApp) -> Open {
    let (notes, photos) = (app.client("notes").await, app.client("photos").await);
    let mut browser = app.browser();
    app.authorize(&mut browser, &photos, ADA, &[]).await;
    let mut pages = Vec::new();
    for url in [
        notes.authorization_url(&[]),
        notes.authorization_url(&[("prompt", "select_account")]),
        app.url("/end-session"),
        app.url("/account"),
        app.url("/account/name"),
        app.url("/account/password"),
        app.url("/account/second-factor"),
        app.url("/account/sessions"),
        app.url("/account/apps"),
    ] {
        let page = browser.open(&url).await.page();
        assert!(!page.forms().is_empty(), "{url}: {}", page.text());
        pages.push(page);
    }
    Open { browser, pages }
}

/// A browser in which Grace is signed in, with the pages of her second factor.
async fn grace(app: &TestApp) -> Open {
    app.later(30);
    let mut browser = app.signed_in(GRACE).await;
    let factor = browser.open(&app.url("/account/second-factor")).await.page();
    let codes = browser.submit(&factor, &[], Some("Make new recovery codes")).await.page();
    assert!(codes.text().contains("Save your recovery codes"), "{}", codes.text());
    Open { browser, pages: vec![factor, codes] }
}

/// Every form of the pages, filled in so that it would do something.
fn filled(app: &TestApp, open: &Open) -> Vec<Ready> {
    let forms = |page: &Page| {
        let page = page.clone();
        page.forms().into_iter().map(move |form| {
            let action = form.action.clone().unwrap_or_default();
            let mut fields = form.fields.clone();
            if let Some(button) = form.buttons.first().filter(|button| !button.name.is_empty()) {
                fields.push((button.name.clone(), button.value.clone()));
            }
            Ready { url: page.url.join(&action).unwrap(), fields }
        })
    };
    let mut all: Vec<Ready> = open.pages.iter().flat_map(forms).collect();
    for (name, value) in all.iter_mut().flat_map(|form| &mut form.fields) {
        match name.as_str() {
            "username" => ADA.clone_into(value),
            "password" => PASSWORD.clone_into(value),
            "new_password" | "new_password_again" => "another horse wagon 33".clone_into(value),
            "totp" => *value = app.totp_code(),
            "recovery_code" => "7k3qm-x9wtd".clone_into(value),
            "saved" => "on".clone_into(value),
            "name" => "Forged".clone_into(value),
            _ => {}
        }
    }
    all
}

/// Whatever a form could change.
async fn everything(app: &TestApp) -> String {
    let mut told = Vec::new();
    for email in [ADA, GRACE] {
        let sessions = app.sessions_of(email).await;
        let sessions: Vec<_> = sessions.iter().map(|s| (s.id, s.cookie.clone())).collect();
        let (consents, left) = (app.consents_of(email).await, app.recovery_codes_left(email).await);
        told.push(format!("{:?} {sessions:?} {consents:?} {left}", app.person(email).await));
    }
    let people = app.app.read(|db| store::users::list(db, None, 100)).await.unwrap().len();
    format!("{told:?} {people} {:?}", app.events().await)
}

/// Sends every form in every wrong way.
async fn attack(app: &TestApp, open: &Open, elsewhere: &Open) {
    let (mine, theirs) = (filled(app, open), filled(app, elsewhere));
    let before = everything(app).await;
    for form in &mine {
        let other = mine.iter().find(|other| other.token() != form.token()).unwrap();
        let foreign = theirs.iter().find(|other| other.url.path() == form.url.path()).unwrap();
        assert_ne!(form.token(), foreign.token());
        for token in [None, Some(foreign.token()), Some(other.token())] {
            let forged = form.with_token(token);
            let mut browser = open.browser.clone();
            let answer = browser.send(Method::POST, &forged.url, Some(&forged.fields)).await;
            assert_eq!(answer.status, 403, "{forged:?}: {}", answer.text());
        }
        for (name, value) in [
            ("origin", "null"),
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let mut browser = open.browser.clone();
            browser.headers = vec![(name.to_owned(), value.to_owned())];
            let answer = browser.send(Method::POST, &form.url, Some(&form.fields)).await;
            assert_eq!(answer.status, 403, "{name} {value} {form:?}: {}", answer.text());
        }
        let mut url = form.url.clone();
        url.query_pairs_mut().extend_pairs(&form.fields);
        let mut browser = open.browser.clone();
        browser.set_cookies.clear();
        let answer = browser.send(Method::GET, &url, None).await;
        assert!(matches!(answer.status, 200 | 303 | 405), "{url}: {}", answer.status);
        assert!(!browser.set_cookies.iter().any(|line| line.contains("session")), "{url}");
        assert_eq!(everything(app).await, before, "{form:?}");
    }
}

both! {
    async fn csr_01_forms_of_a_sign_in_can_not_be_forged(app: TestApp) {
        app.give_recovery_codes(GRACE, &["7k3qm-x9wtd"]).await;
        attack(&app, &nobody(&app).await, &nobody(&app).await).await;
        app.begin_step();
        attack(&app, &half(&app).await, &half(&app).await).await;
    }

    async fn csr_01_forms_of_a_session_can_not_be_forged(app: TestApp) {
        let (elsewhere, open) = (ada(&app).await, ada(&app).await);
        attack(&app, &open, &elsewhere).await;
        // And what was attacked would have worked
        let mut browser = open.browser.clone();
        let name = open.pages.iter().find(|page| page.url.path() == "/account/name").unwrap();
        browser.submit(name, &[("name", "Ada King")], None).await.page();
        assert_eq!(app.person(ADA).await.name, "Ada King");
    }

    async fn csr_01_and_otp_05_forms_of_a_second_factor_can_not_be_forged(app: TestApp) {
        app.give_recovery_codes(GRACE, &["7k3qm-x9wtd"]).await;
        let (elsewhere, open) = (grace(&app).await, grace(&app).await);
        app.later(30);
        attack(&app, &open, &elsewhere).await;
        let mut browser = open.browser.clone();
        browser.submit(&open.pages[0], &[("totp", &app.totp_code())], None).await.page();
        assert!(app.person(GRACE).await.totp.is_none());
    }

    async fn csr_01_what_only_forms_do_is_not_done_by_a_link(app: TestApp) {
        let mut open = nobody(&app).await;
        let query = open.pages[0].url.query().unwrap().to_owned();
        for path in ["/login/cancel", "/login/here"] {
            let page = open.browser.open(&app.url(&format!("{path}?{query}"))).await.page();
            assert_eq!((page.status, page.header("allow").contains("POST")), (405, true), "{path}");
        }
    }
}
