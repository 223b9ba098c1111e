//! oidc-client-ts in a page of its own, in Chromium: silent renewal, and OpenID Connect Session Management 1.0.

use serde_json::json;

use crate::login::ADA;
use crate::support::chromium::Chromium;
use crate::support::site::serving;
use crate::support::{Backend, PASSWORD, TestApp, TestClient, soon};

const LIBRARY: &str = include_str!("oidc-client-ts/oidc-client-ts.min.js");
const PAGE: &str = include_str!("oidc-client-ts/app.html");

const CODE: [&str; 1] = ["authorization_code"];
const REFRESH: [&str; 2] = ["authorization_code", "refresh_token"];

/// Somebody at the page of an app.
struct Visit {
    app: TestApp,
    client: TestClient,
    chromium: Chromium,
    home: String,
}

impl Visit {
    /// Ada signs in at an app of the issuer's own site, or of another, that uses these grants.
    async fn begin(elsewhere: bool, grant_types: &[&str]) -> Self {
        let app = TestApp::start(Backend::Sqlite).await;
        let page = PAGE.replace("{issuer}", &app.issuer);
        let (same_site, other_site) = serving(move |path| match path {
            "/oidc-client-ts.min.js" => ("text/javascript", LIBRARY.to_owned()),
            "/nothing" => ("text/html", "<title>App</title>nothing".to_owned()),
            _ => ("text/html; charset=utf-8", page.clone()),
        });
        let home = if elsewhere { other_site } else { same_site };
        let redirect_uris = ["signed-in", "silent", "nothing"].map(|path| format!("{home}/{path}"));
        let members = json!({
            "redirect_uris": redirect_uris,
            "post_logout_redirect_uris": [format!("{home}/signed-out")],
            "grant_types": grant_types,
            "token_endpoint_auth_method": "none",
            "skip_consent": true,
        });
        let client = app.add_client("pages", members).await;
        let chromium = Chromium::start(true).await;
        let this = Self { app, client, chromium, home };
        this.chromium.open(&this.home).await;
        this.chromium.press("#sign-in").await;
        this.type_password().await;
        this.chromium.shows("Ada Lovelace").await;
        this
    }

    async fn type_password(&self) {
        self.chromium.fill("username", ADA).await;
        self.chromium.fill("password", PASSWORD).await;
        self.chromium.press("form button").await;
    }

    /// How often in a row the frame has said this last.
    async fn said(&self, what: &str) -> u32 {
        let text = self.chromium.find("#session").await.text().await.unwrap();
        match text.split_once(" times ") {
            Some((count, last)) if last == what => count.parse().unwrap(),
            _ => 0,
        }
    }

    /// Waits until the frame has said this thrice more.
    async fn session(&self, what: &str) {
        let before = self.said(what).await;
        soon(what, async || self.said(what).await >= before + 3).await;
    }

    async fn token(&self) -> String {
        self.chromium.find("#token").await.text().await.unwrap()
    }

    /// It gets another token, which the server takes: when a button is pressed, and by itself before the first runs out.
    async fn renews(&self, how: &str) {
        let first = self.token().await;
        self.chromium.press("#renew").await;
        self.chromium.shows(how).await;
        let second = self.token().await;
        self.chromium.open(&format!("{}/?early=898", self.home)).await;
        self.chromium.shows(how).await;
        let third = self.token().await;
        assert!(first != second && second != third);
        for token in [second, third] {
            assert_eq!(self.app.userinfo(&token).await.0, 200);
        }
        let log = self.log().await;
        assert!(log.lines().all(|line| line == format!("renewed {how}")), "{log}");
        self.chromium.open(&self.home).await;
        self.chromium.shows("Ada Lovelace").await;
    }

    async fn log(&self) -> String {
        self.chromium.find("#log").await.text().await.unwrap()
    }
}

#[actix_web::test]
async fn oidc_client_ts_renews_in_a_frame_when_asked_and_by_itself_and_signs_out() {
    let visit = Visit::begin(false, &CODE).await;
    visit.renews("in a frame").await;
    visit.chromium.press("#sign-out").await;
    visit.chromium.shows("goodbye by the way back").await;
    assert!(visit.app.sessions_of(ADA).await.is_empty());
}

#[actix_web::test]
async fn oidc_client_ts_hears_of_a_sign_out_in_another_window_and_of_nothing_else() {
    let visit = Visit::begin(false, &CODE).await;
    let chromium = &visit.chromium;
    visit.session("unchanged").await;
    let page = chromium.client.window().await.unwrap();
    let other = chromium.client.new_window(false).await.unwrap().handle;
    // The same person signs in again elsewhere
    chromium.client.switch_to_window(other.clone()).await.unwrap();
    let nothing = format!("{}/nothing", visit.home);
    let params = [("prompt", "login"), ("redirect_uri", nothing.as_str())];
    chromium.open(&visit.client.authorization_url(&params)).await;
    visit.type_password().await;
    chromium.shows("nothing").await;
    chromium.client.switch_to_window(page.clone()).await.unwrap();
    visit.session("unchanged").await;
    assert_eq!(visit.log().await, "");
    // And signs out there
    chromium.client.switch_to_window(other).await.unwrap();
    chromium.open(&visit.app.url("/end-session")).await;
    chromium.press("button[value=allow]").await;
    chromium.shows("You are signed out").await;
    chromium.client.switch_to_window(page).await.unwrap();
    chromium.shows("signed out elsewhere").await;
    chromium.shows("nobody").await;
    assert_eq!(visit.log().await, "signed out elsewhere");
}

#[actix_web::test]
async fn oidc_client_ts_on_another_site_renews_by_refresh_token_and_hears_of_nothing_that_was_not()
{
    let visit = Visit::begin(true, &REFRESH).await;
    // Its frame shows no cookie there, so nobody knows
    visit.chromium.shows("times error").await;
    visit.renews("by refresh token").await;
    visit.chromium.shows("times error").await;
    assert_eq!(visit.log().await, "");
}
