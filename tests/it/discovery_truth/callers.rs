//! How apps prove who they are, at each endpoint that asks.

use serde_json::{Value, json};

use super::world::World;
use crate::support::client::VERIFIER;
use crate::support::key::{assertion_claims, hmac_signed};
use crate::support::{Answer, TestClient, jose};

const BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Methods that other servers have.
const UNLISTED_METHODS: [&str; 4] =
    ["tls_client_auth", "self_signed_tls_client_auth", "attest_jwt_client_auth", "basic"];
const UNLISTED_ALGORITHMS: [&str; 4] = ["none", "HS1", "RS1", "ES256K"];

type Fields = Vec<(&'static str, String)>;

/// An app that authenticates so.
async fn registered(world: &World, method: &str, more: &Value) -> TestClient {
    let mut members = json!({
        "token_endpoint_auth_method": method,
        "grant_types": ["authorization_code", "implicit", "refresh_token", DEVICE],
    });
    members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.register(members).await
}

/// An app that was given no secret tries one that it made up.
fn secret_of(client: &TestClient) -> &str {
    let made_up = "a secret that nobody gave to anybody, as long as any of these has to be";
    if client.secret.is_empty() { made_up } else { &client.secret }
}

/// An assertion of this app with this algorithm, by its key or by its secret.
fn assertion(world: &World, client: &TestClient, algorithm: &str) -> String {
    let claims = assertion_claims(&world.app, &client.id, &json!({}));
    if algorithm.starts_with("HS") {
        return hmac_signed(algorithm, secret_of(client), &claims);
    }
    world.key(algorithm).sign("JWT", &claims)
}

/// Posts with an assertion.
async fn assert(client: &TestClient, path: &str, jwt: &str, fields: &Fields) -> Answer {
    let mut all: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    all.extend([("client_assertion_type", BEARER), ("client_assertion", jwt)]);
    client.send(path, None, &all).await
}

/// Posts as an app that authenticates in this way.
async fn call(
    world: &World,
    client: &TestClient,
    method: &str,
    path: &str,
    fields: &Fields,
) -> Answer {
    let mut all: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let basic = (client.id.as_str(), secret_of(client));
    match method {
        "client_secret_basic" => return client.send(path, Some(basic), &all).await,
        "client_secret_post" => all.push(("client_secret", basic.1)),
        "client_secret_jwt" => {
            return assert(client, path, &assertion(world, client, "HS256"), fields).await;
        }
        "private_key_jwt" => {
            return assert(client, path, &assertion(world, client, "ES256"), fields).await;
        }
        "none" => {}
        other => panic!("the walk does not know the method {other}"),
    }
    all.push(("client_id", basic.0));
    client.send(path, None, &all).await
}

/// What is asked for at an endpoint, so that a good answer follows.
async fn wanted(world: &World, client: &TestClient, path: &str) -> Fields {
    match path {
        "/token" => vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", world.respond(client, &[]).await.get("code").to_owned()),
            ("redirect_uri", client.redirect_uri.clone()),
            ("code_verifier", VERIFIER.to_owned()),
        ],
        "/par" => vec![
            ("response_type", "code".to_owned()),
            ("redirect_uri", client.redirect_uri.clone()),
            ("scope", "openid".to_owned()),
            ("code_challenge", crate::support::client::CHALLENGE.to_owned()),
            ("code_challenge_method", "S256".to_owned()),
        ],
        "/device-authorization" => vec![("scope", "openid".to_owned())],
        _ => vec![("token", "a token that nobody knows".to_owned())],
    }
}

/// Each method of the list works at these endpoints for apps that registered it, and no other does.
async fn methods(world: &World, list: &str, paths: &[&str]) {
    let all = world.values("token_endpoint_auth_methods_supported");
    for method in &all {
        let client = registered(world, method, &json!({})).await;
        for path in paths {
            for used in &all {
                let works = used == method && world.lists(list, method);
                let fields = if works { wanted(world, &client, path).await } else { no_fields() };
                let answer = call(world, &client, used, path, &fields).await;
                if works {
                    assert!(answer.status < 300, "{method} at {path}: {}", answer.body);
                } else {
                    let told = (401, "invalid_client".to_owned());
                    assert_eq!(answer.error(), told, "{used} for {method} at {path}");
                }
            }
        }
    }
    let member = "token_endpoint_auth_method";
    let list = "token_endpoint_auth_methods_supported";
    world.refuses_to_register(member, list, &UNLISTED_METHODS, json!({})).await;
}

/// Enough to be asked who one is.
fn no_fields() -> Fields {
    vec![("token", "x".to_owned()), ("grant_type", "authorization_code".to_owned())]
}

/// Each algorithm of the list proves who an app is at this endpoint, and no other than the one that it registered.
async fn algorithms(world: &World, list: &str, path: &str) {
    let all = world.values(list);
    for algorithm in &all {
        let by_secret = algorithm.starts_with("HS");
        let method = if by_secret { "client_secret_jwt" } else { "private_key_jwt" };
        let more = json!({"token_endpoint_auth_signing_alg": algorithm});
        let client = registered(world, method, &more).await;
        let jwt = assertion(world, &client, algorithm);
        let fields = wanted(world, &client, path).await;
        let answer = assert(&client, path, &jwt, &fields).await;
        assert_eq!(answer.status, 200, "{algorithm} at {path}: {}", answer.body);
        let of_its_kind = |other: &&String| other.starts_with("HS") == by_secret;
        let other = all.iter().filter(of_its_kind).find(|other| *other != algorithm);
        let unsigned = jose::unsigned(&assertion_claims(&world.app, &client.id, &json!({})));
        for jwt in [assertion(world, &client, other.unwrap()), unsigned] {
            let refused = assert(&client, path, &jwt, &no_fields()).await;
            assert_eq!(refused.error(), (401, "invalid_client".into()), "{algorithm} at {path}");
        }
    }
    let member = "token_endpoint_auth_signing_alg";
    let more = json!({"token_endpoint_auth_method": "private_key_jwt"});
    world.refuses_to_register(member, list, &UNLISTED_ALGORITHMS, more).await;
}

/// What the token endpoint takes holds for pushed requests (RFC 9126 section 2) and devices (RFC 8628 section 3.1) too.
pub async fn token_methods(world: &World) {
    let paths = ["/token", "/par", "/device-authorization"];
    methods(world, "token_endpoint_auth_methods_supported", &paths).await;
}

pub async fn revocation_methods(world: &World) {
    methods(world, "revocation_endpoint_auth_methods_supported", &["/revoke"]).await;
}

pub async fn introspection_methods(world: &World) {
    let list = "introspection_endpoint_auth_methods_supported";
    assert!(!world.lists(list, "none"));
    methods(world, list, &["/introspect"]).await;
}

pub async fn token_algorithms(world: &World) {
    algorithms(world, "token_endpoint_auth_signing_alg_values_supported", "/token").await;
}

pub async fn revocation_algorithms(world: &World) {
    algorithms(world, "revocation_endpoint_auth_signing_alg_values_supported", "/revoke").await;
}

pub async fn introspection_algorithms(world: &World) {
    let list = "introspection_endpoint_auth_signing_alg_values_supported";
    algorithms(world, list, "/introspect").await;
}
