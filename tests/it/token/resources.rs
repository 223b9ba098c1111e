//! `resource` and scopes of one's own: RFC 8707, RFC 9068, OpenID Connect Core section 5.1.2.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::client::{claims_of, query_of};
use crate::support::*;

const ADA: &str = "ada@example.org";
const NOTES: &str = "https://notes.example/api";
const ALBUM: &str = "https://album.example";

const FILE: &str = r#"
[scopes.hat]
description = { en = "Know the address of your HAT", de = "Die Adresse Ihres HAT kennen" }
claims = ["hat_domain"]
[scopes."notes:read"]
description = "Read your notes"
[scopes."album:read"]
description = "Look at your album"
[resources."https://notes.example/api"]
scopes = ["notes:read"]
token_lifetime = "5m"
introspected_by = ["notes-api"]
[resources."https://album.example"]
scopes = ["album:read"]
token_format = "opaque"
introspected_by = ["album-api"]
[resources."https://closed.example"]
clients = ["somebody"]
"#;

on_both!(
    world;
    rfc_8707_2_a_token_is_for_the_resource_that_was_asked_for,
    rfc_8707_2_unknown_and_closed_resources_are_an_invalid_target,
    rfc_8707_2_2_a_refresh_narrows_and_a_code_never_widens,
    rfc_8707_2_a_device_gets_a_token_for_what_it_asked_for,
    tok_02_a_token_for_one_api_is_nothing_for_another_and_not_for_userinfo,
    opaque_tokens_tell_nothing_and_end_like_others,
    rfc_8707_2_1_a_token_of_the_browser_is_for_its_resource_too,
    core_3_1_2_1_an_app_that_wants_an_api_alone_leaves_openid_out,
    core_5_1_2_scopes_of_our_own_are_told_in_words_and_give_their_claims,
);

async fn world(backend: Backend) -> TestApp {
    let app = TestApp::start_with_file(backend, FILE).await;
    let scope = "openid email offline_access hat notes:read album:read";
    app.add_client("reader", json!({"scope": scope})).await;
    app.add_client("notes-api", json!({})).await;
    app.add_client("album-api", json!({})).await;
    app.give_claims(ADA, json!({"hat_domain": "ada.hat.example"})).await;
    app
}

async fn code(app: &TestApp, scope: &str, resources: &[&str]) -> (TestClient, String) {
    let reader = app.client("reader").await;
    let mut more = vec![("scope", scope)];
    more.extend(resources.iter().map(|name| ("resource", *name)));
    let code = app.authorize(&mut app.browser(), &reader, ADA, &more).await;
    (reader, code)
}

async fn redeem(reader: &TestClient, code: &str, resources: &[&str]) -> Answer {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &reader.redirect_uri),
        ("code_verifier", client::VERIFIER),
    ];
    fields.extend(resources.iter().map(|name| ("resource", *name)));
    reader.post("/token", &fields).await
}

async fn refresh(reader: &TestClient, token: &str, more: &[(&str, &str)]) -> Answer {
    let fields = [&[("grant_type", "refresh_token"), ("refresh_token", token)], more].concat();
    reader.post("/token", &fields).await
}

async fn introspected(app: &TestApp, asking: &str, token: &str) -> Value {
    app.client(asking).await.post("/introspect", &[("token", token)]).await.json()
}

