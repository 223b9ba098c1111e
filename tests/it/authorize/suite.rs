//! Modules of the OpenID certification suite that every response type has to pass, as far as they are about what an
//! answer of the authorization endpoint is good for. The names are those of the modules.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA384, SHA512, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::claims::everything;
use crate::both;
use crate::support::client::{VERIFIER, claims_of, header_of};

const ADA: &str = "ada@example.org";
const WITH_CODE: [&str; 4] = ["code", "code id_token", "code token", "code id_token token"];
const WITH_TOKEN: [&str; 3] = ["id_token token", "code token", "code id_token token"];

/// The standard claims of an answer, without those of the protocol.
fn about_the_person(claims: &Map<String, Value>) -> BTreeSet<String> {
    let protocol = [
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "auth_time",
        "nonce",
        "acr",
        "amr",
        "at_hash",
        "c_hash",
        "sid",
    ];
    let names = claims.keys().map(|name| name.split('#').next().unwrap().to_owned());
    names.filter(|name| !protocol.contains(&name.as_str())).collect()
}

both! {
    async fn oidcc_server_client_secret_post_redeems_codes_of_every_type(app: TestApp) {
        let more = json!({ "token_endpoint_auth_method": "client_secret_post" });
        let client = app.add_openid_client("all", more).await;
        let mut browser = app.browser();
        for response_type in WITH_CODE {
            let url = client.authorization_url(&[("response_type", response_type)]);
            let response = app.respond(&mut browser, &url, ADA).await;
            let fields = [
                ("grant_type", "authorization_code"),
                ("code", response.get("code")),
                ("redirect_uri", client.redirect_uri.as_str()),
                ("code_verifier", VERIFIER),
                ("client_id", client.id.as_str()),
                ("client_secret", client.secret.as_str()),
            ];
            let answer = client.send("/token", None, &fields).await;
            let claims = claims_of(&answer.tokens().id_token.unwrap());
            if let Some(front) = response.members.get("id_token") {
                assert_eq!(claims_of(front)["sub"], claims["sub"], "{response_type}");
            }
        }
    }

    async fn oidcc_userinfo_get_post_header_and_post_body_take_tokens_of_the_browser(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        let mut browser = app.browser();
        for response_type in WITH_TOKEN {
            let url = client.authorization_url(&[("response_type", response_type)]);
            let response = app.respond(&mut browser, &url, ADA).await;
            let token = response.get("access_token");
            let sub = app.person(ADA).await.id.to_string();
            let userinfo = app.url("/userinfo");
            for request in [
                app.http.get(&userinfo).bearer_auth(token),
                app.http.post(&userinfo).bearer_auth(token),
                app.http.post(&userinfo).form(&[("access_token", token)]),
            ] {
                let answer = request.send().await.unwrap();
                assert_eq!(answer.status(), 200, "{response_type}");
                assert_eq!(answer.headers()["content-type"], "application/json");
                let told: Value = answer.json().await.unwrap();
                assert_eq!(told["sub"], sub.as_str());
            }
        }
    }

    async fn oidcc_codereuse_30seconds_ends_what_the_code_and_the_browser_gave(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        let mut browser = app.browser();
        for response_type in WITH_CODE {
            let url = client.authorization_url(&[("response_type", response_type)]);
            let response = app.respond(&mut browser, &url, ADA).await;
            let tokens = client.redeem(response.get("code")).await.tokens();
            app.later(30);
            let again = client.redeem(response.get("code")).await;
            assert_eq!(again.error(), (400, "invalid_grant".into()), "{response_type}");
            let front = response.members.get("access_token");
            for token in front.into_iter().chain([&tokens.access_token]) {
                assert_eq!(app.userinfo(token).await.0, 401, "{response_type}");
            }
        }
    }

    async fn oidcc_scope_modules_every_claim_stands_in_the_id_token_when_it_comes_alone(app: TestApp) {
        app.give_claims(ADA, everything()).await;
        let client = app.add_openid_client("all", json!({})).await;
        let mut browser = app.browser();
        for scope in ["profile", "email", "address", "phone", "profile email address phone"] {
            let scope = format!("openid {scope}");
            let ask = |response_type| client.authorization_url(&[("response_type", response_type), ("scope", &scope)]);
            let alone = app.respond(&mut browser, &ask("id_token"), ADA).await;
            let alone = about_the_person(&claims_of(alone.get("id_token")));
            let beside = app.respond(&mut browser, &ask("id_token token"), ADA).await;
            let userinfo = app.userinfo(beside.get("access_token")).await.1;
            assert_eq!(alone, about_the_person(userinfo.as_object().unwrap()), "{scope}");
            assert!(!alone.is_empty());
            assert!(about_the_person(&claims_of(beside.get("id_token"))).is_empty(), "{scope}");
        }
    }

    async fn oidcc_claims_essential_a_name_in_the_id_token_where_it_is_asked_for(app: TestApp) {
        let client = app.add_openid_client("all", json!({})).await;
        let mut browser = app.browser();
        for (response_type, member) in [
            ("id_token", "id_token"), ("id_token token", "userinfo"), ("code id_token", "userinfo"),
            ("code token", "userinfo"), ("code id_token token", "userinfo"), ("code", "userinfo"),
        ] {
            let mut asked = json!({});
            asked[member] = json!({ "name": { "essential": true } });
            let asked = asked.to_string();
            let more = [("response_type", response_type), ("scope", "openid"), ("claims", &asked)];
            let response = app.respond(&mut browser, &client.authorization_url(&more), ADA).await;
            let mut tokens = Vec::from_iter(response.members.get("id_token").cloned());
            let mut access = response.members.get("access_token").cloned();
            if let Some(code) = response.members.get("code") {
                let redeemed = client.redeem(code).await.tokens();
                tokens.extend(redeemed.id_token);
                access = Some(redeemed.access_token);
            }
            for token in tokens {
                let name = claims_of(&token).get("name").cloned();
                assert_eq!(name.is_some(), response_type == "id_token", "{response_type}");
            }
            if let Some(access) = access {
                assert_eq!(app.userinfo(&access).await.1["name"], "Ada Lovelace", "{response_type}");
            }
        }
    }

    async fn core_3_3_2_11_hashes_are_those_of_the_id_tokens_algorithm(app: TestApp) {
        let mut browser = app.browser();
        for (algorithm, hash) in [("ES384", &SHA384), ("EdDSA", &SHA512)] {
            let more = json!({ "id_token_signed_response_alg": algorithm, "skip_consent": true });
            let client = app.add_openid_client(&algorithm.to_lowercase(), more).await;
            let url = client.authorization_url(&[("response_type", "code id_token token")]);
            let response = app.respond(&mut browser, &url, ADA).await;
            let token = response.get("id_token");
            assert_eq!(header_of(token)["alg"], algorithm);
            for (name, of) in [("c_hash", "code"), ("at_hash", "access_token")] {
                let full = digest(hash, response.get(of).as_bytes());
                let half = &full.as_ref()[..full.as_ref().len() / 2];
                assert_eq!(claims_of(token)[name], URL_SAFE_NO_PAD.encode(half), "{algorithm} {name}");
            }
        }
    }
}
