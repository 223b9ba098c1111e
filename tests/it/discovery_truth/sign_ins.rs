//! What apps may ask of a sign-in and of its pages.

use serde_json::json;

use super::responses::error;
use super::world::{ADA, GRACE, World};
use crate::support::client::claims_of;
use crate::support::{Page, param};

/// The first page of a request in a browser where nobody is signed in.
async fn first_page(world: &World, more: &[(&str, &str)]) -> Page {
    let client = world.register(json!({})).await;
    world.app.browser().open(&client.authorization_url(more)).await.page()
}

pub async fn acr_values(world: &World) {
    let app = &world.app;
    for acr in world.values("acr_values_supported") {
        let client = world.register(json!({"default_acr_values": [acr]})).await;
        let claims = json!({"id_token": {"acr": {"essential": true, "value": acr}}}).to_string();
        for more in [("claims", claims.as_str()), ("acr_values", acr.as_str())] {
            // A one-time code is good once
            app.later(60);
            let more = [("response_type", "code"), more];
            let url = client.authorization_url(&more);
            let response = app.respond(&mut app.browser(), &url, GRACE).await;
            let tokens = client.redeem(response.get("code")).await.tokens();
            let told = claims_of(&tokens.id_token.unwrap())["acr"].as_str().unwrap().to_owned();
            assert!(world.lists("acr_values_supported", &told), "{told}");
            assert!(more[1].0 == "acr_values" || told == acr, "{told} instead of {acr}");
        }
    }
    let unlisted = "urn:mace:incommon:iap:gold";
    assert!(!world.lists("acr_values_supported", unlisted));
    let refused = world.try_register(&json!({"default_acr_values": [unlisted]})).await;
    assert_eq!(refused.error(), (400, "invalid_client_metadata".into()));
    let client = world.register(json!({})).await;
    let claims = json!({"id_token": {"acr": {"essential": true, "value": unlisted}}}).to_string();
    let told = error(world, &client, &[("claims", &claims)]).await;
    assert_eq!(told, "unmet_authentication_requirements");
}

pub async fn prompt_values(world: &World) {
    let client = world.register(json!({})).await;
    world.respond(&client, &[]).await;
    for prompt in world.values("prompt_values_supported") {
        let url = client.authorization_url(&[("prompt", &prompt)]);
        let landing = world.ada().open(&url).await;
        match prompt.as_str() {
            "none" => {
                let back = landing.away();
                assert!(param(&back, "code").is_some(), "{back}");
                let nobody = world.app.browser().open(&url).await.away();
                assert_eq!(param(&nobody, "error").as_deref(), Some("login_required"));
            }
            "login" => assert!(landing.page().body.contains("name=\"password\"")),
            "consent" => assert!(landing.page().body.contains("value=\"allow\"")),
            "select_account" => {
                let page = landing.page();
                assert!(page.url.path().ends_with("/login/account"), "{}", page.url);
                assert!(page.text().contains(ADA), "{}", page.text());
            }
            other => panic!("the walk does not know the prompt {other}"),
        }
    }
    for prompt in ["create", "signup", "None"] {
        assert!(!world.lists("prompt_values_supported", prompt));
        assert_eq!(error(world, &client, &[("prompt", prompt)]).await, "invalid_request");
    }
}

/// One page fits all of them: it adapts itself to windows of every size, and needs no script.
pub async fn display_values(world: &World) {
    for display in world.values("display_values_supported") {
        let page = first_page(world, &[("display", &display)]).await;
        assert!(page.status == 200 && page.body.contains("name=\"password\""), "{display}");
        assert!(page.body.contains("name=\"viewport\""), "{display}");
    }
    // OpenID Connect Core section 3.1.2.1 knows no error for another
    let page = first_page(world, &[("display", "hologram")]).await;
    assert_eq!(page.status, 200);
}

pub async fn ui_locales(world: &World) {
    for locale in world.values("ui_locales_supported") {
        for asked in [locale.clone(), format!("fr {locale}")] {
            let page = first_page(world, &[("ui_locales", &asked)]).await;
            assert!(page.body.contains(&format!("<html lang=\"{locale}\"")), "{asked}");
        }
    }
    assert!(!world.lists("ui_locales_supported", "fr"));
    let page = first_page(world, &[("ui_locales", "fr")]).await;
    assert!(page.body.contains("<html lang=\"en\""), "a language that is not known is no error");
}
