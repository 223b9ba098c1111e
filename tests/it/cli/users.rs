//! `hatcheck user`

use serde_json::{Value, json};
use tempfile::TempDir;

use super::started;
use crate::support::app::{TOTP_SECRET, code_of};
use crate::support::*;

const ADA: &str = "ada@example.org";
const BOB: &str = "bob@example.org";
const NEW_PASSWORD: &str = "another horse wagon 33";

fn add(server: &Process, email: &str, more: &[&str]) {
    let mut args = vec!["user", "add", email, "--name", "Somebody", "--password-stdin"];
    args.extend(more);
    server.run_ok(&args, PASSWORD);
}

/// The path of the page that follows a password, or `away`.
async fn after_password(server: &Process, email: &str, password: &str) -> String {
    match server.sign_in(&mut server.browser(), email, password).await {
        Landing::Page(page) => page.url.path().to_owned(),
        Landing::Away(_) => "away".to_owned(),
    }
}

#[actix_web::test]
async fn a_person_is_added_shown_shut_out_let_in_and_deleted_beside_a_running_server() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    assert_eq!(after_password(&server, BOB, PASSWORD).await, "/login");
    let claims = folder.path().join("claims.json");
    std::fs::write(&claims, json!({ "nickname": "Bobby", "nickname#ja": "ボブ" }).to_string())
        .unwrap();
    add(&server, "Bob@Example.org", &["--claims", claims.to_str().unwrap(), "--email-unverified"]);
    assert_eq!(after_password(&server, BOB, PASSWORD).await, "/login/consent");

    let list = server.run_json(&["user", "list", "--json"], "");
    let emails: Vec<&str> =
        list.as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap()).collect();
    assert_eq!(emails, [ADA, "Bob@Example.org"]);
    let table = server.run_ok(&["user", "list"], "");
    assert!(table.contains(ADA) && table.lines().count() == 2, "{table}");
    let shown = server.run_json(&["user", "show", "BOB@example.org", "--json"], "");
    assert_eq!(shown["claims"]["nickname"], "Bobby");
    assert_eq!(
        (&shown["email_verified"], &shown["admin"], &shown["disabled_at"]),
        (&json!(false), &json!(false), &Value::Null)
    );
    assert!(!server.run_ok(&["user", "show", BOB], "").contains("argon2"));

    let mut browser = server.signed_in().await;
    let code = server.code(&mut browser).await;
    let tokens = server.notes().redeem(&code).await.tokens();
    server.run_ok(&["user", "disable", ADA], "");
    soon("her token is refused", async || server.userinfo(&tokens.access_token).await == 401).await;
    let refreshed = server.notes().refresh(&tokens.refresh_token.unwrap()).await;
    assert_eq!(refreshed.error(), (400, "invalid_grant".into()));
    assert_eq!(after_password(&server, ADA, PASSWORD).await, "/login");
    let landing = browser.open(&server.notes().authorization_url(&[])).await;
    assert!(matches!(landing, Landing::Page(_)), "her session has ended");
    let listed = server.run_ok(&["user", "list"], "");
    assert!(listed.contains("[disabled]"), "{listed}");
    server.run_ok(&["user", "enable", ADA], "");
    assert_eq!(after_password(&server, ADA, PASSWORD).await, "away", "her consent stands");

    server.run_ok(&["user", "delete", BOB], "");
    assert_eq!(after_password(&server, BOB, PASSWORD).await, "/login");
    for gone in ["show", "disable", "enable", "delete", "reset-second-factor"] {
        let (code, told) = server.run_refused(&["user", gone, BOB], "");
        assert!(code == 1 && told.contains("hatcheck user list"), "{gone}: {code} {told}");
    }
}

#[actix_web::test]
async fn passwords_and_second_factors_are_set_beside_a_running_server() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    let mut browser = server.signed_in().await;
    server.code(&mut browser).await;
    let (code, told) = server.run_refused(&["user", "set-password", ADA], "");
    assert!(code == 2 && told.contains("--password-stdin"), "{code} {told}");
    for weak in ["short", "password123", ADA] {
        let (code, _) =
            server.run_refused(&["user", "set-password", ADA, "--password-stdin"], weak);
        assert_eq!(code, 2, "{weak}");
    }
    server.run_ok(&["user", "set-password", ADA, "--password-stdin"], NEW_PASSWORD);
    let landing = browser.open(&server.notes().authorization_url(&[])).await;
    assert!(matches!(landing, Landing::Page(_)), "the session of the old password has ended");
    assert_eq!(after_password(&server, ADA, PASSWORD).await, "/login");
    assert_eq!(after_password(&server, ADA, NEW_PASSWORD).await, "away");

    let (code, _) = server.run_refused(&["user", "set-totp", ADA, "--secret-stdin"], "no base32!");
    assert_eq!(code, 2);
    server.run_ok(&["user", "set-totp", ADA, "--secret-stdin"], TOTP_SECRET);
    let mut browser = server.browser();
    let page = server.sign_in(&mut browser, ADA, NEW_PASSWORD).await.page();
    assert_eq!(page.url.path(), "/login/totp");
    let step = code_of(TOTP_SECRET, hatcheck::http::Clock::system().now().seconds());
    browser.submit(&page, &[("totp", &step)], None).await.away();
    let shown = server.run_json(&["user", "show", ADA, "--json"], "");
    assert_eq!(shown["second_factor"], true);
    assert!(!shown.to_string().contains(TOTP_SECRET));
    server.run_ok(&["user", "reset-second-factor", ADA], "");
    assert_eq!(after_password(&server, ADA, NEW_PASSWORD).await, "away");
}

