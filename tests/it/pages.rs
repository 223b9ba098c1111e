//! The pages in a real Chromium: the whole way of a person, looked at in light, dark and on a phone, by axe and by eye.
//!
//! `HATCHECK_TEST_SCREENSHOTS=FOLDER` keeps the pictures.

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use hatcheck_guard::Guard;
use serde_json::{Value, json};

use crate::sample_app::{Config, SampleApp, serve_tasks};
use crate::support::chromium::Chromium;
use crate::support::{Backend, PASSWORD, TestApp};

/// A sample app, served and registered. Its guard looks for keys as often as one asks.
async fn sample(app: &TestApp, id: &str, name: &str, skip_consent: bool) -> String {
    let pause = Duration::from_millis(10);
    let guard = Guard::builder(&app.issuer, id).pause(pause).build().unwrap();
    sample_with(app, id, name, json!({ "skip_consent": skip_consent }), &guard).await
}

async fn sample_with(app: &TestApp, id: &str, name: &str, more: Value, guard: &Guard) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut metadata = json!({
        "client_name": name,
        "client_uri": url,
        "policy_uri": format!("{url}/policy"),
        "redirect_uris": [format!("{url}/callback")],
        "post_logout_redirect_uris": [format!("{url}/")],
        "backchannel_logout_uri": format!("{url}/signed-out"),
        "backchannel_logout_session_required": true,
        "link_uris": [format!("{url}/login")],
    });
    for (name, value) in more.as_object().unwrap() {
        metadata[name] = value.clone();
    }
    let tasks_url = metadata.as_object_mut().unwrap().remove("tasks_url");
    let client = app.add_client(id, metadata).await;
    let config = Config {
        name: name.to_owned(),
        issuer: app.issuer.clone(),
        client_id: id.to_owned(),
        client_secret: Some(client.secret),
        base_url: url.clone(),
        tasks_url: tasks_url.map(|url| url.as_str().unwrap().to_owned()),
        warning: Duration::from_secs(4),
    };
    actix_web::rt::spawn(SampleApp::new(config, guard).unwrap().serve(listener).unwrap());
    url
}

fn screenshots() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("HATCHECK_TEST_SCREENSHOTS")?);
    std::fs::create_dir_all(&folder).unwrap();
    Some(folder)
}

/// Password and one-time code; leaves the browser at what comes next.
async fn sign_in_as_grace(app: &TestApp, chromium: &Chromium) {
    chromium.fill("username", "grace@example.org").await;
    chromium.fill("password", PASSWORD).await;
    chromium.press("form button").await;
    chromium.fill("totp", &app.totp_code()).await;
    chromium.press("form button").await;
}

#[actix_web::test]
async fn a_person_goes_the_whole_way() {
    let app = TestApp::start(Backend::Sqlite).await;
    let diary = sample(&app, "diary", "Diary", false).await;
    let album = sample(&app, "album", "Album", true).await;
    let chromium = Chromium::start(true).await;
    let folder = screenshots();
    let folder = folder.as_deref();

    chromium.open(&diary).await;
    chromium.press("#sign-in").await;
    chromium.shows("Sign in").await;
    chromium.examine("sign-in", folder).await;
    chromium.fill("username", "grace@example.org").await;
    chromium.fill("password", "not the password").await;
    chromium.press("form button").await;
    chromium.find("[role=alert]").await;
    chromium.examine("sign-in-wrong", folder).await;
    chromium.fill("password", PASSWORD).await;
    chromium.press("form button").await;
    chromium.find("input[name=totp]").await;
    chromium.examine("second-factor", folder).await;
    chromium.press("main p a").await;
    chromium.find("input[name=recovery_code]").await;
    chromium.examine("recovery", folder).await;
    chromium.client.back().await.unwrap();
    chromium.fill("totp", &app.totp_code()).await;
    chromium.press("form button").await;
    chromium.find("button[value=allow]").await;
    chromium.examine("consent", folder).await;
    chromium.press("button[value=allow]").await;
    chromium.shows("You are signed in as Grace Hopper").await;
    assert!(chromium.text().await.contains("urn:hatcheck:acr:2fa"));

    chromium.press("form[action='/call'] button").await;
    chromium.shows("Feed the cat").await;
    app.rotate_keys().await;
    chromium.press("form[action='/refresh'] button").await;
    chromium.shows("The tokens were refreshed").await;
    chromium.press("form[action='/call'] button").await;
    chromium.shows("Feed the cat").await;

    chromium.open(&album).await;
    chromium.press("#sign-in").await;
    chromium.shows("You are signed in as Grace Hopper").await;
    assert!(chromium.url().await.as_str().starts_with(&album), "no page of ours came between");

    chromium.press("form[action='/sign-out'] button").await;
    chromium.find("#sign-in").await;
    chromium.open(&app.url("/account")).await;
    chromium.find("input[name=password]").await;
}

