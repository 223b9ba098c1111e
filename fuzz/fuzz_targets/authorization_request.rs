//! An authorization request (OpenID Connect Core section 3.1.2.1), of a client that may do everything.
#![no_main]

use std::sync::LazyLock;

use hatcheck::model::client::Metadata;
use hatcheck::model::{Client, ClientId, Timestamp};
use hatcheck::oidc::authorize::Incoming;
use hatcheck::oidc::authorize::rules::{self, id_token_hint::Hint};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let members = json!({
        "redirect_uris": ["https://rp.example/cb"], "profile": "openid",
        "grant_types": ["authorization_code", "implicit", "refresh_token"],
        "response_types": ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"],
    });
    let metadata = Metadata::from_json(members.as_object().expect("an object").clone());
    Client {
        id: ClientId::parse("notes").expect("a client_id"),
        metadata: metadata.expect("metadata"),
        secrets: Vec::new(),
        created_at: Timestamp::from_seconds(0),
        updated_at: Timestamp::from_seconds(0),
    }
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(incoming) = Incoming::parse(bytes) else { return };
    let _ = incoming.shown();
    let Ok(redirect_uri) = rules::redirect_uri::judge(&incoming, &CLIENT) else { return };
    let _ = rules::judge(&incoming, &CLIENT, &redirect_uri, Hint::Absent);
});
