//! What each response type gives, and where: OpenID Connect Core sections 3.1.2.5, 3.2.2.5 and 3.3.2.5, OAuth 2.0
//! Multiple Response Types sections 2 to 5.

use serde_json::{Value, json};

use crate::both;
use crate::support::client::{claims_of, header_of};
use crate::support::responses::{TYPES, half_hash};
use crate::support::*;

const ADA: &str = "ada@example.org";

/// The members of a success, in alphabetical order.
fn members_of(response_type: &str) -> Vec<&'static str> {
    match response_type {
        "code" => vec!["code", "iss", "state"],
        "id_token" => vec!["id_token", "iss", "state"],
        "id_token token" => {
            vec!["access_token", "expires_in", "id_token", "iss", "scope", "state", "token_type"]
        }
        "code id_token" => vec!["code", "id_token", "iss", "state"],
        "code token" => {
            vec!["access_token", "code", "expires_in", "iss", "scope", "state", "token_type"]
        }
        "code id_token token" => vec![
            "access_token",
            "code",
            "expires_in",
            "id_token",
            "iss",
            "scope",
            "state",
            "token_type",
        ],
        "none" => vec!["iss", "state"],
        other => panic!("{other}"),
    }
}

/// Where a response goes when the app names no mode.
fn mode_of(response_type: &str) -> &'static str {
    if response_type.contains("token") { "fragment" } else { "query" }
}

/// Looks at the front-channel ID token of a response.
fn examine_id_token(app: &TestApp, response_type: &str, response: &Response) {
    let token = response.get("id_token");
    assert_eq!(header_of(token)["alg"], "RS256");
    assert!(header_of(token)["kid"].is_string());
    let claims = claims_of(token);
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(app.issuer), &json!("all")));
    assert_eq!(claims["nonce"], "the nonce");
    let hash = |member: &str| match response.members.get(member) {
        Some(text) => json!(half_hash(text)),
        None => Value::Null,
    };
    let told = |name: &str| claims.get(name).cloned().unwrap_or_default();
    assert_eq!(told("at_hash"), hash("access_token"), "{response_type}");
    assert_eq!(told("c_hash"), hash("code"), "{response_type}");
    assert_eq!(claims.contains_key("email"), response_type == "id_token", "{response_type}");
    assert!(claims["sid"].is_string() && claims["auth_time"].is_number());
}