async fn rfc_8707_2_a_token_is_for_the_resource_that_was_asked_for(app: TestApp) {
    let (reader, code) = code(&app, "openid email notes:read album:read", &[NOTES]).await;
    let answer = redeem(&reader, &code, &[]).await;
    let tokens = answer.tokens();
    assert_eq!((tokens.scope.as_str(), &answer.json()["expires_in"]), ("notes:read", &json!(300)));
    let claims = claims_of(&tokens.access_token);
    assert_eq!((&claims["aud"], &claims["scope"]), (&json!([NOTES]), &json!("notes:read")));
    assert_eq!(claims_of(&tokens.id_token.unwrap())["aud"], "reader");
    let told = introspected(&app, "notes-api", &tokens.access_token).await;
    assert_eq!((&told["active"], &told["aud"]), (&json!(true), &json!([NOTES])));
    assert_eq!((&told["sub"], &told["scope"]), (&claims["sub"], &json!("notes:read")));

    let (reader, code) = self::code(&app, "openid email notes:read", &[]).await;
    let tokens = redeem(&reader, &code, &[]).await.tokens();
    assert_eq!(tokens.scope, "email openid", "a scope of a resource that was not asked for");
    let both = [NOTES, app.issuer.as_str()];
    let (reader, code) = self::code(&app, "openid email notes:read", &both).await;
    let tokens = redeem(&reader, &code, &[]).await.tokens();
    assert_eq!(claims_of(&tokens.access_token)["aud"], json!([app.issuer, "reader", NOTES]));
    assert_eq!(app.userinfo(&tokens.access_token).await.0, 200);
}

async fn core_3_1_2_1_an_app_that_wants_an_api_alone_leaves_openid_out(app: TestApp) {
    let (reader, code) = code(&app, "notes:read offline_access", &[NOTES]).await;
    let tokens = redeem(&reader, &code, &[]).await.tokens();
    assert_eq!((tokens.scope.as_str(), &tokens.id_token), ("notes:read", &None));
    assert_eq!(app.userinfo(&tokens.access_token).await.0, 401);
    let again = refresh(&reader, &tokens.refresh_token.unwrap(), &[]).await.tokens();
    assert_eq!((again.scope.as_str(), &again.id_token), ("notes:read", &None));

    for (scope, resource) in [("email", app.issuer.as_str()), ("notes:read", ALBUM)] {
        let more = [("scope", scope), ("resource", resource)];
        let url = app.browser().open(&reader.authorization_url(&more)).await.away();
        let answer = query_of(&url);
        assert!(answer.contains(&("error".into(), "invalid_scope".into())), "{answer:?}");
    }
}

async fn rfc_8707_2_unknown_and_closed_resources_are_an_invalid_target(app: TestApp) {
    let reader = app.client("reader").await;
    for resource in
        ["https://closed.example", "https://unknown.example", "notes", "https://album.example/"]
    {
        let more = [("scope", "openid"), ("resource", resource)];
        let url = app.browser().open(&reader.authorization_url(&more)).await.away();
        let answer = query_of(&url);
        assert!(answer.contains(&("error".into(), "invalid_target".into())), "{answer:?}");
        assert!(answer.contains(&("state".into(), "the state".into())), "{answer:?}");
    }
}

async fn rfc_8707_2_2_a_refresh_narrows_and_a_code_never_widens(app: TestApp) {
    let scope = "openid offline_access notes:read album:read";
    let (reader, code) = code(&app, scope, &[NOTES]).await;
    let wide = redeem(&reader, &code, &[ALBUM]).await;
    assert_eq!(wide.error(), (400, "invalid_target".into()));
    let tokens = redeem(&reader, &code, &[NOTES]).await.tokens();
    assert_eq!(tokens.scope, "notes:read", "the refusal left the code as it was");

    let (reader, code) = self::code(&app, scope, &[NOTES, ALBUM]).await;
    let tokens = redeem(&reader, &code, &[]).await.tokens();
    assert_eq!(tokens.scope, "album:read notes:read");
    let first = tokens.refresh_token.unwrap();
    let closed = refresh(&reader, &first, &[("resource", "https://closed.example")]).await;
    assert_eq!(closed.error(), (400, "invalid_target".into()));
    let narrow = refresh(&reader, &first, &[("resource", NOTES)]).await.tokens();
    assert_eq!(claims_of(&narrow.access_token)["aud"], json!([NOTES]));
    let more = [("resource", NOTES), ("scope", "openid notes:read")];
    let again = refresh(&reader, &narrow.refresh_token.unwrap(), &more).await.tokens();
    assert_eq!(again.scope, "notes:read");
    let next = again.refresh_token.unwrap();
    let ours = refresh(&reader, &next, &[("resource", &app.issuer)]).await.tokens();
    assert_eq!(app.userinfo(&ours.access_token).await.0, 200);
    let both = refresh(&reader, &ours.refresh_token.unwrap(), &[]).await.tokens();
    assert_eq!(both.scope, "album:read notes:read", "what was granted stays granted");
}

