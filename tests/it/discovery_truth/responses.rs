//! What comes back from the authorization endpoint, and how.

use serde_json::json;

use super::world::World;
use crate::support::responses::TYPES;
use crate::support::{Response, TestClient};

/// What a response type brings: the names in it, where `token` is an access token.
fn brings(response_type: &str, response: &Response) {
    for (word, member) in [("code", "code"), ("id_token", "id_token"), ("token", "access_token")] {
        let named = response_type.split(' ').any(|each| each == word);
        let told = response.members.contains_key(member);
        assert_eq!(named, told, "{response_type}: {member} in {response:?}");
    }
    assert_eq!(response.get("state"), "the state", "{response:?}");
}

/// The error that an app is told.
pub async fn error(world: &World, client: &TestClient, more: &[(&str, &str)]) -> String {
    world.respond(client, more).await.get("error").to_owned()
}

pub async fn response_types(world: &World) {
    let client = world.register(json!({})).await;
    for response_type in world.values("response_types_supported") {
        for mode in world.values("response_modes_supported") {
            let more =
                [("response_type", response_type.as_str()), ("response_mode", mode.as_str())];
            let response = world.respond(&client, &more).await;
            if mode == "query" && response_type.contains("token") {
                // Multiple Response Types section 3.0.1 and onward: tokens never stand in a query
                assert_eq!(response.get("error"), "invalid_request", "{response_type} {mode}");
                continue;
            }
            assert_eq!(response.mode, mode, "{response_type}");
            brings(&response_type, &response);
        }
    }
    let listed = |each: &&str| world.lists("response_types_supported", each);
    let all = TYPES.into_iter().chain(["token", "device", "code device"]);
    let unlisted: Vec<_> = all.filter(|each| !listed(each)).collect();
    for response_type in &unlisted {
        let told = error(world, &client, &[("response_type", response_type)]).await;
        assert_eq!(told, "unsupported_response_type", "{response_type}");
    }
    let grants = json!({"grant_types": ["authorization_code", "implicit"]});
    if world.lists("grant_types_supported", "implicit") {
        let member = "response_types";
        world.refuses_to_register(member, "response_types_supported", &unlisted, grants).await;
    }
}

pub async fn response_modes(world: &World) {
    let client = world.register(json!({})).await;
    for mode in world.values("response_modes_supported") {
        let response = world.respond(&client, &[("response_mode", &mode)]).await;
        assert_eq!((response.mode, response.get("error")), (mode.as_str(), ""));
    }
    for mode in ["web_message", "jwt", "query.jwt", "Query"] {
        assert!(!world.lists("response_modes_supported", mode));
        let told = error(world, &client, &[("response_mode", mode)]).await;
        assert_eq!(told, "invalid_request", "{mode}");
    }
}

pub async fn iss_parameter(world: &World) {
    assert_eq!(world.document["authorization_response_iss_parameter_supported"], true);
    let client = world.register(json!({})).await;
    for response_type in world.values("response_types_supported") {
        for more in [("extra", "none"), ("max_age", "no number")] {
            let asked = [("response_type", response_type.as_str()), more];
            let response = world.respond(&client, &asked).await;
            assert_eq!(response.members.contains_key("error"), more.0 == "max_age");
            assert_eq!(response.get("iss"), world.app.issuer, "{asked:?}");
        }
    }
}

pub async fn code_challenge_methods(world: &World) {
    let client = world.register(json!({})).await;
    for method in world.values("code_challenge_methods_supported") {
        assert_eq!(method, "S256", "the walk knows no other");
        let response = world.respond(&client, &[("code_challenge_method", &method)]).await;
        assert_eq!(client.redeem(response.get("code")).await.status, 200);
        let response = world.respond(&client, &[("code_challenge_method", &method)]).await;
        let wrong = client.redeem_with(response.get("code"), &"x".repeat(43)).await;
        assert_eq!(wrong.error(), (400, "invalid_grant".into()));
    }
    // Without a method it would be plain (RFC 7636 section 4.3)
    for method in ["plain", "S512", "s256", ""] {
        assert!(!world.lists("code_challenge_methods_supported", method));
        let told = error(world, &client, &[("code_challenge_method", method)]).await;
        assert_eq!(told, "invalid_request", "{method}");
    }
}
