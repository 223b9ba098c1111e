//! Pairwise subjects: OpenID Connect Core section 8.

use serde_json::{Value, json};

use crate::both;
use crate::support::client::claims_of;
use crate::support::*;

const ADA: &str = "ada@example.org";

/// An app of a sector, which sees people under names of that sector.
pub async fn pairwise(app: &TestApp, id: &str, host: &str) -> TestClient {
    let more = json!({
        "subject_type": "pairwise", "redirect_uris": [format!("https://{host}/{id}")],
        "post_logout_redirect_uris": [format!("https://{host}/out")],
    });
    app.add_client(id, more).await
}

/// What Ada is called: in the ID token, which comes too.
async fn signed_in(app: &TestApp, browser: &mut Browser, client: &TestClient) -> (String, String) {
    let code = app.authorize(browser, client, ADA, &[]).await;
    let tokens = client.redeem(&code).await.tokens();
    let id_token = tokens.id_token.unwrap();
    let sub = claims_of(&id_token)["sub"].as_str().unwrap().to_owned();
    let (status, told) = app.userinfo(&tokens.access_token).await;
    assert_eq!((status, &told["sub"]), (200, &json!(sub)));
    for token in [&tokens.access_token, tokens.refresh_token.as_ref().unwrap()] {
        let answer = client.post("/introspect", &[("token", token)]).await.json();
        assert_eq!((&answer["active"], &answer["sub"]), (&json!(true), &json!(sub)));
    }
    assert_eq!(claims_of(&tokens.access_token)["sub"], json!(sub));
    let refreshed = client.refresh(tokens.refresh_token.as_ref().unwrap()).await.tokens();
    assert_eq!(claims_of(&refreshed.id_token.unwrap())["sub"], json!(sub));
    (sub, id_token)
}

both! {
    async fn core_8_1_a_sector_has_one_name_for_a_person_and_others_have_another(app: TestApp) {
        let user = app.add_user("someone@example.org", "Someone", None).await;
        let one = pairwise(&app, "one", "a.example").await;
        let same = pairwise(&app, "same", "a.example").await;
        let other = pairwise(&app, "other", "b.example").await;
        let mut browser = app.browser();
        let (public, _) = signed_in(&app, &mut browser, &app.client("notes").await).await;
        let (of_one, _) = signed_in(&app, &mut browser, &one).await;
        let (of_same, _) = signed_in(&app, &mut browser, &same).await;
        let (of_other, _) = signed_in(&app, &mut browser, &other).await;
        assert_eq!(of_one, of_same);
        assert!(of_one != of_other && of_one != public && of_other != public);
        assert_ne!(of_one, user.id.to_string());
    }

    async fn oidcc_id_token_hint_works_with_a_pairwise_sub(app: TestApp) {
        let client = pairwise(&app, "pair", "a.example").await;
        let mut browser = app.browser();
        let (sub, id_token) = signed_in(&app, &mut browser, &client).await;
        let silent = [("prompt", "none"), ("id_token_hint", id_token.as_str())];
        let back = browser.open(&client.authorization_url(&silent)).await.away();
        assert!(param(&back, "code").is_some(), "{back}");
        let wanted = |sub: &str| json!({"id_token": {"sub": {"value": sub}}}).to_string();
        let mine = wanted(&sub);
        let asked = [("prompt", "none"), ("claims", mine.as_str())];
        let back = browser.open(&client.authorization_url(&asked)).await.away();
        assert!(param(&back, "code").is_some(), "{back}");
        for sub in ["AAAAAAAAAAAAAAAAAAAAAA", "nobody"] {
            let theirs = wanted(sub);
            let asked = [("prompt", "none"), ("claims", theirs.as_str())];
            let back = browser.open(&client.authorization_url(&asked)).await.away();
            assert_eq!(param(&back, "error").as_deref(), Some("login_required"), "{back}");
        }
        let out = format!(
            "{}?id_token_hint={id_token}&post_logout_redirect_uri=https://a.example/out&state=x",
            app.url("/end-session")
        );
        let back = browser.open(&out).await;
        let back = match back {
            Landing::Away(url) => url,
            Landing::Page(page) => panic!("the hint names who is signed in: {}", page.text()),
        };
        assert_eq!(param(&back, "state").as_deref(), Some("x"));
    }

    async fn core_3_1_2_1_a_hint_may_be_encrypted_to_us(app: TestApp) {
        let client = pairwise(&app, "pair", "a.example").await;
        let mut browser = app.browser();
        let (_, id_token) = signed_in(&app, &mut browser, &client).await;
        let set = app.get("/jwks").await.json();
        let keys: Vec<_> =
            set["keys"].as_array().unwrap().iter().filter(|key| key["use"] == "enc").collect();
        for (kty, alg) in [("RSA", "RSA-OAEP-256"), ("EC", "ECDH-ES+A256KW")] {
            let key = keys.iter().find(|key| key["kty"] == kty).unwrap();
            let sealed = jose::encrypt(&id_token, alg, "A256GCM", key);
            for (hint, expected) in [(sealed.clone(), true), (format!("{sealed}A"), false)] {
                let silent = [("prompt", "none"), ("id_token_hint", hint.as_str())];
                let back = browser.open(&client.authorization_url(&silent)).await.away();
                assert_eq!(param(&back, "code").is_some(), expected, "{alg}: {back}");
            }
        }
    }

    async fn rp_initiated_logout_2_a_logout_hint_is_the_sub_that_the_app_knows(app: TestApp) {
        let client = pairwise(&app, "pair", "a.example").await;
        let page_of = async |browser: &mut Browser, hint: &str, more: (&str, &str)| {
            let mut url: url::Url = app.url("/end-session").parse().unwrap();
            url.query_pairs_mut().append_pair("logout_hint", hint).append_pair(more.0, more.1);
            browser.open(url.as_str()).await.page().text()
        };
        let mut browser = app.browser();
        let (sub, id_token) = signed_in(&app, &mut browser, &client).await;
        let public = app.person(ADA).await.id.to_string();
        for (hint, other) in [(sub.as_str(), false), (public.as_str(), true), ("AAAAAAAAAAAAAAAAAAAAAA", true)] {
            let text = page_of(&mut browser, hint, ("client_id", "pair")).await;
            assert_eq!(text.contains("somebody else"), other, "{hint}: {text}");
        }
        // For an app with public subjects it is the public one
        for (hint, other) in [(sub.as_str(), true), (public.as_str(), false)] {
            let text = page_of(&mut browser, hint, ("client_id", "notes")).await;
            assert_eq!(text.contains("somebody else"), other, "{hint}: {text}");
        }
        let text = page_of(&mut browser, &public, ("id_token_hint", &id_token)).await;
        assert!(text.contains("somebody else"), "{text}");
        let text = page_of(&mut browser, &sub, ("id_token_hint", &id_token)).await;
        assert!(text.contains("You are signed out"), "nothing is asked: {text}");
    }

    async fn r7_both_subject_types_are_advertised(app: TestApp) {
        let page = app.get("/.well-known/openid-configuration").await;
        let discovery: Value = serde_json::from_str(&page.body).unwrap();
        assert_eq!(discovery["subject_types_supported"], json!(["public", "pairwise"]));
    }
}

