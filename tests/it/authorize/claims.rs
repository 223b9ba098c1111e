//! `claims` and `claims_locales`: OpenID Connect Core sections 5.2, 5.4 and 5.5; the certification suite's
//! oidcc-claims-essential, oidcc-claims-locales and oidcc-scope-* look at the same.

use serde_json::{Value, json};

use crate::both;
use crate::support::client::claims_of;
use crate::support::*;

const ADA: &str = "ada@example.org";
const GRACE: &str = "grace@example.org";

/// Every standard claim that is not a field of its own.
pub fn everything() -> Value {
    json!({
        "given_name": "Ada", "family_name": "Lovelace", "middle_name": "King", "nickname": "Countess",
        "nickname#de": "Gräfin", "profile": "https://ada.example/profile", "picture": "https://ada.example/ada.png",
        "website": "https://ada.example/", "gender": "female", "birthdate": "1815-12-10",
        "zoneinfo": "Europe/London", "locale": "en-GB", "preferred_username": "ada",
        "phone_number": "+44 20 7946 0000", "phone_number_verified": true,
        "address": {
            "formatted": "12 Square\nLondon", "street_address": "12 Square", "locality": "London",
            "region": "Greater London", "postal_code": "SW1Y 4LB", "country": "United Kingdom"
        }
    })
}

/// Ada signs in and allows it: ID token and userinfo.
async fn told(app: &TestApp, browser: &mut Browser, more: &[(&str, &str)]) -> (Value, Value) {
    let notes = app.client("notes").await;
    let code = app.authorize(browser, &notes, ADA, more).await;
    let tokens = notes.redeem(&code).await.tokens();
    let (status, userinfo) = app.userinfo(&tokens.access_token).await;
    assert_eq!(status, 200);
    (Value::Object(claims_of(&tokens.id_token.unwrap())), userinfo)
}

/// What comes back to the app.
fn answer(landing: Landing, name: &str) -> String {
    let url = landing.away();
    param(&url, name).unwrap_or_else(|| panic!("no {name} in {url}"))
}

fn claims(value: &Value) -> String {
    value.to_string()
}

