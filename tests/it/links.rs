//! Links that sign a person in: made by apps and admins, spent once, and by a person alone.

use futures_util::future::join_all;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::both;
use crate::support::chromium::Chromium;
use crate::support::*;

const ADA: &str = "ada@example.org";
const TARGET: &str = "https://diary.example/welcome";
/// What browsers say of a person's press.
const PRESSED: [(&str, &str); 2] = [("sec-fetch-mode", "navigate"), ("sec-fetch-user", "?1")];

/// An app that makes links.
async fn diary(app: &TestApp, more: Value) -> TestClient {
    let mut members = json!({"link_uris": [TARGET], "skip_consent": true, "client_name": "Diary"});
    for (name, value) in more.as_object().unwrap() {
        members[name] = value.clone();
    }
    app.add_client("diary", members).await
}

/// Makes a link; `more` adds parameters, and replaces those of the same name.
async fn make(client: &TestClient, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![("user", ADA), ("purpose", "Look at your diary"), ("target", TARGET)];
    fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    fields.extend(more);
    client.post("/links", &fields).await
}

/// A link's id and what opens it.
async fn link(client: &TestClient, more: &[(&str, &str)]) -> (String, String) {
    let answer = make(client, more).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let json = answer.json();
    let text = |name: &str| json[name].as_str().unwrap().to_owned();
    (text("id"), text("url"))
}

fn request(client: &TestClient, method: Method, path: &str) -> RequestBuilder {
    let request = reqwest::Client::new().request(method, client.url(path));
    request.basic_auth(&client.id, Some(&client.secret))
}

