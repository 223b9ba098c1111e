//! What everybody may read: discovery and the key set.

use super::*;

#[actix_web::test]
async fn pain_3_discovery_is_the_same_whatever_the_request_says() {
    let world = World::new().await;
    let get = || TestRequest::get().uri("/.well-known/openid-configuration");
    let plain = world.call(get()).await;
    let strange = get()
        .insert_header(("Host", "evil.example"))
        .insert_header(("X-Forwarded-Host", "evil.example"))
        .insert_header(("X-Forwarded-Proto", "http"))
        .insert_header(("Forwarded", "host=evil.example;proto=http"));
    assert_eq!(world.call(strange).await.body, plain.body);
    assert_eq!(plain.header("content-type"), Some("application/json"));
    assert_eq!(plain.header("access-control-allow-origin"), Some("*"));
    for (name, value) in plain.json().as_object().unwrap() {
        if name.ends_with("_endpoint") || name == "jwks_uri" || name == "issuer" {
            assert!(value.as_str().unwrap().starts_with(ISSUER), "{name}");
        }
    }
    assert_eq!(plain.json()["issuer"], ISSUER);
}

#[actix_web::test]
async fn rfc_9110_13_both_documents_are_known_by_their_tags() {
    let world = World::new().await;
    for path in ["/.well-known/openid-configuration", "/jwks"] {
        let found = world.call(TestRequest::get().uri(path)).await;
        assert_eq!(found.status, 200);
        assert_eq!(found.header("cache-control"), Some("public, max-age=3600"));
        let etag = found.header("etag").unwrap().to_owned();
        let known = TestRequest::get().uri(path).insert_header(("If-None-Match", etag));
        let known = world.call(known).await;
        assert_eq!((known.status, known.body.len()), (304, 0));
        let post = world.call(TestRequest::post().uri(path)).await;
        assert_eq!((post.status, post.header("allow")), (405, Some("GET, HEAD")));
    }
}

#[actix_web::test]
async fn key_02_the_key_set_holds_public_keys_alone() {
    let world = World::new().await;
    let set = world.call(TestRequest::get().uri("/jwks")).await.json();
    let keys = set["keys"].as_array().unwrap();
    assert!(keys.len() >= 2);
    for key in keys {
        for member in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key.get(member).is_none(), "{member}");
        }
        assert!(key["kid"].is_string());
    }
}

#[actix_web::test]
async fn aut_03_what_the_profiles_do_not_allow_is_not_advertised() {
    let told = |world: World| async move {
        let get = TestRequest::get().uri("/.well-known/openid-configuration");
        world.call(get).await.json()
    };
    let strict = told(World::new().await).await;
    assert_eq!(strict["response_types_supported"], json!(["code"]));
    assert_eq!(strict["response_modes_supported"], json!(["query", "fragment", "form_post"]));
    assert!(!strict["grant_types_supported"].as_array().unwrap().contains(&json!("implicit")));
    let both = "[security]\nprofiles = [\"strict\", \"openid\"]";
    let open = told(World::with(TestStore::sqlite(), both).await).await;
    let all = ["code", "id_token", "id_token token", "code id_token", "code token"];
    let types = open["response_types_supported"].as_array().unwrap();
    for each in all.into_iter().chain(["code id_token token", "none"]) {
        assert!(types.contains(&json!(each)), "{each}");
    }
    assert!(open["grant_types_supported"].as_array().unwrap().contains(&json!("implicit")));
}
