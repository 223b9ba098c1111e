//! Rotations: announced, by themselves, in an emergency, and twice at once.

use std::collections::BTreeSet;

use hatcheck::keys;
use hatcheck::model::{Algorithm, KeyAlgorithm};
use serde_json::Value;
use tempfile::TempDir;

use super::{kid, kids, tokens};
use crate::both;
use crate::support::client::claims_of;
use crate::support::database::Database;
use crate::support::*;

const DAY: i64 = 86_400;
/// The keys that every server has.
const FIRST: [KeyAlgorithm; 4] = [
    KeyAlgorithm::Sign(Algorithm::RS256),
    KeyAlgorithm::Sign(Algorithm::ES256),
    KeyAlgorithm::RsaOaep256,
    KeyAlgorithm::EcdhEs,
];

/// What the server's background does every few minutes.
fn roll(app: &TestApp) -> Vec<KeyAlgorithm> {
    let app = &app.app;
    keys::rotate_if_due(app.store(), app.vault(), app.settings(), app.now()).unwrap()
}

async fn started(folder: &TempDir) -> Process {
    let database = Database::fresh(Backend::Sqlite, folder.path());
    Process::start(folder.path(), &database.url).await
}

both! {
    async fn oidcc_server_rotate_keys_adds_rsa_and_ec_keys_beside_the_old_ones(app: TestApp) {
        let set = async || app.get("/jwks").await.json()["keys"].as_array().unwrap().clone();
        let before = set().await;
        app.later(88 * DAY);
        assert_eq!(roll(&app), FIRST);
        soon("the next keys are published", async || set().await.len() == 2 * before.len()).await;
        let after = set().await;
        assert!(before.iter().all(|old| after.contains(old)), "the old ones stay");
        let new: Vec<_> = after.iter().filter(|key| !before.contains(key)).collect();
        assert!(new.iter().any(|key| key["use"] == "sig"), "{new:?}");
        for key in new {
            assert!(key["kty"] == "RSA" || key["kty"] == "EC", "{key}");
            for old in &before {
                assert_ne!(old["kid"], key["kid"]);
                assert!(old["n"].is_null() || old["n"] != key["n"], "new material");
                assert!(old["x"].is_null() || old["x"] != key["x"], "new material");
            }
        }
    }

    async fn key_01_apps_that_keep_the_key_set_for_as_long_as_they_may_verify_everything(app: TestApp) {
        let node = app.second_node().await;
        let notes = app.client("notes").await;
        let now = || app.app.now().seconds();
        app.later(88 * DAY - 60);
        let mut party = RelyingParty::new(&app.http, &app.issuer);
        party.keep_up(now()).await;
        assert_eq!(roll(&app), [], "a key signs for ninety days");
        app.later(60);
        assert_eq!(roll(&app), FIRST);
        assert_eq!(roll(&app), [], "once");
        let code = app.authorize(&mut app.browser(), &notes, "ada@example.org", &[]).await;
        let mut newest = notes.redeem(&code).await.tokens();
        let mut held: Vec<(String, i64)> = Vec::new();
        let mut signed = BTreeSet::new();
        for step in 0..110 {
            let at = if step % 2 == 0 { notes.at(&node.base) } else { notes.clone() };
            newest = at.refresh(&newest.refresh_token.unwrap()).await.tokens();
            assert_eq!(app.userinfo(&newest.access_token).await.0, 200);
            for token in std::iter::once(&newest.access_token).chain(&newest.id_token) {
                held.push((token.clone(), claims_of(token)["exp"].as_i64().unwrap()));
            }
            held.retain(|(_, expires)| *expires > now());
            party.keep_up(now()).await;
            let published = kids(&app.get("/jwks").await);
            for (token, _) in &held {
                assert!(published.contains(&kid(token)), "step {step}");
                party.verify(token).unwrap_or_else(|error| panic!("step {step}: {error}"));
                signed.insert(kid(token));
            }
            app.later(420 + step * 1_237 % 3_000);
        }
        assert_eq!(signed.len(), 4, "both algorithms changed their key");
        assert!(party.fetches < 90, "the kept key set was used");
        assert_eq!(kids(&app.get("/jwks").await).len(), 4, "the old keys are gone");
    }
}