async fn told(client: &TestClient, id: &str) -> (u16, Value) {
    let answer = request(client, Method::GET, &format!("/links/{id}")).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

/// A browser in which persons press.
fn person(app: &TestApp) -> Browser {
    let mut browser = app.browser();
    browser.headers = PRESSED.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    browser
}

/// Opens a link and presses its button.
async fn follow(browser: &mut Browser, url: &str) -> Landing {
    let page = browser.open(url).await.page();
    assert_eq!(page.status, 200, "{}", page.text());
    browser.submit(&page, &[], None).await
}

/// What an app learns that asks without a page.
async fn silent(client: &TestClient, browser: &mut Browser, more: &[(&str, &str)]) -> String {
    let params: Vec<_> = more.iter().copied().chain([("prompt", "none")]).collect();
    let back = browser.open(&client.authorization_url(&params)).await.away();
    param(&back, "error").unwrap_or_else(|| "code".to_owned())
}

both! {
    async fn a_link_signs_its_person_in_to_its_app_and_to_no_other(app: TestApp) {
        let diary = diary(&app, json!({})).await;
        let photos = app.add_client("album", json!({"skip_consent": true})).await;
        let data = json!({"page": 7}).to_string();
        let (id, url) = link(&diary, &[("data", &data)]).await;
        assert!(!url.contains(&id));
        assert_eq!(told(&diary, &id).await.1["state"], "open");
        assert!(told(&diary, &id).await.1.get("data").is_none(), "not before it is used");

        let mut browser = person(&app);
        let page = browser.open(&url).await.page();
        for word in ["Diary", "Look at your diary", "Ada Lovelace", ADA] {
            assert!(page.text().contains(word), "{word}: {}", page.text());
        }
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        let page = browser.open(&url).await.page();
        let back = browser.submit(&page, &[], None).await.away();
        assert_eq!(back.as_str(), TARGET);

        assert_eq!(silent(&diary, &mut browser, &[]).await, "code");
        assert_eq!(silent(&photos, &mut browser, &[]).await, "login_required");
        let account = browser.open(&app.url("/account")).await.page();
        assert!(account.body.contains("name=\"password\""), "{}", account.text());
        let code = app.authorize(&mut browser, &diary, ADA, &[]).await;
        let tokens = diary.redeem(&code).await.tokens();
        let claims = client::claims_of(tokens.id_token.as_ref().unwrap());
        assert_eq!((&claims["amr"], &claims["acr"]), (&json!(["link"]), &json!("urn:hatcheck:acr:1fa")));

        let (_, now) = told(&diary, &id).await;
        assert_eq!((&now["state"], &now["sid"]), (&json!("redeemed"), &claims["sid"]));
        assert_eq!(now["data"], json!({"page": 7}));
        let kept = app.http.get(app.url("/session/data")).bearer_auth(&tokens.access_token);
        assert_eq!(kept.send().await.unwrap().text().await.unwrap(), data);

        let again = browser.open(&url).await.page();
        assert_eq!(again.status, 410);
        assert!(again.text().contains("does not work any more"), "{}", again.text());
        // The password makes a whole session of it
        app.sign_in(&mut browser, &app.url("/account"), ADA).await.page();
        assert_eq!(silent(&photos, &mut browser, &[]).await, "code");
    }

    async fn cra_08_of_many_browsers_at_two_nodes_one_is_signed_in(app: TestApp) {
        let diary = diary(&app, json!({})).await;
        let node = app.second_node().await;
        let (id, url) = link(&diary, &[]).await;
        let mut browsers = Vec::new();
        for n in 0..6 {
            let mut browser = person(&app);
            if n % 2 == 1 {
                browser.go_to(&node.base);
            }
            let page = browser.open(&url).await.page();
            browsers.push((browser, page));
        }
        let presses = browsers.iter_mut().map(|(browser, page)| browser.press(page, &[], None));
        let mut statuses: Vec<_> = join_all(presses).await.iter().map(|page| page.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 410, 410, 410, 410, 410]);
        let signed_in = browsers.iter().filter(|(browser, _)| browser.cookie("session").is_some());
        assert_eq!(signed_in.count(), 1);
        assert_eq!(told(&diary, &id).await.1["state"], "redeemed");
    }

    async fn pain_12_nothing_but_a_persons_press_spends_it(app: TestApp) {
        let diary = diary(&app, json!({})).await;
        let (id, url) = link(&diary, &[]).await;
        let open = async || assert_eq!(told(&diary, &id).await.1["state"], "open");
        let mut scanner = app.browser();
        scanner.send(Method::HEAD, &url.parse().unwrap(), None).await;
        let page = scanner.open(&url).await.page();
        for headers in [
            &[("sec-fetch-mode", "navigate"), ("sec-ch-ua", "\"Chromium\"")][..],
            &[("sec-fetch-mode", "cors")],
        ] {
            scanner.headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            let answer = scanner.submit(&page, &[], None).await.page();
            assert!(answer.text().contains("Press the button yourself"), "{}", answer.text());
            let answer = scanner.send(Method::POST, &page.url, Some(&fields(&page, "yes"))).await;
            assert_eq!(answer.status, 200);
            open().await;
        }
        // A browser that does not say: a box has to be ticked
        scanner.headers.clear();
        let second = scanner.submit(&page, &[], None).await.page();
        assert!(second.text().contains("I want to sign in"), "{}", second.text());
        open().await;
        let third = scanner.send(Method::POST, &page.url, Some(&fields(&page, "on"))).await;
        assert_eq!(third.status, 200);
        open().await;
        let done = scanner.send(Method::POST, &page.url, Some(&fields(&page, "yes"))).await;
        assert_eq!(done.status, 303);
    }

    async fn login_csrf_a_page_elsewhere_can_not_press_for_a_person(app: TestApp) {
        let diary = diary(&app, json!({})).await;
        let (id, url) = link(&diary, &[]).await;
        let mut eve = person(&app);
        let page = eve.open(&url).await.page();
        let mut victim = person(&app);
        let answer = victim.send(Method::POST, &page.url, Some(&fields(&page, "yes"))).await;
        assert_eq!(answer.status, 403, "a form of another browser");
        victim.open(&url).await.page();
        victim.headers.push(("sec-fetch-site".to_owned(), "cross-site".to_owned()));
        let page = victim.open(&url).await.page();
        assert_eq!(victim.press(&page, &[], None).await.status, 403);
        assert_eq!(told(&diary, &id).await.1["state"], "open");
    }

    async fn links_that_were_made_for_it_are_spent_by_get(app: TestApp) {
        let diary = diary(&app, json!({"link_on_get": true})).await;
        let (id, url) = link(&diary, &[("on_get", "true")]).await;
        let mut caller = app.browser();
        for (name, value) in [("sec-purpose", "prefetch"), ("purpose", "prefetch")] {
            caller.headers = vec![(name.to_owned(), value.to_owned())];
            assert_eq!(caller.open(&url).await.page().status, 200);
        }
        caller.headers.clear();
        caller.send(Method::HEAD, &url.parse().unwrap(), None).await;
        assert_eq!(told(&diary, &id).await.1["state"], "open");
        assert_eq!(caller.open(&url).await.away().as_str(), TARGET);
        assert_eq!(silent(&diary, &mut caller, &[]).await, "code");
        assert_eq!(caller.open(&url).await.page().status, 410);
        // Without on_get it has the page all the same
        let (_, url) = link(&diary, &[]).await;
        assert_eq!(caller.open(&url).await.page().status, 200);
    }

    async fn what_is_over_opens_nothing(app: TestApp) {
        let diary = diary(&app, json!({})).await;
        let photos = app.client("photos").await;
        let (id, url) = link(&diary, &[]).await;
        assert_eq!(told(&photos, &id).await.0, 404);
        let delete = |client: &TestClient| request(client, Method::DELETE, &format!("/links/{id}"));
        assert_eq!(delete(&photos).send().await.unwrap().status(), 404);
        assert_eq!(delete(&diary).send().await.unwrap().status(), 204);
        assert_eq!(told(&diary, &id).await.1["state"], "withdrawn");
        let mut browser = person(&app);
        assert_eq!(browser.open(&url).await.page().status, 410);
        assert_eq!(delete(&diary).send().await.unwrap().status(), 204);

        let (id, url) = link(&diary, &[("lifetime", "60")]).await;
        let page = browser.open(&url).await.page();
        app.later(60);
        assert_eq!(browser.press(&page, &[], None).await.status, 410);
        assert_eq!(told(&diary, &id).await.1["state"], "expired");

        let (_, url) = link(&diary, &[]).await;
        let long = "x".repeat(5_000);
        let base = url.split('?').next().unwrap();
        for query in ["", "?t=", "?t=x", "?t=%ff", &format!("?t={long}"), "?t=a&t=b"] {
            assert_eq!(browser.open(&format!("{base}{query}")).await.page().status, 410, "{query:.20}");
        }
        let page = browser.open(&url).await.page();
        app.disable(ADA).await;
        assert_eq!(browser.press(&page, &[], None).await.status, 410);
        assert_eq!(make(&diary, &[]).await.error(), (400, "invalid_request".to_owned()));
    }

    async fn who_may_make_links_and_which(app: TestApp) {
        let diary = diary(&app, json!({})).await;
        let notes = app.client("notes").await;
        let huge = format!("\"{}\"", "x".repeat(256 * 1024));
        for (client, more, status, error) in [
            (&notes, ("purpose", "x"), 400, "unauthorized_client"),
            (&diary, ("target", "https://eve.example/"), 400, "invalid_request"),
            (&diary, ("target", "https://diary.example/cb"), 400, "invalid_request"),
            (&diary, ("user", "nobody@example.org"), 400, "invalid_request"),
            (&diary, ("user", ""), 400, "invalid_request"),
            (&diary, ("purpose", ""), 400, "invalid_request"),
            (&diary, ("lifetime", "99999999999999999999"), 400, "invalid_request"),
            (&diary, ("lifetime", "-5"), 400, "invalid_request"),
            (&diary, ("data", "{"), 400, "invalid_request"),
            (&diary, ("data", &huge), 400, "invalid_request"),
            (&diary, ("on_get", "true"), 400, "unauthorized_client"),
        ] {
            let answer = make(client, &[more]).await;
            assert_eq!(answer.error(), (status, error.to_owned()), "{:.60}", format!("{more:?}"));
        }
        let mut wrong = diary.clone();
        "wrong".clone_into(&mut wrong.secret);
        assert_eq!(make(&wrong, &[]).await.status, 401);
        let spa = json!({"token_endpoint_auth_method": "none", "link_uris": [TARGET]});
        let spa = app.add_client("spa", spa).await;
        let public = spa.send("/links", None, &[("client_id", "spa"), ("user", ADA), ("purpose", "x"), ("target", TARGET)]);
        assert_eq!(public.await.status, 401);
        let big = format!("\"{}\"", "x".repeat(250_000));
        assert_eq!(make(&diary, &[("data", &big)]).await.status, 201);
        // By `sub` as well
        let code = app.authorize(&mut app.browser(), &diary, ADA, &[]).await;
        let claims = client::claims_of(diary.redeem(&code).await.tokens().id_token.as_ref().unwrap());
        let sub = claims["sub"].as_str().unwrap();
        assert_eq!(make(&diary, &[("user", sub)]).await.status, 201);
    }

    async fn whoever_is_signed_in_already_is_told_and_loses_nothing(app: TestApp) {
        let diary = diary(&app, json!({})).await;
        let photos = app.add_client("album", json!({"skip_consent": true})).await;
        let mut grace = app.signed_in("grace@example.org").await;
        grace.headers = PRESSED.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let (_, url) = link(&diary, &[]).await;
        let page = grace.open(&url).await.page();
        assert!(page.text().contains("grace@example.org is signed in"), "{}", page.text());
        grace.submit(&page, &[], None).await.away();
        assert_eq!(silent(&photos, &mut grace, &[]).await, "login_required", "her session has ended");

        let mut ada = app.signed_in(ADA).await;
        ada.headers = PRESSED.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let before = ada.cookie("session").unwrap().to_owned();
        let (_, url) = link(&diary, &[("data", "{}")]).await;
        follow(&mut ada, &url).await.away();
        assert_eq!(ada.cookie("session"), Some(before.as_str()));
        assert_eq!(silent(&photos, &mut ada, &[]).await, "code");
        let code = app.authorize(&mut ada, &diary, ADA, &[]).await;
        let tokens = diary.redeem(&code).await.tokens();
        assert_eq!(client::claims_of(tokens.id_token.as_ref().unwrap())["amr"], json!(["pwd"]));
        let kept = app.http.get(app.url("/session/data")).bearer_auth(&tokens.access_token);
        assert_eq!(kept.send().await.unwrap().text().await.unwrap(), "{}");
    }

    async fn a_second_factor_after_a_link_opens_no_other_app(app: TestApp) {
        let diary = diary(&app, json!({})).await;
        let photos = app.add_client("album", json!({"skip_consent": true})).await;
        let (_, url) = link(&diary, &[("user", "grace@example.org")]).await;
        let mut browser = person(&app);
        follow(&mut browser, &url).await.away();
        let wanted = [("acr_values", "urn:hatcheck:acr:2fa")];
        let page = browser.open(&diary.authorization_url(&wanted)).await.page();
        let back = browser.submit(&page, &[("totp", &app.totp_code())], None).await.away();
        let code = param(&back, "code").unwrap();
        let claims = client::claims_of(diary.redeem(&code).await.tokens().id_token.as_ref().unwrap());
        assert_eq!(claims["acr"], "urn:hatcheck:acr:2fa");
        assert_eq!(silent(&photos, &mut browser, &[]).await, "login_required");
        assert!(browser.open(&app.url("/account")).await.page().body.contains("name=\"password\""));
    }
}