#[actix_web::test]
async fn groups_roles_and_permissions_are_granted_and_revoked() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    let grant = ["user", "grant", ADA, "--group", "staff", "--at", "notes", "--role", "editor"];
    server.run_ok(&grant, "");
    server.run_ok(&["user", "grant", ADA, "--at", "notes", "--permission", "print"], "");
    let held = || server.run_json(&["user", "show", ADA, "--json"], "")["entitlements"].clone();
    let at = json!({"notes": {"roles": ["editor"], "permissions": ["print"]}});
    assert_eq!(held(), json!({"groups": ["staff"], "at": at}));
    server.run_ok(&["user", "revoke", ADA, "--at", "notes", "--role", "editor"], "");
    server.run_ok(&["user", "revoke", ADA, "--group", "staff"], "");
    let at = json!({"notes": {"permissions": ["print"]}});
    assert_eq!(held(), json!({"groups": [], "at": at}));
    for (arguments, code, says) in [
        (&["grant", ADA][..], 1, "--group NAME"),
        (&["grant", ADA, "--role", "editor"][..], 1, "add --at"),
        (&["grant", ADA, "--at", "nowhere", "--role", "editor"][..], 1, "no client_id"),
        (&["grant", ADA, "--group", "a,b"][..], 2, "commas"),
        (&["grant", BOB, "--group", "staff"][..], 1, "user list"),
    ] {
        let (exit, told) = server.run_refused(&[&["user"], arguments].concat(), "");
        assert!(exit == code && told.contains(says), "{arguments:?}: {exit} {told}");
    }
}

#[actix_web::test]
async fn pain_19_a_grant_that_makes_tokens_too_large_says_so() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    let add = |id: &str, more: Value| {
        let mut members = json!({
            "client_id": id, "redirect_uris": ["https://app.example/cb"], "scope": "openid groups",
        });
        for (name, value) in more.as_object().unwrap() {
            members[name] = value.clone();
        }
        let file = folder.path().join(format!("{id}.json"));
        std::fs::write(&file, members.to_string()).unwrap();
        server.run_ok(&["client", "add", "--file", file.to_str().unwrap()], "");
    };
    add("greedy", json!({}));
    add("modest", json!({"groups": ["staff"]}));
    let groups: Vec<_> = (0..200).map(|n| format!("--group=realm-{n}-members")).collect();
    let grant = ["user", "grant", ADA].into_iter().chain(groups.iter().map(String::as_str));
    let output = server.run(&grant.collect::<Vec<_>>(), "");
    assert!(output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("at greedy") && !told.contains("modest") && !told.contains("notes"),
        "{told}"
    );
}

#[actix_web::test]
async fn log_04_look_alike_accounts_are_refused() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    let add = |email: &str| {
        server.run_refused(
            &["user", "add", email, "--name", "Somebody", "--password-stdin"],
            PASSWORD,
        )
    };
    for taken in [
        "ADA@EXAMPLE.ORG",
        " ada@example.org ",
        "\u{ff41}da@example.org",
        "ada@example.org\u{200b}",
        "a\u{200b}da@example.org",
        "ada@example.org.",
    ] {
        let (code, told) = add(taken);
        assert!(code == 1 && told.contains("in another spelling"), "{taken:?}: {code} {told}");
    }
    for mixed in ["\u{430}da@example.org", "ada@ex\u{430}mple.org", "ad\u{251}@ex\u{430}mple.org"] {
        let (code, told) = add(mixed);
        assert!(code == 2 && told.contains("mixes"), "{mixed:?}: {code} {told}");
    }
    for none in ["", "ada", "@example.org", "ada@", "a da@example.org"] {
        let (code, told) = add(none);
        assert!(code == 2 && !told.is_empty(), "{none:?}: {code} {told}");
    }
    assert_eq!(server.run_json(&["user", "list", "--json"], "").as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn adm_03_the_last_admin_stays() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    add(&server, "root@example.org", &["--admin"]);
    let refused = || {
        for command in ["disable", "delete"] {
            let (code, told) = server.run_refused(&["user", command, "Root@example.org"], "");
            assert!(code == 1 && told.contains("the last admin"), "{command}: {code} {told}");
            assert!(told.contains("--admin"), "it tells the way out: {told}");
        }
    };
    refused();
    // A second one who can't sign in is none
    add(&server, "second@example.org", &["--admin"]);
    server.run_ok(&["user", "disable", "second@example.org"], "");
    refused();
    server.run_ok(&["user", "enable", "second@example.org"], "");
    server.run_ok(&["user", "delete", "root@example.org"], "");
    let (code, _) = server.run_refused(&["user", "delete", "second@example.org"], "");
    assert_eq!(code, 1);
}

#[actix_web::test]
async fn pain_10_the_first_admin_comes_by_command_and_there_is_no_default_account() {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite://{}", folder.path().join("hatcheck.sqlite").display());
    let mut server = Process::prepare(folder.path(), &url);
    server.serve().await;
    assert_eq!(server.run_json(&["user", "list", "--json"], ""), json!([]));
    let mut browser = server.browser();
    let account = format!("{}/account", server.issuer);
    for (name, password) in
        [("admin", "admin"), ("admin@example.org", "password"), ("root", "root")]
    {
        let page = browser.open(&account).await.page();
        let fields = [("username", name), ("password", password)];
        let page = browser.submit(&page, &fields, None).await.page();
        assert_eq!(page.url.path(), "/login", "{name}");
    }
    add(&server, "root@example.org", &["--admin"]);
    let page = browser.open(&account).await.page();
    let fields = [("username", "root@example.org"), ("password", PASSWORD)];
    let page = browser.submit(&page, &fields, None).await.page();
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    assert_eq!(server.run_json(&["user", "show", "root@example.org", "--json"], "")["admin"], true);
}
