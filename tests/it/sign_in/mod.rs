//! An app that people sign in to through its guard, beside a server that was really started.

mod callback;
mod refresh;
mod wire;

use std::net::TcpListener;

use actix_web::{App, HttpServer};
use hatcheck_guard::store::Store;
use hatcheck_guard::{Clock, Guard};
use reqwest::Method;
use serde_json::json;
use url::Url;

use crate::signed_in_app;
use crate::support::shared::Shared;
use crate::support::*;
use crate::{both, both_with};

/// The app `journal`, on one or more nodes.
struct Journal {
    /// Where the first node is, which is where browsers see it.
    base: String,
    client: TestClient,
    store: Shared,
    config: signed_in_app::Config,
}

/// A browser with its cookies at the app and those at the server.
struct Visitor {
    at_app: Browser,
    at_server: Browser,
}

fn serve(listener: TcpListener, guard: Guard) {
    let factory = move || App::new().configure(|app| signed_in_app::routes(app, &guard));
    let server = HttpServer::new(factory).workers(1).disable_signals();
    actix_web::rt::spawn(server.listen(listener).unwrap().run());
}

fn built(app: &TestApp, config: &signed_in_app::Config, store: impl Store + 'static) -> Guard {
    let server = app.app.clone();
    let clock = Clock::new(move || server.now().seconds());
    signed_in_app::guard(config).unwrap().clock(clock).store(store).build().unwrap()
}

impl Journal {
    async fn start(app: &TestApp) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let members = json!({
            "redirect_uris": [format!("{base}/auth/callback")],
            "post_logout_redirect_uris": [format!("{base}/")],
            "backchannel_logout_uri": format!("{base}/auth/backchannel-logout"),
            "backchannel_logout_session_required": true,
            "claims_in_id_token": true,
            "skip_consent": true,
        });
        let client = app.add_client("journal", members).await;
        let config = signed_in_app::Config {
            issuer: app.issuer.clone(),
            client_id: client.id.clone(),
            client_secret: client.secret.clone(),
            base_url: base.clone(),
            secrets: vec!["0123456789abcdef0123456789abcdef".to_owned()],
        };
        let store = Shared::default();
        serve(listener, built(app, &config, store.clone()));
        Self { base, client, store, config }
    }

    /// One more node, which shares the store and nothing else; where it is.
    fn second_node(&self, app: &TestApp) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        serve(listener, built(app, &self.config, self.store.clone()));
        base
    }

    fn visitor(&self, app: &TestApp) -> Visitor {
        Visitor { at_app: Browser::new(app.http.clone(), &self.base), at_server: app.browser() }
    }

    /// A browser in which this person has signed in.
    async fn signed_in(&self, app: &TestApp, email: &str) -> Visitor {
        let mut visitor = self.visitor(app);
        let page = visitor.sign_in(app, self, "/", email).await;
        assert_eq!((page.status, page.url.path()), (200, "/"), "{}", page.text());
        visitor
    }

    fn url(&self, path: &str) -> Url {
        Url::parse(&format!("{}{path}", self.base)).unwrap()
    }
}

impl Visitor {
    /// Goes to a page of the app, and signs in at the server on the way; where that ends.
    async fn sign_in(&mut self, app: &TestApp, journal: &Journal, path: &str, email: &str) -> Page {
        let request = self.at_app.open(journal.url(path).as_str()).await.away();
        let back = match self.at_server.open(request.as_str()).await {
            Landing::Away(back) => back,
            Landing::Page(_) => {
                app.sign_in(&mut self.at_server, request.as_str(), email).await.away()
            }
        };
        self.at_app.open(back.as_str()).await.page()
    }

    async fn page(&mut self, journal: &Journal, path: &str) -> Landing {
        self.at_app.open(journal.url(path).as_str()).await
    }