both! {
    async fn oidcc_server_each_response_type_gives_what_it_names_in_each_mode(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        let mut browser = app.browser();
        for response_type in TYPES {
            for mode in ["", "query", "fragment", "form_post"] {
                let what = format!("{response_type} {mode}");
                // The order of words does not matter
                let mut words: Vec<_> = response_type.split(' ').collect();
                words.reverse();
                let more = [("response_type", words.join(" ")), ("response_mode", mode.to_owned())];
                let more: Vec<_> = more.iter().map(|(name, value)| (*name, value.as_str())).collect();
                let response = app.respond(&mut browser, &client.authorization_url(&more), ADA).await;
                assert_eq!(response.to, client.redirect_uri, "{what}");
                assert_eq!(response.get("state"), "the state");
                assert_eq!(response.get("iss"), app.issuer);
                if mode == "query" && response_type.contains("token") {
                    assert_eq!((response.mode, response.get("error")), ("fragment", "invalid_request"), "{what}");
                    continue;
                }
                let expected = if mode.is_empty() { mode_of(response_type) } else { mode };
                assert_eq!((response.mode, response.names()), (expected, members_of(response_type)), "{what}");
                if response.members.contains_key("id_token") {
                    examine_id_token(&app, response_type, &response);
                }
                if response.members.contains_key("access_token") {
                    assert_eq!((response.get("token_type"), response.get("expires_in")), ("Bearer", "900"));
                    let (status, info) = app.userinfo(response.get("access_token")).await;
                    assert_eq!((status, &info["email"]), (200, &json!(ADA)));
                }
                if response.members.contains_key("code") {
                    let tokens = client.redeem(response.get("code")).await.tokens();
                    let claims = claims_of(&tokens.id_token.unwrap());
                    assert_eq!(claims["nonce"], "the nonce");
                    assert!(!claims.contains_key("email"));
                    if response.members.contains_key("id_token") {
                        let front = claims_of(response.get("id_token"));
                        for name in ["iss", "sub", "aud", "auth_time", "sid"] {
                            assert_eq!(claims[name], front[name], "{what}: {name}");
                        }
                    }
                    assert_ne!(tokens.access_token, response.get("access_token"));
                    assert_eq!(app.userinfo(&tokens.access_token).await.0, 200);
                }
            }
        }
    }

    async fn oidcc_scope_modules_an_id_token_alone_holds_the_claims_of_its_scopes(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        let mut browser = app.browser();
        for (response_type, scope, held) in [
            ("id_token", "openid profile email", true),
            ("id_token", "email openid", true),
            ("id_token", "openid", false),
            ("id_token token", "openid profile email", false),
            ("code id_token", "openid profile email", false),
        ] {
            let more = [("response_type", response_type), ("scope", scope)];
            let response = app.respond(&mut browser, &client.authorization_url(&more), ADA).await;
            let claims = claims_of(response.get("id_token"));
            assert_eq!(claims.contains_key("email"), held, "{response_type} {scope}");
            assert_eq!(claims.contains_key("name"), held && scope.contains("profile"), "{response_type} {scope}");
        }
    }

    async fn oidcc_ensure_request_without_nonce_fails_for_id_tokens_and_succeeds_for_codes(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        let mut browser = app.browser();
        let without = [("nonce", ""), ("code_challenge", ""), ("code_challenge_method", "")];
        for response_type in TYPES {
            let more = [&without[..], &[("response_type", response_type)]].concat();
            let response = app.respond(&mut browser, &client.authorization_url(&more), ADA).await;
            assert_eq!(response.mode, mode_of(response_type));
            if response_type.contains("id_token") {
                assert_eq!(response.get("error"), "invalid_request", "{response_type}");
                assert_eq!(response.names(), ["error", "error_description", "iss", "state"]);
                continue;
            }
            assert_eq!(response.names(), members_of(response_type), "{response_type}");
            if response_type == "code" {
                let fields = [
                    ("grant_type", "authorization_code"),
                    ("code", response.get("code")),
                    ("redirect_uri", client.redirect_uri.as_str()),
                ];
                let tokens = client.post("/token", &fields).await.tokens();
                assert!(!claims_of(&tokens.id_token.unwrap()).contains_key("nonce"));
            }
        }
    }

    async fn oidcc_ensure_request_with_valid_pkce_succeeds_and_is_verified(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        let mut browser = app.browser();
        for response_type in ["code", "code id_token", "code token", "code id_token token"] {
            let url = client.authorization_url(&[("response_type", response_type)]);
            let response = app.respond(&mut browser, &url, ADA).await;
            let wrong = client.redeem_with(response.get("code"), &"x".repeat(43)).await;
            assert_eq!(wrong.error(), (400, "invalid_grant".into()), "{response_type}");
            // It is burnt, and what came with it has ended
            assert_eq!(client.redeem(response.get("code")).await.error(), (400, "invalid_grant".into()));
            if response.members.contains_key("access_token") {
                assert_eq!(app.userinfo(response.get("access_token")).await.0, 401);
            }
        }
    }

    async fn oidcc_response_type_missing_is_told_in_the_query_or_the_form(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        for (mode, place) in [("", "query"), ("form_post", "form_post")] {
            let url = client.authorization_url(&[("response_type", ""), ("response_mode", mode)]);
            let response = Response::of(app.browser().open(&url).await);
            assert_eq!((response.mode, response.get("error")), (place, "invalid_request"));
            assert_eq!(response.names(), ["error", "error_description", "iss", "state"]);
        }
    }

    async fn aut_02_and_oidcc_prompt_none_not_logged_in_errors_go_where_the_success_would_have_gone(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        let state = format!("-._~{}", "s".repeat(124));
        for response_type in TYPES {
            for mode in ["", "form_post"] {
                let more = [
                    ("response_type", response_type), ("response_mode", mode),
                    ("prompt", "none"), ("state", &state),
                ];
                let response = Response::of(app.browser().open(&client.authorization_url(&more)).await);
                let place = if mode.is_empty() { mode_of(response_type) } else { mode };
                assert_eq!((response.mode, response.get("error")), (place, "login_required"), "{response_type}");
                assert_eq!(response.names(), ["error", "error_description", "iss", "state"]);
                assert_eq!((response.get("state"), response.get("iss")), (state.as_str(), app.issuer.as_str()));
                let without = [&more[..3], &[("state", "")]].concat();
                let response = Response::of(app.browser().open(&client.authorization_url(&without)).await);
                assert_eq!(response.names(), ["error", "error_description", "iss"]);
            }
            let url = client.authorization_url(&[("response_type", response_type)]);
            let mut browser = app.browser();
            let page = browser.open(&url).await.page();
            let response = Response::of(browser.submit(&page, &[], Some("deny")).await);
            assert_eq!((response.mode, response.get("error")), (mode_of(response_type), "access_denied"));
        }
    }

    async fn rfc_6749_4_1_2_1_descriptions_hold_no_quotes_and_no_controls(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        let nasty = "\"\\\r\n\t\u{e9}<script>";
        for more in [
            ("response_type", nasty), ("response_mode", nasty), ("prompt", nasty), ("scope", nasty),
            ("max_age", nasty), ("code_challenge", nasty), ("code_challenge_method", nasty),
        ] {
            let response = Response::of(app.browser().open(&client.authorization_url(&[more])).await);
            let description = response.get("error_description");
            let fits = |b: u8| matches!(b, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            assert!(!description.is_empty() && description.bytes().all(fits), "{description:?}");
        }
    }

    async fn rfc_6749_4_2_2_a_query_in_the_redirect_uri_stays_as_it_is(app: TestApp) {
        let uri = "https://all.example/cb?dummy1=lorem&dummy2=ipsum";
        let client = app.add_openid_client("all", json!({ "redirect_uris": [uri] })).await;
        let mut browser = app.browser();
        let url = client.authorization_url(&[("response_type", "code id_token")]);
        let response = app.respond(&mut browser, &url, ADA).await;
        assert_eq!((response.mode, response.to.as_str()), ("fragment", uri));
        let response = app.respond(&mut browser, &client.authorization_url(&[]), ADA).await;
        assert_eq!((response.get("dummy1"), response.get("dummy2")), ("lorem", "ipsum"));
        let url = client.authorization_url(&[("response_mode", "form_post")]);
        assert_eq!(app.respond(&mut browser, &url, ADA).await.to, uri);
    }

    async fn aut_03_and_aut_04_a_client_gets_what_it_registered_and_nothing_else(app: TestApp) {
        let notes = app.client("notes").await;
        let spa = app.add_openid_client("spa", json!({
            "response_types": ["id_token"], "grant_types": ["implicit"], "token_endpoint_auth_method": "none",
        })).await;
        let mut browser = app.signed_in(ADA).await;
        for (client, response_type, error) in [
            (&notes, "code id_token", "unauthorized_client"),
            (&notes, "id_token", "unauthorized_client"),
            (&notes, "token", "unsupported_response_type"),
            (&spa, "id_token token", "unauthorized_client"),
            (&spa, "code token", "unauthorized_client"),
        ] {
            let url = client.authorization_url(&[("response_type", response_type)]);
            let response = Response::of(browser.open(&url).await);
            assert_eq!((response.mode, response.get("error")), ("fragment", error), "{response_type}");
        }
        for response_type in ["code", "none"] {
            let url = spa.authorization_url(&[("response_type", response_type)]);
            assert_eq!(Response::of(browser.open(&url).await).get("error"), "unauthorized_client");
        }
        // No code is asked for, so there is nothing for PKCE to bind
        let bare = [("response_type", "id_token"), ("code_challenge", ""), ("code_challenge_method", "")];
        let response = app.respond(&mut browser, &spa.authorization_url(&bare), ADA).await;
        assert_eq!(response.names(), ["id_token", "iss", "state"]);
        let grant = [("grant_type", "implicit"), ("client_id", "spa")];
        let refused = spa.send("/token", None, &grant).await;
        assert_eq!(refused.error(), (400, "unsupported_grant_type".into()));
    }
}
