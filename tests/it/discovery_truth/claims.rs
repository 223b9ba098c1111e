//! What is told about people, and under which names.

use std::collections::BTreeSet;

use hatcheck::model::{Entitlement, EntitlementName};
use serde_json::{Map, Value, json};

use super::world::{API, World};
use crate::support::TestClient;
use crate::support::client::claims_of;

/// An app that may ask for every scope.
async fn curious(world: &World) -> TestClient {
    let scopes = world.values("scopes_supported").join(" ");
    let client = world.register(json!({"scope": scopes})).await;
    let name = |text| EntitlementName::parse(text).unwrap();
    let at = client.id.clone();
    let held = [
        Entitlement::Group(name("staff")),
        Entitlement::Role { at: at.clone(), name: name("editor") },
        Entitlement::Permission { at, name: name("print") },
    ];
    world.app.entitle(super::world::ADA, &held, &[]).await;
    client
}

/// What an app is told: the claims of the ID token, and userinfo.
async fn told(world: &World, client: &TestClient, more: &[(&str, &str)]) -> (Value, Value) {
    let tokens = world.tokens(client, more).await;
    let (status, userinfo) = world.app.userinfo(&tokens.access_token).await;
    assert_eq!(status, 200);
    (Value::Object(claims_of(&tokens.id_token.unwrap())), userinfo)
}

pub async fn scopes(world: &World) {
    let client = curious(world).await;
    for scope in world.values("scopes_supported") {
        if scope == "notes:read" {
            let more = [("scope", "openid notes:read"), ("resource", API)];
            let tokens = world.tokens(&client, &more).await;
            assert_eq!(tokens.scope, scope);
            assert_eq!(claims_of(&tokens.access_token)["aud"], json!([API]));
            continue;
        }
        let tokens = world.tokens(&client, &[("scope", &format!("openid {scope}"))]).await;
        assert!(tokens.scope.split(' ').any(|granted| granted == scope), "{scope}");
        assert!(tokens.refresh_token.is_some() || scope != "offline_access", "{scope}");
        let (_, userinfo) = world.app.userinfo(&tokens.access_token).await;
        for (name, of) in [
            ("name", "profile"),
            ("email", "email"),
            ("phone_number", "phone"),
            ("address", "address"),
            ("hat_domain", "hat"),
            ("groups", "groups"),
            ("roles", "roles"),
            ("permissions", "permissions"),
        ] {
            assert_eq!(userinfo.get(name).is_some(), scope == of, "{scope}: {name}");
        }
    }
    let asked = [("scope", "openid admin")];
    assert_eq!(world.tokens(&client, &asked).await.scope, "openid", "it is left out");
    let list = "scopes_supported";
    world.refuses_to_register("scope", list, &["admin", "openid2", "email.read"], json!({})).await;
}

/// The `claims` parameter that asks for these names in both places.
fn asking<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let wanted: Map<_, _> = names.map(|name| (name.to_owned(), Value::Null)).collect();
    json!({"id_token": wanted, "userinfo": wanted}).to_string()
}

pub async fn claims(world: &World) {
    let client = curious(world).await;
    let listed = world.values("claims_supported");
    let unlisted = ["shoe_size", "password", "totp", "admin", "entitlements"];
    let asked = asking(listed.iter().map(String::as_str).chain(unlisted));
    let (id_token, userinfo) =
        told(world, &client, &[("scope", "openid"), ("claims", &asked)]).await;
    let of_tokens = ["iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid"];
    for name in &listed {
        assert!(id_token.get(name).is_some(), "{name} in the ID token {id_token}");
        let about_tokens = of_tokens.contains(&name.as_str());
        assert_eq!(userinfo.get(name).is_some(), !about_tokens, "{name} in {userinfo}");
    }
    for name in unlisted {
        assert!(!listed.iter().any(|each| each == name), "{name}");
        assert!(id_token.get(name).is_none() && userinfo.get(name).is_none(), "{name}");
    }
    // And with every scope nothing comes that is not listed
    let all = world.values("scopes_supported").join(" ");
    let (_, userinfo) = told(world, &client, &[("scope", &all)]).await;
    let base = |name: &str| name.split('#').next().unwrap().to_owned();
    let names: BTreeSet<_> = userinfo.as_object().unwrap().keys().map(|name| base(name)).collect();
    let beyond: Vec<_> = names.iter().filter(|name| !listed.contains(name)).collect();
    assert!(beyond.is_empty(), "told and not listed: {beyond:?}");
}

pub async fn claims_parameter(world: &World) {
    assert_eq!(world.document["claims_parameter_supported"], true);
    let client = curious(world).await;
    let asked = json!({"id_token": {"nickname": null}, "userinfo": {"email": {"essential": true}}});
    let asked = asked.to_string();
    let (id_token, userinfo) =
        told(world, &client, &[("scope", "openid"), ("claims", &asked)]).await;
    assert!(id_token.get("nickname").is_some() && id_token.get("email").is_none());
    assert!(userinfo.get("email").is_some() && userinfo.get("nickname").is_none());
    let error = super::responses::error(world, &client, &[("claims", "[]")]).await;
    assert_eq!(error, "invalid_request");
}

pub async fn claim_types(world: &World) {
    assert_eq!(world.values("claim_types_supported"), ["normal"]);
    let client = curious(world).await;
    let asked = asking(["_claim_names", "_claim_sources"].into_iter());
    let (id_token, userinfo) = told(world, &client, &[("claims", &asked)]).await;
    // Neither aggregated nor distributed claims (OpenID Connect Core section 5.6.2)
    for told in [id_token, userinfo] {
        assert!(told.get("_claim_names").is_none() && told.get("_claim_sources").is_none());
    }
}

pub async fn claims_locales(world: &World) {
    let client = curious(world).await;
    let ada = world.app.person(super::world::ADA).await;
    let known = |name: &str| ada.claims.get(name).cloned().unwrap_or_default();
    for locale in world.values("claims_locales_supported") {
        let more = [("scope", "openid profile"), ("claims_locales", locale.as_str())];
        let (_, userinfo) = told(world, &client, &more).await;
        let tagged = known(&format!("nickname#{locale}"));
        assert!(tagged.is_string(), "the walk's Ada has a nickname in {locale}");
        assert_eq!(userinfo["nickname"], tagged, "{locale}");
    }
    assert!(!world.lists("claims_locales_supported", "fr"));
    let more = [("scope", "openid profile"), ("claims_locales", "fr")];
    let (_, userinfo) = told(world, &client, &more).await;
    assert_eq!(userinfo["nickname"], known("nickname"), "a language that is not known is no error");
}

pub async fn subject_types(world: &World) {
    let mut subs = BTreeSet::new();
    for subject_type in world.values("subject_types_supported") {
        let mut of_this_type = Vec::new();
        for _ in 0..2 {
            let client = world.register(json!({"subject_type": subject_type})).await;
            let (id_token, userinfo) = told(world, &client, &[]).await;
            assert_eq!(id_token["sub"], userinfo["sub"]);
            of_this_type.push(id_token["sub"].as_str().unwrap().to_owned());
        }
        let same = of_this_type[0] == of_this_type[1];
        assert_eq!(same, subject_type == "public", "{subject_type}: {of_this_type:?}");
        subs.extend(of_this_type);
    }
    assert_eq!(subs.len(), 3, "one public name, and one for each of the two others");
    let unlisted = ["ephemeral", "transient"];
    let list = "subject_types_supported";
    world.refuses_to_register("subject_type", list, &unlisted, json!({})).await;
}