async fn tok_02_a_token_for_one_api_is_nothing_for_another_and_not_for_userinfo(app: TestApp) {
    let (reader, code) = code(&app, "openid notes:read", &[NOTES]).await;
    let token = redeem(&reader, &code, &[]).await.tokens().access_token;
    assert_eq!(app.userinfo(&token).await.0, 401);
    assert_eq!(introspected(&app, "album-api", &token).await, json!({"active": false}));
    assert_eq!(introspected(&app, "photos", &token).await, json!({"active": false}));
    for asking in ["notes-api", "reader"] {
        assert_eq!(introspected(&app, asking, &token).await["active"], true, "{asking}");
    }
    app.client("notes-api").await.post("/revoke", &[("token", &token)]).await;
    assert_eq!(introspected(&app, "notes-api", &token).await["active"], true, "reading only");
}

async fn opaque_tokens_tell_nothing_and_end_like_others(app: TestApp) {
    let (reader, code) = code(&app, "openid album:read", &[ALBUM]).await;
    let token = redeem(&reader, &code, &[]).await.tokens().access_token;
    assert!(!token.contains('.') && token.len() > 100, "{token}");
    let told = introspected(&app, "album-api", &token).await;
    assert_eq!((&told["active"], &told["aud"]), (&json!(true), &json!([ALBUM])));
    assert_eq!(introspected(&app, "notes-api", &token).await, json!({"active": false}));
    assert_eq!(app.userinfo(&token).await.0, 401);
    let changed = format!("{}A", &token[..token.len() - 1]);
    assert_eq!(introspected(&app, "album-api", &changed).await, json!({"active": false}));
    reader.post("/revoke", &[("token", &token)]).await;
    assert_eq!(introspected(&app, "album-api", &token).await, json!({"active": false}));

    let opaque = app.add_client("opaque", json!({"access_token_format": "opaque"})).await;
    let code = app.authorize(&mut app.browser(), &opaque, ADA, &[]).await;
    let tokens = opaque.redeem(&code).await.tokens();
    assert!(!tokens.access_token.contains('.'));
    assert_eq!(app.userinfo(&tokens.access_token).await.1["email"], ADA);
    let again = opaque.refresh(&tokens.refresh_token.unwrap()).await.tokens();
    assert_eq!(app.userinfo(&again.access_token).await.0, 200);
    app.later(901);
    assert_eq!(app.userinfo(&again.access_token).await.0, 401);
    assert_eq!(introspected(&app, "opaque", &again.access_token).await, json!({"active": false}));
}

