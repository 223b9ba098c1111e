//! Connectors that are added, changed and deleted while the server runs.

use super::*;

const NAME: &str = "up";

/// A provider, and a server in a process of its own that does not know it yet.
struct Running {
    upstream: TestApp,
    server: Process,
    secret: String,
    folder: TempDir,
}

async fn running() -> Running {
    let upstream = TestApp::start(Backend::Sqlite).await;
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite://{}", folder.path().join("db").display());
    let mut server = Process::prepare(folder.path(), &url);
    server.set("HATCHECK_OUTGOING__ALLOWED_NETWORKS", "127.0.0.0/8");
    server.add_ada_and_notes();
    server.serve().await;
    let members = json!({
        "redirect_uris": [format!("{}/login/callback/{NAME}", server.issuer)], "skip_consent": true,
    });
    let secret = upstream.add_client("hat", members).await.secret;
    Running { upstream, server, secret, folder }
}

impl Running {
    fn members(&self, more: &Value) -> String {
        let mut members =
            json!({"title": "Upstream", "issuer": self.upstream.issuer, "client_id": "hat"});
        members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        members.to_string()
    }

    /// Whether Ada gets as far as to be known by the provider.
    async fn lets_in(&self) -> u16 {
        let mut at_hat = self.server.browser();
        let page = at_hat.open(&format!("{}/account", self.server.issuer)).await.page();
        let there = at_hat.open(&link_to(&page, "Upstream")).await;
        let request = match there {
            Landing::Away(request) => request,
            Landing::Page(page) => return page.status,
        };
        let mut at_upstream = self.upstream.browser();
        let back = self.upstream.sign_in(&mut at_upstream, request.as_str(), ADA).await.away();
        at_hat.open(back.as_str()).await.page().status
    }

    async fn buttons(&self) -> usize {
        let mut browser = self.server.browser();
        let page = browser.open(&format!("{}/account", self.server.issuer)).await.page();
        page.body.matches("&with=").count() + page.body.matches("&#38;with=").count()
    }
}

#[actix_web::test]
async fn a_connector_comes_and_goes_while_the_server_runs() {
    let all = running().await;
    assert_eq!(all.buttons().await, 0);
    let members = all.members(&json!({"client_secret": all.secret}));
    let told = all.server.run_ok(&["connector", "add", NAME, "--file", "-"], &members);
    assert!(told.contains(&format!("{}/login/callback/up", all.server.issuer)), "{told}");
    soon("the server knows it", async || all.buttons().await == 1).await;
    // Ada has an account with a password here, and is asked to prove it: far enough
    assert_eq!(all.lets_in().await, 200);
    let (_, told) = all.server.run_refused(&["connector", "add", NAME, "--file", "-"], &members);
    assert!(told.contains("use `hatcheck connector update`"), "{told}");
    let tested = all.server.run_ok(&["connector", "test", NAME], "");
    assert!(tested.contains("good  it takes our client_id and secret"), "{tested}");
    let shown = all.server.run_json(&["connector", "show", NAME], "");
    assert_eq!((&shown["client_id"], &shown["client_secret"]), (&json!("hat"), &json!(null)));
    let list = all.server.run_json(&["connector", "list", "--json"], "");
    assert_eq!(list[0]["name"], json!(NAME));
    all.server.run_ok(&["connector", "delete", NAME], "");
    soon("the server forgets it", async || all.buttons().await == 0).await;
    for command in ["delete", "show", "test"] {
        let (code, told) = all.server.run_refused(&["connector", command, NAME], "");
        assert!(code == 1 && told.contains("no connector of that name"), "{command}: {told}");
    }
}

#[actix_web::test]
async fn a_secret_changes_with_an_overlap() {
    let all = running().await;
    let with = |secret: &str| all.members(&json!({"client_secret": secret}));
    all.server.run_ok(&["connector", "add", NAME, "--file", "-"], &with(&all.secret));
    // The new one is here before the provider knows it: the old one still opens
    let update = ["connector", "update", NAME, "--file", "-"];
    all.server.run_ok(&update, &with("a new secret that nobody knows yet"));
    soon("both are tried", async || all.lets_in().await == 200).await;
    // Without a secret in the file the one that is here stays
    all.server.run_ok(&update, &all.members(&json!({"title": "Upstream II"})));
    soon("it has changed", async || {
        let page =
            all.server.browser().open(&format!("{}/account", all.server.issuer)).await.page();
        page.text().contains("Upstream II")
    })
    .await;
    let short = [&update[..], &["--overlap", "1s"]].concat();
    all.server.run_ok(&short, &with("another one that nobody knows"));
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    assert_eq!(all.lets_in().await, 400, "the old one is not tried any more");
}

