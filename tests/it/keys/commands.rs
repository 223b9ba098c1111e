//! `hatcheck key`, and that no private part of a key leaves by any door.

use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use serde_json::Value;
use std::os::unix::fs::MetadataExt;
use tempfile::TempDir;

use super::{kids, tokens};
use crate::support::database::Database;
use crate::support::*;

/// A private key on P-256 as PEM.
pub fn p256() -> String {
    let pair = EcKeyPair::generate(EcCurve::P256).unwrap();
    String::from_utf8(pair.to_pem_private_key()).unwrap()
}

#[actix_web::test]
async fn list_and_export_tell_what_is_published() {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Sqlite, folder.path());
    let server = Process::start(folder.path(), &database.url).await;
    let keys = server.run_json(&["key", "list", "--json"], "");
    let published = kids(&server.get("/jwks").await);
    let listed = keys.as_array().unwrap();
    assert_eq!(listed.len(), published.len());
    for key in listed {
        assert!(published.iter().any(|kid| key["kid"] == kid.as_str()), "{key}");
        assert_eq!((&key["state"], &key["until"]), (&Value::from("active"), &Value::Null));
        assert!(key["since"].as_str().unwrap().ends_with('Z'), "{key}");
    }
    let table = server.run_ok(&["key", "list"], "");
    assert!(table.starts_with("KID") && table.lines().count() == 5, "{table}");

    let jwks = server.run_ok(&["key", "export-public"], "");
    assert_eq!(jwks.trim(), server.get("/jwks").await.body);
    let pem = server.run_ok(&["key", "export-public", "--format", "pem"], "");
    assert_eq!(pem.matches("-----BEGIN PUBLIC KEY-----").count(), 4, "{pem}");
    assert!(published.iter().all(|kid| pem.contains(kid.as_str())), "{pem}");
}

#[actix_web::test]
async fn an_imported_key_becomes_the_next_one_and_what_is_none_is_refused() {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Sqlite, folder.path());
    let server = Process::start(folder.path(), &database.url).await;
    let pem = p256();
    let done = server.run_json(&["key", "import", "-", "--json"], &pem);
    assert_eq!((&done["alg"], &done["done"]), (&Value::from("ES256"), &Value::from(true)));
    let kid = done["kid"].as_str().unwrap().to_owned();
    soon("it is published", async || kids(&server.get("/jwks").await).contains(&kid)).await;
    let (code, told) = server.run_refused(&["key", "import", "-"], &pem);
    assert!(code == 1 && told.contains("is here already"), "{code} {told}");
    let public = EcKeyPair::generate(EcCurve::P256).unwrap().to_pem_public_key();
    let public = String::from_utf8(public).unwrap();
    for junk in ["", "junk", "{}", "{\"kty\":\"oct\",\"k\":\"AAAA\"}", public.as_str()] {
        let (code, told) = server.run_refused(&["key", "import", "-"], junk);
        assert!(code == 2 && !told.is_empty(), "{junk}: {code} {told}");
    }
    let (code, told) = server.run_refused(&["key", "import", "/nowhere/key.pem"], "");
    assert!(code == 2 && told.contains("/nowhere/key.pem"), "{code} {told}");
    let (code, told) = server.run_refused(&["key", "retire", "nothing"], "");
    assert!(code == 1 && told.contains("hatcheck key list"), "{code} {told}");
    // It never signed, so it can go at once
    server.run_ok(&["key", "retire", &kid], "");
    soon("it is gone", async || !kids(&server.get("/jwks").await).contains(&kid)).await;
}

#[actix_web::test]
async fn key_02_no_private_part_leaves_by_any_door() {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(Backend::Sqlite, folder.path());
    let mut server = Process::prepare(folder.path(), &database.url);
    server.set("HATCHECK_LOG__LEVEL", "trace");
    server.log = Some(folder.path().join("log"));
    server.add_ada_and_notes();
    server.serve().await;
    server.run_ok(&["key", "import", "-"], &p256());
    tokens(&server, &mut server.signed_in().await).await;
    let mut seen = String::new();
    for path in ["/jwks", "/.well-known/openid-configuration", "/health/ready", "/nothing"] {
        seen.push_str(&server.get(path).await.body);
    }
    for command in [
        &["key", "list", "--json"][..],
        &["key", "export-public"],
        &["key", "export-public", "--format", "pem"],
        &["key", "rotate", "--json"],
        &["config", "show", "--json"],
    ] {
        seen.push_str(&server.run_ok(command, ""));
    }
    seen.push_str(&std::fs::read_to_string(folder.path().join("log")).unwrap());
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().to_string_lossy().contains("sqlite") {
            seen.push_str(&String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()));
            assert_eq!(entry.metadata().unwrap().mode() & 0o777, 0o600, "{entry:?}");
        }
    }
    assert!(!seen.contains("PRIVATE KEY"));
    for member in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] {
        for written in [format!("\"{member}\":\""), format!("\\\"{member}\\\":\\\"")] {
            assert!(!seen.contains(&written), "{written}");
        }
    }
    let keys = folder.path().join("keys");
    assert_eq!(std::fs::metadata(&keys).unwrap().mode() & 0o777, 0o700);
    assert_eq!(std::fs::metadata(keys.join("master.key")).unwrap().mode() & 0o777, 0o600);
    let master = std::fs::read_to_string(keys.join("master.key")).unwrap();
    assert!(!seen.contains(master.lines().last().unwrap()));
}