async fn core_5_1_2_scopes_of_our_own_are_told_in_words_and_give_their_claims(app: TestApp) {
    let reader = app.client("reader").await;
    let more = [("scope", "openid hat notes:read"), ("resource", NOTES), ("resource", &app.issuer)];
    let mut browser = app.browser();
    let page = app.sign_in(&mut browser, &reader.authorization_url(&more), ADA).await.page();
    let text = page.text();
    assert!(
        text.contains("Know the address of your HAT") && text.contains("Read your notes"),
        "{text}"
    );
    let german = [&more[..], &[("ui_locales", "de")]].concat();
    let german = browser.open(&reader.authorization_url(&german)).await.page().text();
    assert!(german.contains("Die Adresse Ihres HAT kennen"), "{german}");
    let back = browser.submit(&page, &[], Some("allow")).await.away();
    let tokens = redeem(&reader, &param(&back, "code").unwrap(), &[]).await.tokens();
    assert_eq!(tokens.scope, "hat notes:read openid");
    let (_, userinfo) = app.userinfo(&tokens.access_token).await;
    assert_eq!(userinfo["hat_domain"], "ada.hat.example");
    let apps = browser.open(&app.url("/account/apps")).await.page().text();
    assert!(apps.contains("Read your notes"), "{apps}");

    // The scope was allowed, and with it what it gives
    let asked = json!({"userinfo": {"hat_domain": null}}).to_string();
    let silent = [("scope", "openid"), ("claims", asked.as_str()), ("prompt", "none")];
    let back = browser.open(&reader.authorization_url(&silent)).await.away();
    let tokens = reader.redeem(&param(&back, "code").expect("no new question")).await.tokens();
    assert_eq!(app.userinfo(&tokens.access_token).await.1["hat_domain"], "ada.hat.example");

    let found = app.get("/.well-known/openid-configuration").await.json();
    for scope in ["openid", "hat", "notes:read", "album:read"] {
        assert!(found["scopes_supported"].as_array().unwrap().contains(&json!(scope)), "{scope}");
    }
    assert!(found["claims_supported"].as_array().unwrap().contains(&json!("hat_domain")));
    assert_eq!(found["claims_parameter_supported"], true);
    assert_eq!(found["claims_locales_supported"], json!(["en", "de"]));
}

async fn rfc_8707_2_a_device_gets_a_token_for_what_it_asked_for(app: TestApp) {
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let metadata = json!({
        "grant_types": [grant], "response_types": [], "redirect_uris": [], "post_logout_redirect_uris": [],
        "scope": "openid notes:read album:read",
    });
    let tv = app.add_client("tv", metadata).await;
    let refused = tv.post("/device-authorization", &[("resource", "https://closed.example")]).await;
    assert_eq!(refused.error(), (400, "invalid_target".into()));
    let asked = [("scope", "openid notes:read album:read"), ("resource", NOTES)];
    let begun = tv.post("/device-authorization", &asked).await.json();
    let mut browser = app.signed_in(ADA).await;
    let page = browser.open(begun["verification_uri_complete"].as_str().unwrap()).await.page();
    assert!(page.text().contains("Read your notes") && !page.text().contains("Look at your album"));
    browser.submit(&page, &[], Some("allow")).await.page();
    let code = begun["device_code"].as_str().unwrap();
    let other = [("grant_type", grant), ("device_code", code), ("resource", ALBUM)];
    assert_eq!(tv.post("/token", &other).await.error(), (400, "invalid_target".into()));
    let tokens = tv.post("/token", &[("grant_type", grant), ("device_code", code)]).await.tokens();
    assert_eq!(claims_of(&tokens.access_token)["aud"], json!([NOTES]));
    assert_eq!(tokens.scope, "notes:read");
}

async fn rfc_8707_2_1_a_token_of_the_browser_is_for_its_resource_too(app: TestApp) {
    let scope = "openid notes:read album:read";
    let client = app.add_openid_client("front", json!({"scope": scope})).await;
    let mut browser = app.browser();
    for response_type in ["id_token token", "code token", "code id_token token"] {
        let more = [("response_type", response_type), ("scope", scope), ("resource", NOTES)];
        let response = app.respond(&mut browser, &client.authorization_url(&more), ADA).await;
        assert_eq!((response.get("scope"), response.get("expires_in")), ("notes:read", "300"));
        let token = response.get("access_token");
        assert_eq!(claims_of(token)["aud"], json!([NOTES]), "{response_type}");
        assert_eq!(app.userinfo(token).await.0, 401, "{response_type}");
        assert_eq!(introspected(&app, "notes-api", token).await["active"], true);
    }
}
