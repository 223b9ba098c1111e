//! An authorization request (OpenID Connect Core section 3.1.2.1), of a client that may do everything.

use std::path::Path;
use std::sync::LazyLock;

use hatcheck::config::Settings;
use hatcheck::keys::Sealer;
use hatcheck::model::client::Metadata;
use hatcheck::model::{Client, ClientId, Secret, Timestamp};
use hatcheck::oidc::authorize::Incoming;
use hatcheck::oidc::authorize::rules::{self, People, id_token_hint::Hint};
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

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    let text = "issuer = \"https://id.example\"\n[security]\nprofiles = [\"strict\", \"openid\"]";
    Settings::parse(text, Path::new("")).expect("settings")
});

static SEALER: LazyLock<Sealer> = LazyLock::new(|| Sealer::new(&Secret::new([7; 32])));

/// Feeds it to the parser.
pub fn read(bytes: &[u8]) {
    let Ok(incoming) = Incoming::parse(bytes) else { return };
    let _ = incoming.shown();
    let Ok(redirect_uri) = rules::redirect_uri::judge(&incoming, &CLIENT) else { return };
    let people = People { hint: Hint::Absent, sealer: &SEALER };
    let _ = rules::judge(&incoming, &CLIENT, &redirect_uri, people, &SETTINGS);
}