#[actix_web::test]
async fn adm_secrets_are_stored_under_the_master_key_alone() {
    let all = running().await;
    let members = all.members(&json!({"client_secret": all.secret}));
    all.server.run_ok(&["connector", "add", NAME, "--file", "-"], &members);
    for entry in std::fs::read_dir(all.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes.windows(all.secret.len()).any(|part| part == all.secret.as_bytes());
            assert!(!found, "the secret stands in {}", path.display());
        }
    }
    let rewrapped = all.server.run_json(&["key", "rewrap", "--json"], "");
    assert_eq!(rewrapped["encrypted_anew"]["connector_secrets"], json!(1), "{rewrapped}");
    assert_eq!(all.lets_in().await, 200);
}

#[actix_web::test]
async fn what_is_no_connector_is_refused_with_what_to_write() {
    let all = running().await;
    for (name, members, words) in [
        ("Up", json!({}), "small letters"),
        ("up", json!({"issuer": null}), "is not set"),
        ("up", json!({"issuer": "ftp://x"}), "is no issuer"),
        ("up", json!({"client_ids": "x"}), "write connectors.\"up\".client_id"),
        ("up", json!({"client_secret": 7}), "some text"),
        ("up", json!({"client_secret_file": "/nowhere/secret"}), "/nowhere/secret"),
        ("up", json!({"scopes": "email"}), "openid"),
        ("up", json!({"preset": "yahoo"}), "is no preset"),
        ("up", json!({"client_auth": "client_secret_post"}), "is missing"),
        ("up", json!({"preset": "entra", "tenant": "common"}), "tenants"),
        ("up", json!({"grants": {"a": ["king of at notes"]}}), "group NAME"),
    ] {
        let (code, told) = all
            .server
            .run_refused(&["connector", "add", name, "--file", "-"], &all.members(&members));
        assert!(code == 2 && told.contains(words), "{members}: {code} {told}");
    }
    for text in ["", "[]", "{"] {
        assert_eq!(all.server.run_refused(&["connector", "add", "up", "--file", "-"], text).0, 2);
    }
}

/// What the provider calls people is good at that provider alone.
#[actix_web::test]
async fn fed_06_the_links_of_a_connector_never_pass_to_another_issuer() {
    let all = running().await;
    let members = |more: &Value| all.members(more);
    let own = json!({"client_secret": all.secret});
    all.server.run_ok(&["connector", "add", NAME, "--file", "-"], &members(&own));
    all.upstream.add_user("linus@kernel.example", "Linus", None).await;
    let mut at_hat = all.server.browser();
    soon("the server knows it", async || all.buttons().await == 1).await;
    let page = at_hat.open(&format!("{}/account", all.server.issuer)).await.page();
    let request = at_hat.open(&link_to(&page, "Upstream")).await.away();
    let mut there = all.upstream.browser();
    let back = all.upstream.sign_in(&mut there, request.as_str(), "linus@kernel.example").await;
    let page = at_hat.open(back.away().as_str()).await.page();
    assert!(page.text().contains("Linus"), "he has an account by it: {}", page.text());
    let moved = json!({"issuer": "https://eve.example"});
    let update = ["connector", "update", NAME, "--file", "-"];
    let (code, told) = all.server.run_refused(&update, &members(&moved));
    assert!(code == 1 && told.contains("under another name"), "{told}");
    all.server.run_ok(&update, &members(&json!({"title": "Renamed"})));
    let (code, told) = all.server.run_refused(&["connector", "delete", NAME], "");
    assert!(code == 1 && told.contains("--unlink"), "{told}");
    all.server.run_ok(&["connector", "delete", NAME, "--unlink"], "");
    all.server.run_ok(&["connector", "add", NAME, "--file", "-"], &members(&moved));
}
