//! `hatcheck client`

use serde_json::{Value, json};
use tempfile::TempDir;

use super::started;
use crate::support::*;

const GOOD: &str = "https://rp.example/cb";

fn count(server: &Process) -> usize {
    server.run_json(&["client", "list", "--json"], "").as_array().unwrap().len()
}

/// The status of a token request with this secret that names no grant: 400 when the secret is good.
async fn with_secret(server: &Process, secret: &str) -> u16 {
    let notes = server.notes();
    notes.send("/token", Some(("notes", secret)), &[("grant_type", "refresh_token")]).await.status
}

#[actix_web::test]
async fn an_app_is_added_shown_updated_and_deleted_beside_a_running_server() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    let file = folder.path().join("photos.json");
    let photos = TestClient::named(&server.issuer, &server.http, "photos");
    let first = photos.authorization_url(&[]);
    assert_eq!(server.browser().open(&first).await.page().status, 400);
    let metadata = json!({ "client_id": "photos", "client_name": "Photos", "redirect_uris": [photos.redirect_uri] });
    std::fs::write(&file, metadata.to_string()).unwrap();
    let added = server.run_json(&["client", "add", "--file", file.to_str().unwrap()], "");
    assert_eq!(added["client_id"], "photos");
    let secret = added["client_secret"].as_str().unwrap().to_owned();
    assert_eq!(secret.len(), 43);
    soon("it is known", async || server.browser().open(&first).await.page().status == 200).await;

    let mut shown = server.run_json(&["client", "show", "photos"], "");
    assert_eq!(shown["client_name"], "Photos");
    assert!(!shown.to_string().contains(&secret));
    let listed = server.run_ok(&["client", "list"], "");
    assert!(listed.contains("photos  Photos") && listed.contains("notes"), "{listed}");

    let second = photos.authorization_url(&[("redirect_uri", "https://photos.example/second")]);
    assert_eq!(server.browser().open(&second).await.page().status, 400);
    shown["redirect_uris"] = json!(["https://photos.example/second"]);
    server.run_ok(&["client", "update", "photos", "--file", "-"], &shown.to_string());
    soon("the new address is good", async || {
        server.browser().open(&second).await.page().status == 200
    })
    .await;
    assert_eq!(server.browser().open(&first).await.page().status, 400, "the old one is not");

    server.run_ok(&["client", "delete", "photos"], "");
    soon("it is gone", async || server.browser().open(&second).await.page().status == 400).await;
    for gone in [&["show"][..], &["delete"], &["rotate-secret"]] {
        let (code, told) = server.run_refused(&["client", gone[0], "photos"], "");
        assert!(code == 1 && told.contains("hatcheck client list"), "{gone:?}: {code} {told}");
    }
}

#[actix_web::test]
async fn what_an_app_was_given_ends_with_it() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    let code = server.code(&mut server.signed_in().await).await;
    let tokens = server.notes().redeem(&code).await.tokens();
    server.run_ok(&["client", "delete", "notes"], "");
    soon("its token is refused", async || server.userinfo(&tokens.access_token).await == 401).await;
    let refresh_token = tokens.refresh_token.unwrap();
    // The grant is looked up each time; who the client is, is believed for half a second
    soon("the client is unknown", async || {
        let refused = server.notes().refresh(&refresh_token).await.error();
        assert!(refused.0 == 400 || refused.0 == 401, "{refused:?}");
        refused == (401, "invalid_client".into())
    })
    .await;
}

#[actix_web::test]
async fn two_secrets_are_good_during_the_overlap() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    let first = server.notes().secret;
    assert_eq!(with_secret(&server, &first).await, 400);
    let rotated = server.run_json(&["client", "rotate-secret", "notes"], "");
    let second = rotated["client_secret"].as_str().unwrap().to_owned();
    assert!(rotated["previous_secret_expires_at"].as_i64().unwrap() > 0);
    soon("the new one is good", async || with_secret(&server, &second).await == 400).await;
    assert_eq!(with_secret(&server, &first).await, 400, "the old one as well");
    let at_once = ["client", "rotate-secret", "notes", "--overlap", "0s"];
    let third = server.run_json(&at_once, "")["client_secret"].as_str().unwrap().to_owned();
    soon("the third is good", async || with_secret(&server, &third).await == 400).await;
    for old in [&first, &second] {
        assert_eq!(with_secret(&server, old).await, 401);
    }
    let bad = ["client", "rotate-secret", "notes", "--overlap", "soon"];
    assert_eq!(server.run_refused(&bad, "").0, 2);
}

#[actix_web::test]
async fn red_18_dangerous_redirect_uris_are_not_registered() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    let before = count(&server);
    for bad in [
        "javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "https://rp.example/cb#f",
        "http://rp.example/cb",
        "//rp.example/cb",
        "https://*.rp.example/cb",
        "/cb",
        "",
        "https://user:pw@rp.example/cb",
        "https://rp.example\\@evil.example/cb",
        "https://rp.example/cb\n",
        " https://rp.example/cb",
        "file:///etc/passwd",
        "blob:https://rp.example/1",
    ] {
        let metadata = json!({ "redirect_uris": [GOOD, bad] }).to_string();
        let (code, told) = server.run_refused(&["client", "add", "--file", "-"], &metadata);
        assert!(code == 2 && told.contains("redirect_uris"), "{bad:?}: {code} {told}");
    }
    for (member, value) in [
        ("redirect_uris", json!([])),
        ("redirect_uris", json!("https://rp.example/cb")),
        ("post_logout_redirect_uris", json!(["javascript:alert(1)"])),
        ("client_uri", json!("javascript:alert(1)")),
        ("logo_uri", json!("javascript:alert(1)")),
        ("client_secret", json!("short")),
    ] {
        let mut metadata = json!({ "redirect_uris": [GOOD] });
        metadata[member] = value;
        let (code, told) =
            server.run_refused(&["client", "add", "--file", "-"], &metadata.to_string());
        assert!(code == 2 && told.contains(member), "{metadata}: {code} {told}");
    }
    for junk in ["", "[]", "{", "null"] {
        assert_eq!(server.run_refused(&["client", "add", "--file", "-"], junk).0, 2, "{junk}");
    }
    let shown: Value = server.run_json(&["client", "show", "notes"], "");
    let mut bad = shown.clone();
    bad["redirect_uris"] = json!(["javascript:alert(1)"]);
    let (code, _) =
        server.run_refused(&["client", "update", "notes", "--file", "-"], &bad.to_string());
    assert_eq!(code, 2);
    assert_eq!(server.run_json(&["client", "show", "notes"], ""), shown);
    assert_eq!(count(&server), before);
}
