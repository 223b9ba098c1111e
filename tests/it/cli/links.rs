//! `hatcheck link`.

use serde_json::json;
use tempfile::TempDir;

use super::started;

const TARGET: &str = "https://diary.example/welcome";

/// The words that make a link for an app.
fn add<'a>(client: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let words = ["link", "add", "--client", client, "--user", "Ada@Example.org"];
    [&words[..], &["--purpose", "Look", "--target", TARGET], more].concat()
}

#[actix_web::test]
async fn an_admin_makes_lists_and_withdraws_links() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    let redirect_uris = ["https://diary.example/cb"];
    let diary =
        json!({"client_id": "diary", "redirect_uris": redirect_uris, "link_uris": [TARGET]});
    server.run_ok(&["client", "add", "--file", "-"], &diary.to_string());
    let url = server.run_ok(&add("diary", &[]), "");
    let url = url.trim();
    assert!(url.starts_with(&format!("{}/link?t=", server.issuer)), "{url}");
    let page = server.browser().open(url).await.page();
    assert!(page.status == 200 && page.text().contains("Ada Lovelace"), "{}", page.text());
    for (client, more, message) in [
        ("notes", &[][..], "link_uris"),
        ("nobody", &[], "client"),
        ("diary", &["--lifetime", "0"], "lifetime"),
        ("diary", &["--data", "{"], "data"),
        ("diary", &["--on-get"], "link_on_get"),
    ] {
        let (_, error) = server.run_refused(&add(client, more), "");
        assert!(error.contains(message), "{client} {more:?}: {error}");
    }
    let listed = server.run_json(&["link", "list", "--client", "diary", "--json"], "");
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["state"]), (1, &json!("open")));
    let id = listed[0]["id"].as_str().unwrap();
    let token = url.split_once("t=").unwrap().1;
    assert!(!server.run_ok(&["link", "list"], "").contains(token), "it is shown once");
    server.run_ok(&["link", "delete", "--client", "diary", id], "");
    assert_eq!(server.browser().open(url).await.page().status, 410);
    assert!(server.run_ok(&["link", "list"], "").contains("withdrawn"));
    server.run_refused(&["link", "delete", "--client", "notes", id], "");
}