    /// A script of the page calls; status and body.
    async fn call(&self, base: &str, method: Method) -> (u16, String) {
        let cookies: Vec<_> =
            self.at_app.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = reqwest::Client::new()
            .request(method, format!("{base}/api/notes"))
            .header("cookie", cookies.join("; "))
            .header("sec-fetch-site", "same-origin")
            .header("sec-fetch-mode", "cors");
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn status(&self, base: &str) -> u16 {
        self.call(base, Method::GET).await.0
    }
}

both! {
    async fn people_sign_in_come_back_and_are_known_without_a_token_in_the_browser(app: TestApp) {
        let journal = Journal::start(&app).await;
        let mut visitor = journal.visitor(&app);
        assert_eq!(visitor.status(&journal.base).await, 401, "a script is told, not sent away");
        let page = visitor.sign_in(&app, &journal, "/?of=the%20day", "ada@example.org").await;
        assert_eq!(page.url.query(), Some("of=the%20day"), "people come back to where they were");
        assert!(page.body.contains("<b>Ada Lovelace</b>"), "{}", page.body);
        for cookie in &visitor.at_app.set_cookies {
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
            assert!(!cookie.contains("eyJ"), "no token: {cookie}");
        }
        assert_eq!(visitor.at_app.cookies.len(), 1, "the attempt is over: {:?}", visitor.at_app.cookies);
        for method in [Method::GET, Method::POST] {
            let (status, body) = visitor.call(&journal.base, method).await;
            assert!(status == 200 && body.starts_with("the notes of "), "{status} {body}");
        }
        let evil = [("sec-fetch-site", "cross-site"), ("origin", "https://eve.example")];
        visitor.at_app.headers = evil.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let forged = visitor.at_app.send(Method::POST, &journal.url("/api/notes"), Some(&[])).await;
        assert_eq!(forged.status, 403, "another site's form");
        let forged = visitor.at_app.send(Method::POST, &journal.url("/auth/logout"), Some(&[])).await;
        assert_eq!(forged.status, 400, "nor does it sign anybody out");
        visitor.at_app.headers.clear();
        assert_eq!(visitor.status(&journal.base).await, 200);
    }

    async fn rfc_9470_a_page_that_needs_more_asks_for_it_and_does_not_ask_forever(app: TestApp) {
        let journal = Journal::start(&app).await;
        let mut grace = journal.signed_in(&app, "grace@example.org").await;
        assert_eq!(grace.page(&journal, "/settings").await.page().status, 200);
        let mut ada = journal.signed_in(&app, "ada@example.org").await;
        let request = ada.page(&journal, "/settings").await.away();
        assert_eq!(param(&request, "acr_values").as_deref(), Some("urn:hatcheck:acr:2fa"));
        assert_eq!(ada.status(&journal.base).await, 200, "she stays signed in");
        let state = param(&request, "state").unwrap();
        let lesser = journal.client.authorization_url(&[
            ("state", &state),
            ("nonce", &param(&request, "nonce").unwrap()),
            ("code_challenge", &param(&request, "code_challenge").unwrap()),
            ("scope", "openid profile offline_access"),
        ]);
        let back = ada.at_server.open(&lesser).await.away();
        let page = ada.at_app.open(back.as_str()).await.page();
        assert_eq!(page.status, 403, "an answer that does not say so ends there: {}", page.text());
        assert!(page.body.contains("/auth/login?to=%2Fsettings"), "{}", page.body);
    }

    async fn signing_out_ends_the_session_here_and_there(app: TestApp) {
        let journal = Journal::start(&app).await;
        let mut visitor = journal.signed_in(&app, "ada@example.org").await;
        let before = visitor.at_app.clone();
        let left = visitor.at_app.send(Method::POST, &journal.url("/auth/logout"), Some(&[])).await;
        let end_session = left.location().unwrap();
        assert_eq!(end_session.path(), "/end-session");
        let stolen = Visitor { at_app: before, at_server: app.browser() };
        assert_eq!(stolen.status(&journal.base).await, 401, "the cookie is of no use any more");
        visitor.at_server.open(end_session.as_str()).await;
        let request = visitor.page(&journal, "/").await.away();
        let asked = visitor.at_server.open(request.as_str()).await.page();
        assert!(asked.body.contains("name=\"password\""), "who signed out is asked again");
    }

    async fn a_grant_that_was_taken_back_ends_the_session_and_people_sign_in_again(app: TestApp) {
        let journal = Journal::start(&app).await;
        let mut visitor = journal.signed_in(&app, "ada@example.org").await;
        app.disable("ada@example.org").await;
        app.later(901);
        assert_eq!(visitor.status(&journal.base).await, 401);
        assert_eq!(visitor.status(&journal.base).await, 401);
        let request = visitor.page(&journal, "/").await.away();
        assert_eq!(request.path(), "/authorize");
    }
}

both_with! {
    &crate::support::site::REACHING_SITES;

    async fn back_channel_logout_ends_the_session_on_all_nodes_within_two_seconds(app: TestApp) {
        let journal = Journal::start(&app).await;
        let other = journal.second_node(&app);
        let visitor = journal.signed_in(&app, "ada@example.org").await;
        let elsewhere = journal.signed_in(&app, "ada@example.org").await;
        assert_eq!(visitor.status(&other).await, 200, "nodes share what they know");
        let mut account = visitor.at_server.clone();
        let page = account.open(&app.url("/account")).await.page();
        let begun = std::time::Instant::now();
        account.submit(&page, &[], Some("Sign out")).await;
        soon("the other node has heard", async || visitor.status(&other).await == 401).await;
        assert!(begun.elapsed() < std::time::Duration::from_secs(2));
        assert_eq!(visitor.status(&journal.base).await, 401);
        assert_eq!(elsewhere.status(&other).await, 200, "another session of hers goes on");
    }
}
