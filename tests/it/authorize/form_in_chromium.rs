//! Answers in a form, in a real Chromium: OAuth 2.0 Form Post Response Mode section 2.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::{HttpResponse, HttpServer, web};
use serde_json::json;

use crate::support::chromium::Chromium;
use crate::support::{Backend, PASSWORD, TestApp};

/// An app that takes forms and leaves the page as it is; what it was sent.
fn taker() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let taken = Arc::new(Mutex::new(Vec::new()));
    let shared = taken.clone();
    let server = HttpServer::new(move || {
        let taken = shared.clone();
        let take = move |body: web::Bytes| {
            taken.lock().unwrap().push(String::from_utf8(body.to_vec()).unwrap());
            std::future::ready(HttpResponse::NoContent().finish())
        };
        actix_web::App::new().route("/callback", web::post().to(take))
    });
    actix_web::rt::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());
    (url, taken)
}

/// Ada allows an app that wants its answer in a form; leaves the browser at that form.
async fn answer_in_a_form(app: &TestApp, chromium: &Chromium) -> (String, Arc<Mutex<Vec<String>>>) {
    let (url, taken) = taker();
    let uris = json!({ "redirect_uris": [format!("{url}/callback")] });
    let shop = app.add_openid_client("shop", uris).await;
    let request = [("response_mode", "form_post"), ("response_type", "code id_token token")];
    chromium.open(&shop.authorization_url(&request)).await;
    chromium.fill("username", "ada@example.org").await;
    chromium.fill("password", PASSWORD).await;
    chromium.press("form button").await;
    chromium.press("button[value=allow]").await;
    chromium.shows("Back to the app").await;
    (url, taken)
}

#[actix_web::test]
async fn an_answer_in_a_form_sends_itself() {
    let app = TestApp::start(Backend::Sqlite).await;
    let chromium = Chromium::start(true).await;
    let (_, taken) = answer_in_a_form(&app, &chromium).await;
    for _ in 0..400 {
        if !taken.lock().unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let sent = taken.lock().unwrap().clone();
    assert_eq!(sent.len(), 1, "{sent:?}");
    let fields: Vec<_> = url::form_urlencoded::parse(sent[0].as_bytes()).into_owned().collect();
    let has = |name: &str| fields.iter().any(|(known, value)| known == name && !value.is_empty());
    for name in ["code", "id_token", "access_token", "state", "iss"] {
        assert!(has(name), "{name} in {sent:?}");
    }
    let folder = std::env::var_os("HATCHECK_TEST_SCREENSHOTS").map(std::path::PathBuf::from);
    chromium.examine("form-post", folder.as_deref()).await;
}

#[actix_web::test]
async fn an_answer_in_a_form_is_sent_by_a_button_with_scripts_off() {
    let app = TestApp::start(Backend::Sqlite).await;
    let chromium = Chromium::start(false).await;
    let (url, taken) = answer_in_a_form(&app, &chromium).await;
    assert!(chromium.text().await.contains(&url), "it says where it leads");
    assert!(taken.lock().unwrap().is_empty());
    chromium.press("main form button").await;
    for _ in 0..400 {
        if !taken.lock().unwrap().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the button sends nothing");
}