#[actix_web::test]
async fn the_sample_app_shows_all_that_an_app_gets() {
    let tasks = TcpListener::bind("127.0.0.1:0").unwrap();
    let tasks_url = format!("http://{}", tasks.local_addr().unwrap());
    let file = format!(
        "[outgoing]\nallowed_networks = [\"127.0.0.0/8\"]\n[tokens]\naccess_token = \"8s\"\n\
         [resources.\"{tasks_url}\"]\nexchanged_by = [\"diary\"]\n"
    );
    let app = TestApp::start_with_file(Backend::Sqlite, &file).await;
    let guard = Guard::builder(&app.issuer, &tasks_url).build().unwrap();
    actix_web::rt::spawn(serve_tasks(guard, tasks).unwrap());
    let strict = Guard::builder(&app.issuer, "diary").leeway(Duration::ZERO).build().unwrap();
    let grants =
        ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:token-exchange"];
    let more = json!({ "skip_consent": true, "grant_types": grants, "tasks_url": tasks_url });
    let diary = sample_with(&app, "diary", "Diary", more, &strict).await;
    let chromium = Chromium::start(true).await;
    let folder = screenshots();

    chromium.open(&diary).await;
    chromium.press("#sign-in").await;
    chromium.fill("username", "ada@example.org").await;
    chromium.fill("password", PASSWORD).await;
    chromium.press("form button").await;
    chromium.shows("You are signed in as Ada Lovelace").await;
    chromium.press("form[action='/tasks'] button").await;
    chromium.shows("\"called_by\":\"diary\"").await;
    chromium.find("#draft").await.send_keys("Dear Charles").await.unwrap();
    chromium.press("form[action='/draft'] button").await;
    chromium.shows("The draft was kept").await;
    chromium.press("form[action='/link'] button").await;
    chromium.shows("Open this on another device").await;
    let notice = chromium.find("#notice").await.text().await.unwrap();
    let link = notice.lines().last().unwrap().to_owned();

    // On the other device she is signed in by the link, and finds the draft
    let phone = Chromium::start(true).await;
    phone.open(&link).await;
    phone.shows("Go on with your notes on this device").await;
    phone.press("form button").await;
    phone.shows("You are signed in as Ada Lovelace").await;
    let draft = phone.find("#draft").await.prop("value").await.unwrap();
    assert_eq!(draft.as_deref(), Some("Dear Charles"));

    chromium.press("form[action='/refresh'] button").await;
    chromium.shows("The tokens were refreshed").await;
    chromium.press("#connect").await;
    chromium.shows("Lines: {").await;
    chromium.press("#hello").await;
    chromium.shows("Lines: {\"type\":\"HELLO\"").await;
    chromium.press("#list").await;
    chromium.shows("\"active\":3").await;
    chromium.shows("TOKEN_EXPIRING").await;
    chromium.press("#fresh").await;
    chromium.shows("TOKEN_ACCEPTED").await;
    // The lines were brought no fresh token
    chromium.shows("TOKEN_EXPIRED").await;
    chromium.shows("Lines ended").await;
    chromium.press("#fresh").await;
    chromium.press("#hello").await;
    if let Some(folder) = &folder {
        let picture = chromium.client.screenshot().await.unwrap();
        std::fs::write(folder.join("sample-live.png"), picture).unwrap();
    }
    // Signed out elsewhere: at the account page
    let account = app.url("/account");
    chromium.client.execute("window.open(arguments[0])", vec![json!(account)]).await.unwrap();
    let windows = chromium.client.windows().await.unwrap();
    chromium.client.switch_to_window(windows[1].clone()).await.unwrap();
    chromium.press("form[action$='sign-out'] button").await;
    chromium.shows("You are signed out").await;
    chromium.client.switch_to_window(windows[0].clone()).await.unwrap();
    chromium.shows("WebSocket closed: 4401 the person was signed out").await;
    if let Some(folder) = &folder {
        let picture = chromium.client.screenshot().await.unwrap();
        std::fs::write(folder.join("sample-signed-out.png"), picture).unwrap();
    }
    chromium.open(&diary).await;
    chromium.shows("You were signed out").await;
}

