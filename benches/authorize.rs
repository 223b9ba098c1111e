//! What deciding costs: the rules about an authorization request, and what a session still lacks for it.

#![expect(clippy::expect_used, reason = "a bench that can't begin has nobody to answer to")]

use std::sync::LazyLock;

use divan::{Bencher, black_box};
use hatcheck::config::Settings;
use hatcheck::keys::Sealer;
use hatcheck::model::client::Metadata;
use hatcheck::model::{
    AuthorizationRequest, Client, ClientId, Digest, Interaction, Purpose, Secret, Timestamp,
};
use hatcheck::oidc::authorize::Incoming;
use hatcheck::oidc::authorize::rules::{self, People, id_token_hint::Hint};
use hatcheck::session;
use serde_json::json;

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

static SEALER: LazyLock<Sealer> = LazyLock::new(|| Sealer::new(&Secret::new([7; 32])));

const QUERY: &str = "client_id=notes&redirect_uri=https%3A%2F%2Frp.example%2Fcb&response_type=code\
    &scope=openid+profile+email&state=af0ifjsldkj&nonce=n-0S6_WzA2Mj&code_challenge_method=S256\
    &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&ui_locales=de+en&max_age=3600";

fn main() {
    divan::main();
}

fn client() -> Client {
    let members = json!({"redirect_uris": ["https://rp.example/other", "https://rp.example/cb"]});
    let members = members.as_object().expect("an object").clone();
    Client {
        id: ClientId::parse("notes").expect("a client_id"),
        metadata: Metadata::from_json(members).expect("metadata"),
        secrets: Vec::new(),
        created_at: NOW,
        updated_at: NOW,
    }
}

fn settings() -> Settings {
    let text = "issuer = \"https://id.example\"";
    Settings::parse(text, std::path::Path::new("")).expect("settings")
}

fn judged(client: &Client, settings: &Settings) -> AuthorizationRequest {
    let incoming = Incoming::parse(black_box(QUERY.as_bytes())).expect("parameters");
    let redirect_uri = rules::redirect_uri::judge(&incoming, client).expect("the registered one");
    let people = People { hint: Hint::Absent, sealer: &SEALER };
    rules::judge(&incoming, client, &redirect_uri, people, settings).expect("a good request")
}

#[divan::bench]
fn judge_a_request(bencher: Bencher<'_, '_>) {
    let (client, settings) = (client(), settings());
    bencher.bench_local(|| judged(&client, &settings));
}

#[divan::bench]
fn see_what_is_missing(bencher: Bencher<'_, '_>) {
    let (client, settings) = (client(), settings());
    let interaction = Interaction {
        purpose: Purpose::Authorize(Box::new(judged(&client, &settings))),
        started_at: NOW,
        browser: Digest::of("browser"),
        session: None,
        progress: hatcheck::model::Progress::default(),
    };
    bencher
        .bench_local(|| session::missing(black_box(&interaction), None, Some(&client), None, NOW));
}