#[actix_web::test]
async fn pain_2_a_rotation_is_announced_and_a_restart_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let mut server = started(&folder).await;
    let mut browser = server.signed_in().await;
    let before = server.get("/jwks").await.body;
    let mut party = RelyingParty::new(&server.http, &server.issuer);
    party.fetch(0).await;

    let told = server.run_ok(&["key", "rotate", "--dry-run"], "");
    assert!(told.contains("not made: a dry run"), "{told}");
    assert_eq!(server.get("/jwks").await.body, before);

    let done = server.run_json(&["key", "rotate", "--json"], "");
    let next: Vec<&str> =
        done.as_array().unwrap().iter().map(|each| each["kid"].as_str().unwrap()).collect();
    assert_eq!(next.len(), 4);
    soon("the next keys are published", async || {
        let known = kids(&server.get("/jwks").await);
        known.len() == 8 && next.iter().all(|kid| known.iter().any(|known| known == kid))
    })
    .await;
    let during = server.get("/jwks").await.body;
    let issued = tokens(&server, &mut browser).await;
    party.verify(&issued.access_token).unwrap();
    party.verify(&issued.id_token.unwrap()).unwrap();

    server.kill();
    server.serve().await;
    assert_eq!(server.get("/jwks").await.body, during);
    party.verify(&tokens(&server, &mut browser).await.access_token).unwrap();

    let again = server.run_json(&["key", "rotate", "--json"], "");
    assert!(again.as_array().unwrap().iter().all(|each| each["done"] == false), "{again}");
    let (code, told) = server.run_refused(&["key", "retire", &kid(&issued.access_token)], "");
    assert!(code == 1 && told.contains("the only one that signs"), "{code} {told}");
}

#[actix_web::test]
async fn pain_2_retire_refuses_while_tokens_can_be_valid() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    let mut browser = server.signed_in().await;
    let old = tokens(&server, &mut browser).await.access_token;
    let pem = super::commands::p256();
    server.run_ok(&["key", "import", "-", "--now"], &pem);
    soon("the imported key signs", async || {
        kid(&tokens(&server, &mut browser).await.access_token) != kid(&old)
    })
    .await;
    let (code, told) = server.run_refused(&["key", "retire", &kid(&old)], "");
    assert!(code == 1 && told.contains("can still be valid"), "{code} {told}");
    assert_eq!(server.userinfo(&old).await, 200);
    server.run_ok(&["key", "retire", &kid(&old), "--force"], "");
    soon("what it signed is refused", async || server.userinfo(&old).await == 401).await;
    assert!(!kids(&server.get("/jwks").await).contains(&kid(&old)));
}

#[actix_web::test]
async fn key_01_a_compromised_key_goes_at_once_with_what_it_signed() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    let mut browser = server.signed_in().await;
    let old = tokens(&server, &mut browser).await.access_token;
    let (code, told) = server.run_refused(&["key", "rotate", "--now"], "");
    assert!(code == 2 && told.contains("--reason"), "{code} {told}");
    server.run_ok(&["key", "rotate", "--alg", "ES256", "--now", "--reason", "compromised"], "");
    soon("what it signed is refused", async || server.userinfo(&old).await == 401).await;
    let new = tokens(&server, &mut browser).await.access_token;
    assert_eq!(server.userinfo(&new).await, 200);
    let mut party = RelyingParty::new(&server.http, &server.issuer);
    party.fetch(0).await;
    party.verify(&new).unwrap();
    assert!(party.verify(&old).is_err() && !party.kids().contains(&kid(&old)));
}

#[actix_web::test]
async fn key_01_of_rotations_at_once_one_wins() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    let mut browser = server.signed_in().await;
    let outputs: Vec<_> = std::thread::scope(|scope| {
        let both: Vec<_> =
            (0..3).map(|_| scope.spawn(|| server.run(&["key", "rotate"], ""))).collect();
        both.into_iter().map(|each| each.join().unwrap()).collect()
    });
    for output in &outputs {
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() || told.contains("at the same moment"), "{told}");
    }
    assert!(outputs.iter().any(|output| output.status.success()));
    let keys = server.run_json(&["key", "list", "--json"], "");
    let states = |wanted: &str| -> usize {
        keys.as_array().unwrap().iter().filter(|key| key["state"] == wanted).count()
    };
    assert_eq!((states("active"), states("pending")), (4, 4), "{keys}");
    let published = kids(&server.get("/jwks").await);
    let issued = tokens(&server, &mut browser).await;
    assert!(published.contains(&kid(&issued.access_token)));
}

#[actix_web::test]
async fn keys_change_by_themselves_after_ninety_days() {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Sqlite, folder.path());
    let mut server = Process::start(folder.path(), &database.url).await;
    server.kill();
    crate::server::sql(
        folder.path(),
        "UPDATE signing_keys SET active_from = active_from - 7776000, created_at = created_at - 7776000",
    );
    server.serve().await;
    soon("the next keys are published", async || kids(&server.get("/jwks").await).len() == 8).await;
    let keys = server.run_json(&["key", "list", "--json"], "");
    let pending: Vec<&Value> =
        keys.as_array().unwrap().iter().filter(|key| key["state"] == "pending").collect();
    assert_eq!(pending.len(), 4, "{keys}");
}