#[actix_web::test]
async fn every_page_of_the_account_is_in_order() {
    let app = TestApp::start(Backend::Sqlite).await;
    let diary = sample(&app, "diary", "Diary", false).await;
    let chromium = Chromium::start(true).await;
    let folder = screenshots();
    let folder = folder.as_deref();

    chromium.open(&diary).await;
    chromium.press("#sign-in").await;
    chromium.fill("username", "ada@example.org").await;
    chromium.fill("password", PASSWORD).await;
    chromium.press("form button").await;
    chromium.press("button[value=allow]").await;
    chromium.shows("You are signed in as Ada Lovelace").await;
    for page in ["", "/name", "/password", "/sessions", "/apps"] {
        chromium.open(&app.url(&format!("/account{page}"))).await;
        chromium.find("main h1").await;
        assert_eq!(chromium.url().await.path(), format!("/account{page}"));
        chromium.examine(&format!("account{}", page.replace('/', "-")), folder).await;
    }
    chromium.open(&app.url("/account/second-factor")).await;
    chromium.examine("account-enrol", folder).await;
    chromium.press("summary").await;
    let secret = chromium.find("code.secret").await.text().await.unwrap();
    let code = crate::support::app::code_of(&secret, app.app.now().seconds());
    chromium.fill("totp", &code).await;
    chromium.press("main form button").await;
    chromium.find("ol.codes").await;
    chromium.examine("account-recovery-codes", folder).await;
    chromium.press("input[name=saved]").await;
    chromium.press("main form button").await;
    chromium.open(&app.url("/account/second-factor")).await;
    chromium.examine("account-second-factor", folder).await;

    // Somebody whose session has one factor is asked for the other one alone
    let client = app.client("diary").await;
    let choose = client.authorization_url(&[("prompt", "select_account")]);
    chromium.open(&choose).await;
    chromium.find("button[value=other]").await;
    chromium.examine("choose-account", folder).await;

    chromium.open(&app.url("/end-session")).await;
    chromium.find("button[value=allow]").await;
    chromium.examine("sign-out", folder).await;
    chromium.press("button[value=allow]").await;
    chromium.shows("You are signed out").await;
    chromium.examine("signed-out", folder).await;
    chromium.open(&client.authorization_url(&[("redirect_uri", "https://evil.example/")])).await;
    chromium.shows("Invalid request").await;
    chromium.examine("error", folder).await;
}

#[actix_web::test]
async fn everything_works_with_scripts_off() {
    let app = TestApp::start(Backend::Sqlite).await;
    let diary = sample(&app, "diary", "Diary", false).await;
    let chromium = Chromium::start(false).await;
    chromium.open(&diary).await;
    chromium.press("#sign-in").await;
    sign_in_as_grace(&app, &chromium).await;
    chromium.press("button[value=allow]").await;
    chromium.shows("You are signed in as Grace Hopper").await;
    chromium.press("form[action='/refresh'] button").await;
    chromium.shows("The tokens were refreshed").await;
    chromium.open(&app.url("/account")).await;
    chromium.shows("Grace Hopper").await;
    chromium.open(&diary).await;
    chromium.press("form[action='/sign-out'] button").await;
    chromium.find("#sign-in").await;
}

#[actix_web::test]
async fn the_pages_for_devices_and_for_apps_in_frames_are_in_order() {
    let app = TestApp::start(Backend::Sqlite).await;
    let url = sample(&app, "diary", "Diary", true).await;
    let framed = json!({
        "client_name": "Television",
        "grant_types": ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"],
        "redirect_uris": [format!("{url}/callback")],
        "frontchannel_logout_uri": format!("{url}/"),
    });
    let tv = app.add_client("television", framed).await;
    let chromium = Chromium::start(true).await;
    let folder = screenshots();
    let folder = folder.as_deref();

    let begun = tv.post("/device-authorization", &[("scope", "openid profile")]).await.json();
    chromium.open(&app.url("/device")).await;
    chromium.fill("username", "ada@example.org").await;
    chromium.fill("password", PASSWORD).await;
    chromium.press("form button").await;
    chromium.find("input[name=user_code]").await;
    chromium.examine("device", folder).await;
    chromium.fill("user_code", "BBBBBBBBBB").await;
    chromium.press("main form button").await;
    chromium.find("[role=alert]").await;
    chromium.examine("device-wrong", folder).await;
    chromium.fill("user_code", &begun["user_code"].as_str().unwrap().to_lowercase()).await;
    chromium.press("main form button").await;
    chromium.shows("the code that you typed").await;
    chromium.examine("device-typed", folder).await;
    chromium.open(begun["verification_uri_complete"].as_str().unwrap()).await;
    chromium.shows("Compare it").await;
    chromium.examine("device-link", folder).await;
    chromium.press("button[value=allow]").await;
    chromium.shows("Your device is connected").await;
    chromium.examine("device-done", folder).await;
    let fields = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", begun["device_code"].as_str().unwrap()),
    ];
    tv.post("/token", &fields).await.tokens();

    chromium.open(&app.url("/account")).await;
    chromium.press("form[action$='/account/sign-out'] button").await;
    chromium.shows("has answered").await;
    chromium.examine("signed-out-frames", folder).await;
}
