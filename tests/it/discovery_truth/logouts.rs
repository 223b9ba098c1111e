//! The ways to sign out. Each has a browser of its own, since it ends what happens in it.

use serde_json::{Value, json};
use url::Url;

use super::world::{ADA, World};
use crate::support::client::claims_of;
use crate::support::html::tags;
use crate::support::{Browser, Landing, Page, TestClient, param, soon};

/// Ada, signed in and at this app; the ID token that it holds.
async fn at(world: &World, client: &TestClient) -> (Browser, String) {
    let mut browser = world.app.signed_in(ADA).await;
    let response = world.app.respond(&mut browser, &client.authorization_url(&[]), ADA).await;
    assert!(response.members.contains_key("session_state"), "Session Management section 3");
    let tokens = client.redeem(response.get("code")).await.tokens();
    (browser, tokens.id_token.unwrap())
}

async fn sign_out(world: &World, browser: &mut Browser, params: &[(&str, &str)]) -> Landing {
    let mut url: Url = world.app.url(&world.path("end_session_endpoint")).parse().unwrap();
    url.query_pairs_mut().extend_pairs(params);
    browser.open(url.as_str()).await
}

pub async fn end_session_endpoint(world: &World) {
    let client = world.register(json!({})).await;
    let (mut browser, hint) = at(world, &client).await;
    let uri = client.redirect_uri.replace("/cb", "/out");
    let params =
        [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", &uri), ("state", "s")];
    let back = sign_out(world, &mut browser, &params).await.away();
    assert_eq!(back.as_str(), format!("{uri}?state=s"));
    let silent = browser.open(&client.authorization_url(&[("prompt", "none")])).await.away();
    assert_eq!(param(&silent, "error").as_deref(), Some("login_required"));
    let (mut browser, hint) = at(world, &client).await;
    let evil =
        [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", "https://evil.example/")];
    assert_eq!(sign_out(world, &mut browser, &evil).await.page().status, 400);
}

pub async fn check_session_iframe(world: &World) {
    let page = world.app.get(&world.path("check_session_iframe")).await;
    assert_eq!((page.status, page.header("x-frame-options")), (200, ""));
    assert!(tags(&page.body).iter().any(|tag| tag.name == "script"));
    let client = world.register(json!({})).await;
    let (_, id_token) = at(world, &client).await;
    assert!(claims_of(&id_token)["sid"].is_string());
}

/// The page that follows when Ada signs out of an app with this member, and the ID token of before.
async fn page_for(world: &World, session_required: bool) -> (Page, String) {
    let client = world
        .register(json!({
            "redirect_uris": ["https://framed.example/cb"],
            "frontchannel_logout_uri": "https://framed.example/gone",
            "frontchannel_logout_session_required": session_required,
        }))
        .await;
    let (mut browser, hint) = at(world, &client).await;
    let page = sign_out(world, &mut browser, &[("id_token_hint", &hint)]).await.page();
    let page = if page.forms().is_empty() {
        page
    } else {
        browser.submit(&page, &[], Some("allow")).await.page()
    };
    (page, hint)
}

/// The address of the one frame of a page.
fn frame(page: &Page) -> Url {
    let frames: Vec<_> = tags(&page.body).into_iter().filter(|tag| tag.name == "iframe").collect();
    assert_eq!(frames.len(), 1, "{}", page.text());
    frames[0].attribute("src").unwrap().parse().unwrap()
}

pub async fn frontchannel(world: &World) {
    assert_eq!(world.document["frontchannel_logout_supported"], true);
    let (page, _) = page_for(world, false).await;
    assert!(frame(&page).as_str().starts_with("https://framed.example/gone"));
}

pub async fn frontchannel_session(world: &World) {
    assert_eq!(world.document["frontchannel_logout_session_supported"], true);
    let (page, hint) = page_for(world, true).await;
    let src = frame(&page);
    assert_eq!(param(&src, "iss"), Some(world.app.issuer.clone()));
    assert_eq!(param(&src, "sid").as_deref(), claims_of(&hint)["sid"].as_str());
}

/// The logout token that an app gets when Ada signs out, and the ID token of before.
async fn notice(world: &World, path: &str, session_required: bool) -> (Value, String) {
    let client = world
        .register(json!({
            "backchannel_logout_uri": world.peer.url(path),
            "backchannel_logout_session_required": session_required,
        }))
        .await;
    world.peer.answer_with(path, 200, "text/plain", "");
    let (mut browser, hint) = at(world, &client).await;
    let page = sign_out(world, &mut browser, &[("id_token_hint", &hint)]).await.page();
    if !page.forms().is_empty() {
        browser.submit(&page, &[], Some("allow")).await.page();
    }
    soon("the app is told", async || world.peer.hits(path) > 0).await;
    let body = world.peer.bodies(path).remove(0);
    let form: Vec<(String, String)> =
        url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    assert_eq!(form.len(), 1);
    assert_eq!(form[0].0, "logout_token");
    let claims = world.verified(&form[0].1, "RS256").await;
    assert_eq!(claims["aud"], client.id);
    (claims, hint)
}

pub async fn backchannel(world: &World) {
    assert_eq!(world.document["backchannel_logout_supported"], true);
    let (claims, hint) = notice(world, "/told", false).await;
    let events = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
    assert_eq!((&claims["events"], &claims["sub"]), (&events, &claims_of(&hint)["sub"]));
}

pub async fn backchannel_session(world: &World) {
    assert_eq!(world.document["backchannel_logout_session_supported"], true);
    let (claims, hint) = notice(world, "/told-with-sid", true).await;
    assert_eq!(claims["sid"], claims_of(&hint)["sid"]);
}