fn names(claims: &Value) -> Vec<&str> {
    let mut names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

both! {
    async fn oidcc_claims_essential_name_comes_in_userinfo_alone(app: TestApp) {
        let asked = claims(&json!({"userinfo": {"name": {"essential": true}}}));
        let more = [("scope", "openid"), ("claims", asked.as_str())];
        let (id_token, userinfo) = told(&app, &mut app.browser(), &more).await;
        assert_eq!(names(&userinfo), ["name", "sub"]);
        assert_eq!(userinfo["name"], "Ada Lovelace");
        let of_protocol =
            ["acr", "amr", "at_hash", "aud", "auth_time", "exp", "iat", "iss", "nonce", "sid", "sub"];
        assert!(names(&id_token).iter().all(|name| of_protocol.contains(name)), "{id_token}");
    }

    async fn core_5_5_claims_of_the_id_token_come_in_it_and_after_a_refresh_too(app: TestApp) {
        let notes = app.client("notes").await;
        let asked = claims(&json!({"id_token": {"email": null, "auth_time": {"essential": true}, "unknown": null}}));
        let more = [("scope", "openid"), ("claims", asked.as_str())];
        let code = app.authorize(&mut app.browser(), &notes, ADA, &more).await;
        let tokens = notes.redeem(&code).await.tokens();
        let id_token = claims_of(&tokens.id_token.unwrap());
        assert_eq!(id_token["email"], ADA);
        assert!(id_token["auth_time"].is_number() && !id_token.contains_key("unknown"));
        assert_eq!(app.userinfo(&tokens.access_token).await.1.get("email"), None);
        let again = notes.refresh(&tokens.refresh_token.unwrap()).await.tokens();
        assert_eq!(claims_of(&again.id_token.unwrap())["email"], ADA);
    }

    async fn core_5_5_a_person_is_asked_about_each_claim_once(app: TestApp) {
        let notes = app.client("notes").await;
        let asked = claims(&json!({"userinfo": {"birthdate": null}, "id_token": {"phone_number": null, "name": null}}));
        let more = [("scope", "openid profile"), ("claims", asked.as_str())];
        let mut browser = app.browser();
        let page = app.sign_in(&mut browser, &notes.authorization_url(&more), ADA).await.page();
        let text = page.text();
        assert!(text.contains("See your phone number"), "{text}");
        assert!(!text.contains("date of birth"), "the scope says it already: {text}");
        answer(browser.submit(&page, &[], Some("allow")).await, "code");
        let consents = app.consents_of(ADA).await;
        assert!(consents[0].claims.iter().eq(["phone_number"]));
        answer(browser.open(&notes.authorization_url(&more)).await, "code");
        let more = [("scope", "openid"), ("claims", asked.as_str())];
        answer(browser.open(&notes.authorization_url(&more)).await, "code");

        let asked = claims(&json!({"userinfo": {"email": null}}));
        let silent = [("scope", "openid"), ("claims", asked.as_str()), ("prompt", "none")];
        let error = answer(browser.open(&notes.authorization_url(&silent)).await, "error");
        assert_eq!(error, "consent_required");
        let apps = browser.open(&app.url("/account/apps")).await.page().text();
        assert!(apps.contains("See your phone number"), "{apps}");
    }

    async fn core_5_5_a_claim_that_was_not_allowed_is_not_told(app: TestApp) {
        app.give_claims(ADA, everything()).await;
        app.add_client("small", json!({"scope": "openid email"})).await;
        let small = app.client("small").await;
        let asked = claims(&json!({"userinfo": {"phone_number": null, "email": null}, "id_token": {"address": null}}));
        let more = [("scope", "openid"), ("claims", asked.as_str())];
        let code = app.authorize(&mut app.browser(), &small, ADA, &more).await;
        let tokens = small.redeem(&code).await.tokens();
        assert_eq!(names(&app.userinfo(&tokens.access_token).await.1), ["email", "sub"]);
        assert!(!claims_of(&tokens.id_token.unwrap()).contains_key("address"));
    }

    async fn core_5_5_1_1_an_essential_acr_is_reached_or_refused(app: TestApp) {
        let notes = app.client("notes").await;
        let two = "urn:hatcheck:acr:2fa";
        let asked = claims(&json!({"id_token": {"acr": {"essential": true, "values": [two]}}}));
        let more = [("scope", "openid"), ("claims", asked.as_str())];
        let mut browser = app.browser();
        let landing = app.sign_in(&mut browser, &notes.authorization_url(&more), ADA).await;
        assert_eq!(answer(landing, "error"), "unmet_authentication_requirements");

        let code = app.authorize(&mut app.browser(), &notes, GRACE, &more).await;
        let id_token = claims_of(&notes.redeem(&code).await.tokens().id_token.unwrap());
        assert_eq!(id_token["acr"], two);

        let one = "urn:hatcheck:acr:1fa";
        let asked = claims(&json!({"id_token": {"acr": {"essential": true, "value": one}}}));
        let more = [("scope", "openid"), ("claims", asked.as_str())];
        app.later(60);
        let code = app.authorize(&mut app.browser(), &notes, GRACE, &more).await;
        let id_token = claims_of(&notes.redeem(&code).await.tokens().id_token.unwrap());
        assert_eq!(id_token["acr"], one, "the answer is one of those that were asked for");

        let asked = claims(&json!({"id_token": {"acr": {"essential": true, "value": "urn:other"}}}));
        let more = [("scope", "openid"), ("claims", asked.as_str())];
        let landing = app.browser().open(&notes.authorization_url(&more)).await;
        assert_eq!(answer(landing, "error"), "unmet_authentication_requirements");
    }

    async fn core_5_5_1_a_wanted_sub_is_answered_about_nobody_else(app: TestApp) {
        let notes = app.client("notes").await;
        let ada = app.person(ADA).await.id;
        let asked = claims(&json!({"id_token": {"sub": {"value": ada}}}));
        let more = [("scope", "openid"), ("claims", asked.as_str())];
        let mut grace = app.signed_in(GRACE).await;
        let silent = [&more[..], &[("prompt", "none")]].concat();
        let error = answer(grace.open(&notes.authorization_url(&silent)).await, "error");
        assert_eq!(error, "login_required");
        let page = grace.open(&notes.authorization_url(&more)).await.page();
        assert!(page.body.contains("name=\"password\""), "{}", page.text());
        let code = app.authorize(&mut app.browser(), &notes, ADA, &more).await;
        let id_token = claims_of(&notes.redeem(&code).await.tokens().id_token.unwrap());
        assert_eq!(id_token["sub"], ada.to_string());
    }

    async fn core_5_5_what_is_no_claims_parameter_is_refused(app: TestApp) {
        let notes = app.client("notes").await;
        for bad in ["{", "[]", "{\"userinfo\":{\"name\":true}}", &"x".repeat(2_000)] {
            let landing = app.browser().open(&notes.authorization_url(&[("claims", bad)])).await;
            assert_eq!(answer(landing, "error"), "invalid_request", "{bad}");
        }
    }

    async fn oidcc_scope_profile_email_address_phone_and_all_give_every_standard_claim(app: TestApp) {
        app.give_claims(ADA, everything()).await;
        let profile = [
            "birthdate", "family_name", "gender", "given_name", "locale", "middle_name", "name", "nickname",
            "picture", "preferred_username", "profile", "updated_at", "website", "zoneinfo",
        ];
        let (email, phone) = (["email", "email_verified"], ["phone_number", "phone_number_verified"]);
        let mut browser = app.browser();
        for (scope, expected) in [
            ("openid profile", profile.to_vec()),
            ("openid email", email.to_vec()),
            ("openid address", vec!["address"]),
            ("openid phone", phone.to_vec()),
            ("phone address email profile openid", [&profile[..], &email, &phone, &["address"]].concat()),
        ] {
            let (id_token, userinfo) = told(&app, &mut browser, &[("scope", scope)]).await;
            let mut expected = [expected, vec!["sub"]].concat();
            expected.sort_unstable();
            let told: Vec<_> = names(&userinfo).into_iter().filter(|name| !name.contains('#')).collect();
            assert_eq!(told, expected, "{scope}");
            for name in told {
                assert!(!userinfo[name].as_str().is_some_and(str::is_empty), "{name}");
                assert!(name == "sub" || id_token.get(name).is_none(), "{name} in the ID token");
            }
            assert_eq!(userinfo["sub"], id_token["sub"]);
            assert!(["email_verified", "phone_number_verified"]
                .iter().all(|name| userinfo.get(name).is_none_or(Value::is_boolean)));
            assert!(userinfo.get("updated_at").is_none_or(|at| at.as_i64().is_some_and(|at| at > 631_152_000)));
        }
    }

    async fn oidcc_claims_locales_and_core_5_2_the_best_language_comes_without_a_tag(app: TestApp) {
        app.give_claims(ADA, everything()).await;
        let mut browser = app.browser();
        for (locales, nickname) in [("se", "Countess"), ("de-AT en", "Gräfin"), ("!!", "Countess")] {
            let more = [("scope", "openid profile"), ("claims_locales", locales)];
            let (_, userinfo) = told(&app, &mut browser, &more).await;
            assert_eq!(userinfo["nickname"], nickname, "{locales}");
            assert_eq!(userinfo.get("nickname#de").is_none(), locales != "!!", "{locales}");
        }
        let asked = claims(&json!({"userinfo": {"nickname#de-CH": null}}));
        let more = [("scope", "openid"), ("claims", asked.as_str())];
        let (_, userinfo) = told(&app, &mut browser, &more).await;
        assert_eq!(userinfo["nickname#de-CH"], "Gräfin");
    }

    async fn oidcc_display_page_popup_ui_locales_and_others_are_never_an_error(app: TestApp) {
        let notes = app.client("notes").await;
        for (name, value, heading) in [
            ("display", "page", "Sign in"),
            ("display", "popup", "Sign in"),
            ("display", "touch", "Sign in"),
            ("display", "wap", "Sign in"),
            ("display", "hologram", "Sign in"),
            ("ui_locales", "se", "Sign in"),
            ("ui_locales", "de en", "anmelden"),
            ("ui_locales", "!!", "Sign in"),
            ("login_hint", "buffy@id.example", "Sign in"),
        ] {
            let page = app.browser().open(&notes.authorization_url(&[(name, value)])).await.page();
            assert_eq!(page.status, 200, "{name}={value}");
            assert!(page.text().contains(heading), "{name}={value}: {}", page.text());
        }
    }

    async fn oidcc_claims_essential_name_comes_in_an_id_token_of_the_browser(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        let asked = claims(&json!({"id_token": {"name": {"essential": true}}, "userinfo": {"email": null}}));
        let mut browser = app.browser();
        for response_type in ["id_token", "id_token token", "code id_token", "code id_token token"] {
            let more = [("response_type", response_type), ("scope", "openid"), ("claims", asked.as_str())];
            let response = app.respond(&mut browser, &client.authorization_url(&more), ADA).await;
            let id_token = claims_of(response.get("id_token"));
            assert_eq!(id_token["name"], "Ada Lovelace", "{response_type}");
            assert!(!id_token.contains_key("email"), "{response_type}");
            if let Some(token) = response.members.get("access_token") {
                let (status, userinfo) = app.userinfo(token).await;
                assert_eq!((status, &userinfo["email"]), (200, &json!(ADA)), "{response_type}");
                assert!(userinfo.get("name").is_none(), "{response_type}");
            }
        }
    }
}