/// The fields of a link's form, with the box.
fn fields(page: &Page, sure: &str) -> Vec<(String, String)> {
    let (_, mut fields) = page.filled(&[], None);
    fields.push(("sure".to_owned(), sure.to_owned()));
    fields
}

#[actix_web::test]
async fn pain_12_in_chromium_a_script_that_submits_spends_nothing_and_a_press_does() {
    let app = TestApp::start(Backend::Sqlite).await;
    let (target, _) = site::listening(Some(200));
    let diary = diary(&app, json!({"link_uris": [target.clone()]})).await;
    let (id, url) = link(&diary, &[("target", &target)]).await;
    let chromium = Chromium::start(true).await;
    for script in [
        "document.querySelector('form').submit()",
        "document.querySelector('form').requestSubmit()",
        "document.querySelector('form button').click()",
    ] {
        chromium.open(&url).await;
        chromium.client.execute(script, Vec::new()).await.unwrap();
        chromium.shows("Press the button yourself").await;
        assert_eq!(told(&diary, &id).await.1["state"], "open", "{script}");
    }
    chromium.open(&url).await;
    chromium
        .examine(
            "link",
            std::env::var_os("HATCHECK_TEST_SCREENSHOTS").map(std::path::PathBuf::from).as_deref(),
        )
        .await;
    chromium.press("form button").await;
    chromium.shows("App").await;
    assert_eq!(told(&diary, &id).await.1["state"], "redeemed");
}
