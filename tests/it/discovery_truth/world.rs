//! The server that is walked through, and apps that register themselves at it as its document says.

use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::Method;
use serde_json::{Value, json};

use crate::authorize::claims::everything;
use crate::register::{ask, invite};
use crate::support::jose::AppKeys;
use crate::support::key::ClientKey;
use crate::support::peer::{self, Peer};
use crate::support::*;

pub const ADA: &str = "ada@example.org";
pub const GRACE: &str = "grace@example.org";
/// An API with a scope of its own.
pub const API: &str = "https://notes.example/api";

const OFFERED: &str = r#"
[registration]
mode = "open"
scopes = ["hat", "notes:read", "groups", "roles", "permissions"]
[brand]
privacy_url = "https://hat.example/privacy"
terms_url = "https://hat.example/terms"
[scopes.hat]
description = "Know the address of your HAT"
claims = ["hat_domain"]
[scopes."notes:read"]
description = "Read your notes"
[resources."https://notes.example/api"]
scopes = ["notes:read"]
"#;

/// A server, its discovery document, and what apps bring.
pub struct World {
    pub app: TestApp,
    pub document: Value,
    pub peer: Peer,
    pub keys: AppKeys,
    signing: Vec<ClientKey>,
    ada: Browser,
    invitation: String,
    apps: AtomicU32,
}

impl World {
    /// One that offers all there is.
    pub async fn open(backend: Backend) -> Self {
        let more = format!(
            "[outgoing]\nallowed_networks = [\"127.0.0.0/8\"]\nextra_ca = {:?}\n",
            peer::AUTHORITY
        );
        Self::of(TestApp::start_with_file(backend, &format!("{OFFERED}{more}")).await).await
    }

    /// One for clients of the profile `strict` alone.
    pub async fn strict() -> Self {
        let settings =
            [("HATCHECK_REGISTRATION__MODE", "open"), ("HATCHECK_SECURITY__PROFILES", "strict")];
        Self::of(TestApp::start_with(Backend::Sqlite, &settings).await).await
    }

    async fn of(app: TestApp) -> Self {
        let mut known = everything();
        known["hat_domain"] = json!("ada.hat.example");
        known["nickname#en"] = json!("Countess of Lovelace");
        app.give_claims(ADA, known).await;
        Self {
            document: app.get("/.well-known/openid-configuration").await.json(),
            peer: Peer::start().await,
            keys: AppKeys::new(),
            signing: signing_keys(),
            ada: app.signed_in(ADA).await,
            invitation: invite(&app, None).await,
            apps: AtomicU32::new(0),
            app,
        }
    }

    /// The values of a member that is a list.
    #[track_caller]
    pub fn values(&self, member: &str) -> Vec<String> {
        let values = self.document[member].as_array().unwrap_or_else(|| panic!("{member}"));
        values.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
    }

    /// Whether a list has this value.
    pub fn lists(&self, member: &str, value: &str) -> bool {
        self.values(member).iter().any(|listed| listed == value)
    }

    /// The path of a URL of the document, which is one of the server's.
    #[track_caller]
    pub fn path(&self, member: &str) -> String {
        let url = self.document[member].as_str().unwrap_or_else(|| panic!("{member}"));
        url.strip_prefix(&self.app.issuer).unwrap_or_else(|| panic!("{member}: {url}")).to_owned()
    }

    /// A browser in which Ada is signed in.
    pub fn ada(&self) -> Browser {
        self.ada.clone()
    }

    /// The key with which apps sign by this algorithm.
    #[track_caller]
    pub fn key(&self, algorithm: &str) -> ClientKey {
        match self.signing.iter().find(|key| key.is_for(algorithm)) {
            Some(key) => key.with_algorithm(algorithm),
            None => panic!("no app signs with {algorithm}: add a key to the walk"),
        }
    }

