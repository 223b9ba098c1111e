//! `hatcheck explain`: every refusal can be explained.

use std::time::Duration;

use reqwest::Method;
use tempfile::TempDir;

use super::started;
use crate::support::*;

/// A method, a path, and a body with its type.
type Case<'c> = (Method, &'c str, Option<(&'c str, &'c str)>);

/// The reference on a page or in JSON.
fn reference(body: &str) -> Option<String> {
    let is_code = |word: &&str| {
        word.len() == 9
            && word.as_bytes()[4] == b'-'
            && word
                .bytes()
                .enumerate()
                .all(|(at, byte)| at == 4 || b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ".contains(&byte))
    };
    let words = |c: char| !(c.is_ascii_alphanumeric() || c == '-');
    body.split(words).find(is_code).map(str::to_owned)
}

/// What the command says of a reference; the server writes it down a moment after its answer.
async fn try_explain(server: &Process, body: &str) -> Result<serde_json::Value, String> {
    let reference = reference(body).ok_or_else(|| format!("no reference: {body}"))?;
    let command = ["explain", &reference, "--json"];
    let mut output = server.run(&command, "");
    for _ in 0..20 {
        if output.status.success() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        output = server.run(&command, "");
    }
    let told: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())?;
    let sound = told["reference"] == reference.as_str()
        && told["rule"].as_str().is_some_and(|rule| rule.len() > 10)
        && !told["at"].is_null();
    if sound { Ok(told) } else { Err(told.to_string()) }
}

async fn explained(server: &Process, body: &str) -> serde_json::Value {
    try_explain(server, body).await.unwrap()
}

#[actix_web::test]
async fn pain_4_a_refused_redirect_uri_is_explained_with_the_nearest_and_the_command() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    let url =
        server.notes().authorization_url(&[("redirect_uri", "https://notes.example/callback")]);
    let page = server.browser().open(&url).await.page();
    assert_eq!(page.status, 400);
    assert!(page.text().contains("https://notes.example/callback"), "it shows what came in");
    assert!(!page.body.contains("href=\"https://notes.example/callback"), "but links nowhere");
    let told = explained(&server, &page.text()).await;
    let mend = told["mend"].as_str().unwrap();
    assert!(mend.contains("https://notes.example/cb"), "{mend}");
    assert!(mend.contains("hatcheck client update notes --file"), "{mend}");
    let code = told["reference"].as_str().unwrap();
    let text = server.run_ok(&["explain", code], "");
    for line in ["When:", "Error:", "What came in:", "The rule:", "What mends it:"] {
        assert!(text.contains(line), "{text}");
    }

    // What it says can be done as it says, and mends it
    let mut registration = server.run_json(&["client", "show", "--json", "notes"], "");
    registration["redirect_uris"]
        .as_array_mut()
        .unwrap()
        .push("https://notes.example/callback".into());
    server.run_ok(&["client", "update", "notes", "--file", "-"], &registration.to_string());
    soon("it is mended", async || server.browser().open(&url).await.page().status == 200).await;
}

#[actix_web::test]
async fn pain_21_every_refusal_carries_a_reference_that_explain_knows() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    let notes = server.notes();
    let form = "application/x-www-form-urlencoded";
    let good = notes.authorization_url(&[]);
    let authorize = good.strip_prefix(&server.issuer).unwrap();
    let long = format!("/authorize?state={}", "x".repeat(9_000));
    let body = "a".repeat(70_000);
    let cases: Vec<Case> = vec![
        (Method::GET, "/nothing", None),
        (Method::DELETE, "/jwks", None),
        (Method::PUT, "/login", None),
        (Method::GET, "/token", None),
        (Method::GET, "/authorize", None),
        (Method::GET, "/authorize?client_id=nobody", None),
        (Method::GET, "/authorize?client_id=notes", None),
        (Method::GET, "/authorize?client_id=%ff", None),
        (Method::GET, "/authorize/resume?interaction=x", None),
        (Method::GET, "/login?interaction=x", None),
        (
            Method::GET,
            "/end-session?id_token_hint=x&post_logout_redirect_uri=https://x.example",
            None,
        ),
        (Method::GET, &long, None),
        (Method::POST, "/token", Some((form, "grant_type=authorization_code"))),
        (
            Method::POST,
            "/token",
            Some((form, "grant_type=refresh_token&client_id=notes&client_secret=wrong")),
        ),
        (Method::POST, "/token", Some((form, &body))),
        (Method::POST, "/token", Some(("application/json", "{}"))),
        (Method::POST, "/introspect", Some((form, "token=x"))),
        (Method::POST, "/revoke", Some((form, "token=x"))),
        (Method::POST, "/login", Some((form, "username=a&password=b"))),
        (Method::POST, "/account/password", Some((form, "a=b"))),
        (Method::POST, "/end-session", Some((form, "csrf=x&decision=allow"))),
    ];
    let (mut wrong, mut refused) = (Vec::new(), 0);
    for accept in ["text/html", "application/json"] {
        for (method, path, content) in &cases {
            let url = format!("{}{path}", server.issuer);
            let mut request = server.http.request(method.clone(), url).header("accept", accept);
            if let Some((kind, text)) = content {
                request = request.header("content-type", *kind).body((*text).to_owned());
            }
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            let kind = answer.headers().get("content-type").cloned();
            let json = kind.is_some_and(|kind| kind.to_str().unwrap().contains("json"));
            let body = answer.text().await.unwrap();
            // Some begin anew instead: there is nothing to explain
            if status < 400 {
                continue;
            }
            refused += 1;
            match try_explain(&server, &body).await {
                Err(why) => wrong.push(format!("{method} {path} ({accept}, {status}): {why}")),
                Ok(_) if status >= 500 => wrong.push(format!("{method} {path}: {status} {body}")),
                Ok(told) if json => {
                    let answer: serde_json::Value = serde_json::from_str(&body).unwrap();
                    if answer["reference"] != told["reference"] {
                        wrong.push(format!("{method} {path}: {answer}"));
                    }
                }
                Ok(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(refused > 30, "{refused} of these were refused");
    let doubled = format!("{}{authorize}&state=again", server.issuer);
    let back = server.browser().open(&doubled).await.away();
    explained(&server, &param(&back, "error_description").unwrap()).await;
    let refused = server.http.get(format!("{}/userinfo", server.issuer)).bearer_auth("x.y.z");
    let refused = refused.send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap().to_owned();
    explained(&server, &challenge).await;
}

#[actix_web::test]
async fn an_unknown_reference_says_so() {
    let folder = TempDir::new().unwrap();
    let server = started(&folder).await;
    for unknown in ["K7QM-3XWT", "", "\u{1b}[2J"] {
        let (code, told) = server.run_refused(&["explain", unknown], "");
        assert!(code == 1 && !told.contains('\u{1b}'), "{unknown:?}: {code} {told}");
    }
}
