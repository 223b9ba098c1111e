//! Ways to a token.

use serde_json::{Value, json};

use super::world::{ADA, World};
use crate::support::client::claims_of;
use crate::support::{Answer, TestClient};

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// An app for one grant alone, with what the grant needs beside it.
async fn app_for(world: &World, grant: &str) -> TestClient {
    let (grants, responses): (Value, Value) = match grant {
        "authorization_code" => (json!([grant]), json!(["code"])),
        "implicit" => (json!([grant]), json!(["id_token"])),
        BEARER => (json!(["authorization_code", "refresh_token", grant]), json!(["code"])),
        "refresh_token" | EXCHANGE => (json!(["authorization_code", grant]), json!(["code"])),
        "client_credentials" | DEVICE => (json!([grant]), json!([])),
        other => panic!("the walk does not know the grant {other}"),
    };
    let scope = if grant == "client_credentials" { "email" } else { "openid offline_access" };
    world
        .register(json!({"grant_types": grants, "response_types": responses, "scope": scope}))
        .await
}

async fn ask(client: &TestClient, grant: &str, more: &[(&str, &str)]) -> Answer {
    client.post("/token", &[&[("grant_type", grant)], more].concat()).await
}

/// Begins with a device and allows it in Ada's browser: the device code.
async fn allowed_device(world: &World, client: &TestClient) -> String {
    let path = world.path("device_authorization_endpoint");
    let begun = client.post(&path, &[("scope", "openid")]).await;
    assert_eq!(begun.status, 200, "{}", begun.body);
    let begun = begun.json();
    let mut browser = world.ada();
    let url = begun["verification_uri_complete"].as_str().unwrap();
    let page = browser.open(url).await.page();
    browser.submit(&page, &[], Some("allow")).await.page();
    begun["device_code"].as_str().unwrap().to_owned()
}

/// Asks with an assertion about Ada, who lets the app act while she is away.
async fn bearer(world: &World, client: &TestClient) -> Answer {
    let tokens = world.tokens(client, &[("scope", "openid offline_access")]).await;
    let sub = claims_of(&tokens.access_token)["sub"].clone();
    let key = world.key("ES256");
    let assertion = key.assertion(&world.app, &client.id, &json!({"sub": sub}));
    ask(client, BEARER, &[("assertion", &assertion)]).await
}

pub async fn grant_types(world: &World) {
    for grant in world.values("grant_types_supported") {
        let client = app_for(world, &grant).await;
        match grant.as_str() {
            "authorization_code" => {
                let tokens = world.tokens(&client, &[]).await;
                assert_eq!(tokens.refresh_token, None, "this app did not register for refreshes");
            }
            "implicit" => {
                let response = world.respond(&client, &[("response_type", "id_token")]).await;
                assert!(response.members.contains_key("id_token"), "{response:?}");
                // It happens at the authorization endpoint alone
                let told = ask(&client, &grant, &[]).await;
                assert_eq!(told.error(), (400, "unsupported_grant_type".into()));
            }
            "refresh_token" => {
                let tokens = world.tokens(&client, &[]).await;
                assert_eq!(client.refresh(&tokens.refresh_token.unwrap()).await.status, 200);
            }
            "client_credentials" => {
                assert_eq!(ask(&client, &grant, &[]).await.status, 200);
            }
            EXCHANGE => {
                let token = world.tokens(&client, &[]).await.access_token;
                let form = [
                    ("subject_token", token.as_str()),
                    ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
                    ("resource", "https://nobody.example"),
                ];
                // All of it is right, but for a service that the settings open
                let told = ask(&client, &grant, &form).await;
                assert_eq!(told.error(), (400, "invalid_target".into()));
            }
            BEARER => assert_eq!(bearer(world, &client).await.status, 200),
            _ => {
                let code = allowed_device(world, &client).await;
                let tokens = ask(&client, &grant, &[("device_code", &code)]).await.tokens();
                assert!(tokens.id_token.is_some());
            }
        }
    }
    let code_alone = app_for(world, "authorization_code").await;
    for grant in ["refresh_token", "client_credentials", DEVICE, EXCHANGE, BEARER] {
        let told = ask(&code_alone, grant, &[]).await;
        assert_eq!(told.error(), (400, "unauthorized_client".into()), "{grant}");
    }
    let unlisted = [
        "password",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "urn:openid:params:grant-type:ciba",
    ];
    for grant in unlisted {
        let fields = [("username", ADA), ("password", crate::support::PASSWORD)];
        let told = ask(&code_alone, grant, &fields).await;
        assert_eq!(told.error(), (400, "unsupported_grant_type".into()), "{grant}");
    }
    let more = json!({"response_types": []});
    world.refuses_to_register("grant_types", "grant_types_supported", &unlisted, more).await;
}

pub async fn device_authorization_endpoint(world: &World) {
    let client = app_for(world, DEVICE).await;
    let code = allowed_device(world, &client).await;
    let tokens = ask(&client, DEVICE, &[("device_code", &code)]).await.tokens();
    assert_eq!(world.app.userinfo(&tokens.access_token).await.0, 200);
    let other = app_for(world, "authorization_code").await;
    let refused = other.post(&world.path("device_authorization_endpoint"), &[]).await;
    assert_eq!(refused.error(), (400, "unauthorized_client".into()));
}

pub async fn authorization_challenge_endpoint(world: &World) {
    let path = world.path("authorization_challenge_endpoint");
    let own = world.app.add_client("own", json!({"first_party": true, "skip_consent": true})).await;
    let form = [
        ("username", ADA),
        ("password", crate::support::PASSWORD),
        ("scope", "openid"),
        ("nonce", "n"),
    ];
    let code =
        own.post(&path, &form).await.json()["authorization_code"].as_str().unwrap().to_owned();
    let tokens = ask(&own, "authorization_code", &[("code", &code)]).await.tokens();
    assert_eq!(world.app.userinfo(&tokens.access_token).await.0, 200);
    let other = app_for(world, "authorization_code").await;
    assert_eq!(other.post(&path, &form).await.error(), (400, "unauthorized_client".into()));
}