    /// What the server says to a registration; `more` replaces members.
    pub async fn try_register(&self, more: &Value) -> Answer {
        let number = self.apps.fetch_add(1, Ordering::Relaxed);
        let mut keys = self.keys.jwks();
        let list = keys["keys"].as_array_mut().unwrap();
        list.extend(self.signing.iter().map(ClientKey::public));
        let mut members = json!({
            "client_name": format!("app {number}"),
            "redirect_uris": [format!("https://app{number}.example/cb")],
            "post_logout_redirect_uris": [format!("https://app{number}.example/out")],
            "response_types": self.values("response_types_supported"),
            "grant_types": ["authorization_code", "refresh_token"],
            "scope": "openid profile email phone address offline_access",
            "jwks": keys,
        });
        if self.lists("grant_types_supported", "implicit") {
            members["grant_types"].as_array_mut().unwrap().push(json!("implicit"));
            members["profile"] = json!("openid");
        }
        for (name, value) in more.as_object().unwrap() {
            members[name] = value.clone();
        }
        let url = self.document["registration_endpoint"].as_str().unwrap();
        ask(&self.app, Method::POST, url, Some(&self.invitation), Some(&members)).await
    }

    /// An app that registers itself so.
    pub async fn register(&self, more: Value) -> TestClient {
        let answer = self.try_register(&more).await;
        assert_eq!(answer.status, 201, "{more}: {}", answer.body);
        let registered = answer.json();
        for (name, value) in more.as_object().unwrap() {
            assert_eq!(
                words(&registered[name]),
                words(value),
                "what was registered is told: {name}"
            );
        }
        let mut client = self.app.client(registered["client_id"].as_str().unwrap()).await;
        registered["client_secret"].as_str().unwrap_or_default().clone_into(&mut client.secret);
        client
    }

    /// None of these is listed, and none can be registered as this member; `more` is registered beside.
    pub async fn refuses_to_register(
        &self,
        member: &str,
        list: &str,
        values: &[&str],
        more: Value,
    ) {
        for value in values {
            assert!(!self.lists(list, value), "{list} has {value}");
            let is_list = ["response_types", "grant_types"].contains(&member);
            let mut members = more.clone();
            members[member] = if is_list { json!([value]) } else { json!(value) };
            let answer = self.try_register(&members).await;
            assert_eq!(answer.error(), (400, "invalid_client_metadata".into()), "{member} {value}");
            let told = answer.json()["error_description"].as_str().unwrap().to_owned();
            assert!(told.starts_with(member), "{member} {value}: {told}");
        }
    }

    /// Ada's answer to an app, from a browser in which she is signed in; she allows what is asked for.
    pub async fn respond(&self, client: &TestClient, more: &[(&str, &str)]) -> Response {
        self.app.respond(&mut self.ada(), &client.authorization_url(more), ADA).await
    }

    /// The tokens of a code flow.
    pub async fn tokens(&self, client: &TestClient, more: &[(&str, &str)]) -> Tokens {
        let response = self.respond(client, more).await;
        assert!(response.members.contains_key("code"), "{more:?}: {response:?}");
        client.redeem(response.get("code")).await.tokens()
    }

    /// The claims of what the server signed with this algorithm, verified by its published keys.
    pub async fn verified(&self, token: &str, algorithm: &str) -> Value {
        assert_eq!(client::header_of(token)["alg"], algorithm);
        let mut party = RelyingParty::new(&self.app.http, &self.app.issuer);
        party.fetch(0).await;
        Value::Object(party.verify(token).unwrap())
    }
}

/// A value, or the words of a text in whatever order.
fn words(value: &Value) -> Value {
    let Some(text) = value.as_str() else { return value.clone() };
    let mut words: Vec<_> = text.split(' ').collect();
    words.sort_unstable();
    json!(words)
}

fn signing_keys() -> Vec<ClientKey> {
    ["RS256", "ES256", "ES384", "ES512", "EdDSA"]
        .map(|algorithm| ClientKey::new(algorithm, &format!("signs-{algorithm}")))
        .into()
}
