//! `grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer`: RFC 7523 section 2.1.

use serde_json::{Value, json};

use crate::both;
use crate::support::client::claims_of;
use crate::support::key::ClientKey;
use crate::support::*;

const ADA: &str = "ada@example.org";
const GRACE: &str = "grace@example.org";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const OFFLINE: [(&str, &str); 1] = [("scope", "openid email offline_access")];

/// A service with a key, and the key.
async fn service(app: &TestApp, more: Value) -> (TestClient, ClientKey) {
    let key = ClientKey::new("ES256", "one");
    let mut members = json!({
        "grant_types": ["authorization_code", "refresh_token", "client_credentials", GRANT],
        "scope": "openid email offline_access",
        "jwks": key.set(),
    });
    for (name, value) in more.as_object().unwrap() {
        members[name] = value.clone();
    }
    (app.add_client("nightly", members).await, key)
}

/// Ada's tokens at the service, and what it calls her.
async fn allowed(app: &TestApp, client: &TestClient) -> (Tokens, String) {
    let code = app.authorize(&mut app.browser(), client, ADA, &OFFLINE).await;
    let tokens = client.redeem(&code).await.tokens();
    let sub = claims_of(tokens.id_token.as_ref().unwrap())["sub"].as_str().unwrap().to_owned();
    (tokens, sub)
}

async fn bring(client: &TestClient, assertion: &str, more: &[(&str, &str)]) -> Answer {
    let form = [("grant_type", GRANT), ("assertion", assertion)];
    client.post("/token", &[&form, more].concat()).await
}

both! {
    async fn rfc_7523_2_1_a_service_acts_for_who_lets_it_and_not_after_that(app: TestApp) {
        let (client, key) = service(&app, json!({})).await;
        let (tokens, sub) = allowed(&app, &client).await;
        let assertion = || key.assertion(&app, &client.id, &json!({"sub": sub}));
        let answer = bring(&client, &assertion(), &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let given = answer.json();
        assert_eq!(given["scope"], "email openid");
        assert!(given.get("refresh_token").is_none() && given.get("id_token").is_none(), "{given}");
        let token = given["access_token"].as_str().unwrap().to_owned();
        let (status, told) = app.userinfo(&token).await;
        assert_eq!((status, &told["sub"]), (200, &json!(sub)));
        let narrow = bring(&client, &assertion(), &[("scope", "email")]).await.json();
        assert_eq!(narrow["scope"], "email");
        let more = bring(&client, &assertion(), &[("scope", "email profile")]).await;
        assert_eq!(more.error(), (400, "invalid_scope".into()));

        let refresh = tokens.refresh_token.unwrap();
        assert_eq!(client.post("/revoke", &[("token", &refresh)]).await.status, 200);
        assert_eq!(bring(&client, &assertion(), &[]).await.error(), (400, "invalid_grant".into()));
        assert_eq!(app.userinfo(&token).await.0, 401, "what it got ended with it");
    }

    async fn rfc_7523_3_nobody_else_and_nothing_else_brings_a_token(app: TestApp) {
        let (client, key) = service(&app, json!({})).await;
        let (_, sub) = allowed(&app, &client).await;
        let now = app.app.now().seconds();
        let grace = app.person(GRACE).await.id.to_string();
        for change in [
            json!({"sub": grace}),
            json!({"sub": ADA}),
            json!({"sub": ""}),
            json!({"sub": 7}),
            json!({"sub": "x".repeat(5_000)}),
            json!({"sub": sub, "iss": "notes"}),
            json!({"sub": sub, "iss": null}),
            json!({"sub": sub, "aud": "https://other.example"}),
            json!({"sub": sub, "aud": [app.issuer, "https://other.example"]}),
            json!({"sub": sub, "aud": null}),
            json!({"sub": sub, "exp": now - 61}),
            json!({"sub": sub, "exp": now + 7_200}),
            json!({"sub": sub, "exp": null}),
            json!({"sub": sub, "iat": now + 120}),
            json!({"sub": sub, "nbf": now + 120}),
            json!({"sub": sub, "jti": ""}),
        ] {
            let answer = bring(&client, &key.assertion(&app, &client.id, &change), &[]).await;
            assert_eq!(answer.error(), (400, "invalid_grant".into()), "{change}: {}", answer.body);
        }
        let forged = ClientKey::new("ES256", "one").assertion(&app, &client.id, &json!({"sub": sub}));
        let good = key.assertion(&app, &client.id, &json!({"sub": sub}));
        for bad in [forged.as_str(), "x", "a.b.c", &good[1..]] {
            let answer = bring(&client, bad, &[]).await;
            assert_eq!(answer.error(), (400, "invalid_grant".into()), "{bad}");
        }
        let none = client.post("/token", &[("grant_type", GRANT)]).await;
        assert_eq!(none.error(), (400, "invalid_request".into()));
        let twice = bring(&client, &good, &[("assertion", &good)]).await;
        assert_eq!(twice.error(), (400, "invalid_request".into()));
        // Another client's assertion, brought by one that may use the grant
        let other = app.add_client("other", json!({"grant_types": ["authorization_code", GRANT], "jwks": key.set()})).await;
        assert_eq!(bring(&other, &good, &[]).await.error(), (400, "invalid_grant".into()));
        assert_eq!(bring(&client, &good, &[]).await.status, 200, "and it was not spent by that");
    }

    async fn rfc_7523_3_an_assertion_is_good_once_whatever_races(app: TestApp) {
        let (client, key) = service(&app, json!({})).await;
        let (_, sub) = allowed(&app, &client).await;
        let assertion = key.assertion(&app, &client.id, &json!({"sub": sub}));
        let tries = futures_util::future::join_all((0..20).map(|_| bring(&client, &assertion, &[])));
        let good = tries.await.into_iter().filter(|answer| answer.status == 200).count();
        assert_eq!(good, 1);
    }

    async fn a_service_speaks_for_itself_and_of_people_by_its_own_names(app: TestApp) {
        let (client, key) = service(&app, json!({"subject_type": "pairwise"})).await;
        let (_, sub) = allowed(&app, &client).await;
        let public = app.person(ADA).await.id.to_string();
        assert_ne!(sub, public);
        let assert = |sub: &str| key.assertion(&app, &client.id, &json!({"sub": sub}));
        let told = bring(&client, &assert(&sub), &[]).await.json();
        assert_eq!(claims_of(told["access_token"].as_str().unwrap())["sub"], json!(sub));
        assert_eq!(bring(&client, &assert(&public), &[]).await.error().1, "invalid_grant");
        let own = bring(&client, &assert(&client.id), &[]).await.json();
        assert_eq!(claims_of(own["access_token"].as_str().unwrap())["sub"], json!("nightly"));
    }
}