#[actix_web::test]
async fn rfc_8414_3_1_and_rfc_9728_3_1_metadata_stands_at_the_root_with_the_path_behind() {
    for path in ["", "/realm"] {
        let issuer = format!("{{issuer}}{path}");
        let app = TestApp::start_with(Backend::Sqlite, &[("HATCHECK_ISSUER", &issuer)]).await;
        for url in [
            format!("{}/.well-known/oauth-authorization-server{path}", app.base),
            format!("{}/.well-known/openid-configuration{path}", app.base),
            format!("{}/.well-known/oauth-authorization-server", app.issuer),
            format!("{}/.well-known/openid-configuration", app.issuer),
        ] {
            let answer = app.http.get(&url).send().await.unwrap();
            assert_eq!((answer.status().as_u16(), &url), (200, &url));
            assert_eq!(answer.headers()["content-type"], "application/json");
            let told: Value = answer.json().await.unwrap();
            assert_eq!(told["issuer"], app.issuer, "{url}");
        }
        let url = format!("{}/.well-known/oauth-protected-resource{path}/userinfo", app.base);
        let told: Value = app.http.get(&url).send().await.unwrap().json().await.unwrap();
        assert_eq!(told["resource"], app.url("/userinfo"));
        assert_eq!(told["authorization_servers"], json!([app.issuer]));
        // RFC 9728 section 5.1: who is refused at userinfo is told where it stands
        for request in [
            app.http.get(app.url("/userinfo")),
            app.http.get(app.url("/userinfo")).bearer_auth("x"),
        ] {
            let refused = request.send().await.unwrap();
            assert_eq!(refused.status(), 401);
            let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
            assert!(challenge.starts_with("Bearer realm=\"hatcheck\""), "{challenge}");
            let named = challenge.split("resource_metadata=\"").nth(1).unwrap();
            assert_eq!(named.trim_end_matches('"'), url);
        }
    }
}
