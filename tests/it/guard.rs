//! An app whose routes are guarded by `hatcheck-guard`, beside a server that was really started: RFC 9068, RFC 7662.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use actix_web::{App, HttpServer, web};
use hatcheck_guard::{Clock, Guard, Identity, Introspection, Refusal, Rule};
use serde_json::json;
use tempfile::TempDir;

use crate::both;
use crate::support::client::header_of;
use crate::support::database::Database;
use crate::support::key::ClientKey;
use crate::support::peer::{AUTHORITY, Peer};
use crate::support::process::within;
use crate::support::*;

/// Starts an app with one guarded route, which says who calls; two workers share the guard.
fn guarded(rule: Rule) -> String {
    let factory = move || {
        let name = async |who: Identity| who.subject.clone();
        App::new().service(web::resource("/").wrap(rule.clone()).to(name))
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    let server = HttpServer::new(factory).workers(2).disable_signals().listen(listener).unwrap();
    actix_web::rt::spawn(server.run());
    base
}

/// Status, body and challenge for a token.
async fn call(url: &str, token: &str) -> (u16, String, String) {
    let answer = reqwest::Client::new().get(url).bearer_auth(token).send().await.unwrap();
    let challenge = answer.headers().get("www-authenticate");
    let challenge = challenge.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    (answer.status().as_u16(), answer.text().await.unwrap(), challenge)
}

async fn tokens(app: &TestApp, client: &TestClient) -> Tokens {
    let code = app.authorize(&mut app.browser(), client, "ada@example.org", &[]).await;
    client.redeem(&code).await.tokens()
}

both! {
    async fn a_guarded_app_takes_its_tokens_and_no_others(app: TestApp) {
        let guard = Guard::builder(&app.issuer, "notes").build().unwrap();
        let url = guarded(guard.scope("profile"));
        let notes = app.client("notes").await;
        let mine = tokens(&app, &notes).await;
        let (_, who) = app.userinfo(&mine.access_token).await;
        let (status, subject, _) = call(&url, &mine.access_token).await;
        assert_eq!((status, json!(subject)), (200, who["sub"].clone()));
        let theirs = tokens(&app, &app.client("photos").await).await.access_token;
        for (token, reason) in [
            (theirs, "aud does not name this API"),
            (mine.id_token.unwrap(), "typ is not at+jwt"),
            (mine.refresh_token.unwrap(), "no JWT"),
        ] {
            let (status, _, challenge) = call(&url, &token).await;
            assert!(status == 401 && challenge.contains(reason), "{status} {challenge}");
        }
        let strict = guarded(guard.rule().acr("urn:hatcheck:acr:2fa"));
        let (status, _, challenge) = call(&strict, &mine.access_token).await;
        assert!(status == 401 && challenge.contains("acr_values=\"urn:hatcheck:acr:2fa\""));
        let (status, _, _) = call(&guarded(guard.scope("notes:write")), &mine.access_token).await;
        assert_eq!(status, 403);
    }

    async fn rfc_7662_a_revoked_token_is_refused_where_the_guard_asks(app: TestApp) {
        let client = app.client("notes").await;
        let asks = Introspection::new(&client.id, &client.secret).keep(Duration::ZERO);
        let guard = Guard::builder(&app.issuer, "notes").introspection(asks).build().unwrap();
        let url = guarded(guard.rule());
        let token = tokens(&app, &client).await.access_token;
        for _ in 0..10 {
            assert_eq!(call(&url, &token).await.0, 200);
        }
        assert_eq!(client.post("/revoke", &[("token", &token)]).await.status, 200);
        let (status, _, challenge) = call(&url, &token).await;
        assert!(status == 401 && challenge.contains("not active"), "{status} {challenge}");
    }

    async fn an_opaque_token_is_read_where_the_guard_asks(app: TestApp) {
        let client = app.add_client("sealed", json!({"access_token_format": "opaque"})).await;
        let asks = Introspection::new(&client.id, &client.secret).keep(Duration::ZERO);
        let guard = Guard::builder(&app.issuer, "sealed").introspection(asks).build().unwrap();
        let url = guarded(guard.scope("profile"));
        let token = tokens(&app, &client).await.access_token;
        assert_eq!(call(&url, &token).await.0, 200);
        client.post("/revoke", &[("token", &token)]).await;
        assert_eq!(call(&url, &token).await.0, 401);
    }
}

#[actix_web::test]
async fn pain_2_key_rotate_goes_unnoticed_by_a_guarded_app() {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Sqlite, folder.path());
    let mut server = Process::prepare(folder.path(), &database.url);
    server.set("HATCHECK_KEYS__PUBLISH_AHEAD", "2s");
    server.add_ada_and_notes();
    server.serve().await;
    let mut browser = server.signed_in().await;
    // For the guard time runs twenty times as fast: the two seconds are nearly a minute
    let (begun, start) = (Instant::now(), Clock::system().now());
    let seconds = move || i64::try_from(begun.elapsed().as_millis() / 50).unwrap();
    let clock = Clock::new(move || start + seconds());
    let guard = Guard::builder(&server.issuer, "notes").clock(clock).build().unwrap();
    let url = guarded(guard.scope("profile"));
    let mut signers = BTreeSet::new();
    let code = server.code(&mut browser).await;
    let mut newest = server.notes().redeem(&code).await.tokens();
    assert_eq!(call(&url, &newest.access_token).await.0, 200);
    server.run_ok(&["key", "rotate"], "");
    within(Duration::from_secs(20), "another key signs", async || {
        let refreshed = server.notes().refresh(newest.refresh_token.as_ref().unwrap()).await;
        newest = refreshed.tokens();
        let (status, _, challenge) = call(&url, &newest.access_token).await;
        assert_eq!(status, 200, "{challenge}");
        signers.insert(header_of(&newest.access_token)["kid"].to_string());
        signers.len() == 2
    })
    .await;
}

#[actix_web::test]
async fn an_issuer_under_an_authority_of_its_own_is_reached_by_who_trusts_it() {
    let peer = Peer::start().await;
    let key = ClientKey::new("ES256", "k");
    let metadata = json!({"issuer": peer.base, "jwks_uri": peer.url("/jwks")});
    peer.publish("/.well-known/openid-configuration", &metadata);
    peer.publish("/jwks", &key.set());
    let now = Clock::system().now();
    let claims = json!({
        "iss": peer.base, "aud": "notes", "sub": "ada", "client_id": "notes", "jti": "1", "iat": now, "exp": now + 60,
    });
    let token = key.sign("at+jwt", &claims);
    let builder = || Guard::builder(&peer.base, "notes");
    let stranger = builder().build().unwrap();
    assert_eq!(stranger.check(&token).await, Err(Refusal::Unavailable));
    let authority = std::fs::read(AUTHORITY).unwrap();
    let trusting = builder().authorities(&authority).build().unwrap();
    assert_eq!(trusting.check(&token).await.unwrap().subject, "ada");
}
