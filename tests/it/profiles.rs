//! Security profiles, from registration to the answer: RFC 9700 section 2.1.2, RFC 7591 section 2.

use reqwest::Method;
use serde_json::{Value, json};

use crate::both_with;
use crate::register::{OPEN, ask};
use crate::support::*;

/// Anybody may register, and who names no profile has `openid`.
const OPENID: [(&str, &str); 3] = [
    OPEN[0],
    ("HATCHECK_SECURITY__PROFILES", "strict,openid"),
    ("HATCHECK_SECURITY__DEFAULT_PROFILE", "openid"),
];
/// Anybody may register, with the profile that there is.
const STRICT: [(&str, &str); 2] = [OPEN[0], ("HATCHECK_SECURITY__PROFILES", "strict")];

async fn register(app: &TestApp, more: &Value) -> Answer {
    let mut members = json!({ "redirect_uris": ["https://rp.example/cb"] });
    members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ask(app, Method::POST, &app.url("/register"), None, Some(&members)).await
}

fn hybrid() -> Value {
    json!({ "response_types": ["code id_token"], "grant_types": ["authorization_code", "implicit"] })
}

/// Which member a refusal names.
fn named(answer: &Answer) -> (u16, String, String) {
    let (status, error) = answer.error();
    let description = answer.json()["error_description"].as_str().unwrap_or_default().to_owned();
    (status, error, description.split(':').next().unwrap_or_default().to_owned())
}

both_with! { &crate::profiles::STRICT;
    async fn aut_03_a_client_cannot_register_what_no_profile_allows(app: TestApp) {
        let refused = |member: &str| (400, "invalid_client_metadata".to_owned(), member.to_owned());
        assert_eq!(named(&register(&app, &hybrid()).await), refused("response_types"));
        assert_eq!(named(&register(&app, &json!({ "profile": "openid" })).await), refused("profile"));
        let implicit = json!({ "grant_types": ["authorization_code", "implicit"] });
        assert_eq!(named(&register(&app, &implicit).await), refused("grant_types"));
        let good = register(&app, &json!({ "profile": "strict" })).await;
        assert_eq!((good.status, &good.json()["profile"]), (201, &json!("strict")));
        // Nor can it change into such a client
        let answer = good.json();
        let url = answer["registration_client_uri"].as_str().unwrap();
        let token = answer["registration_access_token"].as_str();
        let mut change = hybrid();
        change["client_id"] = answer["client_id"].clone();
        change["redirect_uris"] = json!(["https://rp.example/cb"]);
        let changed = ask(&app, Method::PUT, url, token, Some(&change)).await;
        assert_eq!(named(&changed), refused("response_types"));
    }
}

both_with! { &crate::profiles::OPENID;
    async fn core_3_3_a_client_that_names_no_profile_has_the_default_one(app: TestApp) {
        let answer = register(&app, &hybrid()).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let client = app.client(answer.json()["client_id"].as_str().unwrap()).await;
        let more = [("response_type", "code id_token"), ("code_challenge", ""), ("code_challenge_method", "")];
        let url = client.authorization_url(&more);
        let response = app.respond(&mut app.browser(), &url, "ada@example.org").await;
        assert_eq!(response.names(), ["code", "id_token", "iss", "state"]);
        let strict = register(&app, &json!({ "profile": "strict" })).await;
        let strict = app.client(strict.json()["client_id"].as_str().unwrap()).await;
        let bare = [("nonce", ""), ("code_challenge", ""), ("code_challenge_method", "")];
        let refused = Response::of(app.browser().open(&strict.authorization_url(&bare)).await);
        assert_eq!((refused.mode, refused.get("error")), ("query", "invalid_request"));
    }
}
