//! Plain http, proxies and issuers with a path: what the server believes about where it is.

use tempfile::TempDir;

use super::{ask, status};
use crate::support::client::claims_of;
use crate::support::*;

fn prepared(folder: &TempDir) -> Process {
    let url = format!("sqlite://{}", folder.path().join("hatcheck.sqlite").display());
    Process::prepare(folder.path(), &url)
}

#[actix_web::test]
async fn key_05_plain_http_is_refused_where_a_network_is_between() {
    let folder = TempDir::new().unwrap();
    let mut server = prepared(&folder);
    let here = server.issuer.clone();
    server.set("HATCHECK_ISSUER", "http://idp.example");
    let (code, told) = server.refused();
    assert_eq!(code, Some(78), "{told}");
    assert!(told.contains("HATCHECK_ISSUER") && told.contains("https"), "{told}");
    server.set("HATCHECK_SERVER__INSECURE_HTTP", "true");
    server.serve().await;
    assert_eq!(server.get("/health/live").await.status, 200);
    let discovery = server.get("/.well-known/openid-configuration").await.json();
    assert_eq!(discovery["issuer"], "http://idp.example");
    assert!(!discovery.to_string().contains(&here));
}

const SPOOFED: &str = "x-forwarded-host: evil.example\r\nx-forwarded-proto: https\r\nx-forwarded-port: 1\r\n\
                       x-forwarded-prefix: /evil\r\nx-original-url: /evil\r\nforwarded: host=evil.example;proto=https\r\n";

#[actix_web::test]
async fn pain_3_no_header_changes_a_url() {
    let folder = TempDir::new().unwrap();
    let mut server = prepared(&folder);
    server.add_ada_and_notes();
    server.serve().await;
    let plain = "host: x\r\n";
    let spoofed = format!("host: evil.example\r\n{SPOOFED}");
    let url = server.notes().authorization_url(&[]);
    let authorize = url.strip_prefix(&server.issuer).unwrap();
    for path in [
        "/.well-known/openid-configuration",
        "/jwks",
        "/account",
        "/login",
        "/end-session",
        "/nothing",
        authorize,
    ] {
        let get = |headers: &str| {
            let request = format!(
                "GET {path} HTTP/1.1\r\n{headers}accept: text/html\r\nconnection: close\r\n\r\n"
            );
            ask(&server, request.as_bytes())
        };
        let (one, other) = (get(plain), get(&spoofed));
        assert_eq!(status(&one), status(&other), "{path}");
        assert!(!other.contains("evil"), "{path}: {other}");
        let location = |answer: &str| {
            let line = answer.lines().find(|line| line.starts_with("location: "))?;
            Some(line.split(['?', '&']).next().unwrap().to_owned())
        };
        assert_eq!(location(&one), location(&other), "{path}");
    }
    let discovery = |headers: &[(&str, &str)]| {
        let mut request =
            server.http.get(format!("{}/.well-known/openid-configuration", server.issuer));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        async { request.send().await.unwrap().text().await.unwrap() }
    };
    let expected = discovery(&[]).await;
    for headers in [
        [("host", "evil.example"), ("x-forwarded-host", "evil.example")],
        [("x-forwarded-proto", "https"), ("forwarded", "host=evil.example;proto=https")],
    ] {
        assert_eq!(discovery(&headers).await, expected);
    }
}

#[actix_web::test]
async fn an_issuer_with_a_path_has_the_whole_flow_below_it() {
    let folder = TempDir::new().unwrap();
    let mut server = prepared(&folder);
    let root = server.issuer.clone();
    server.issuer = format!("{root}/hat");
    let issuer = server.issuer.clone();
    server.set("HATCHECK_ISSUER", &issuer);
    server.add_ada_and_notes();
    server.serve().await;
    let discovery = server.get("/.well-known/openid-configuration").await.json();
    assert_eq!(discovery["issuer"], issuer.as_str());
    for (name, value) in discovery.as_object().unwrap() {
        let is_ours = name.ends_with("_endpoint") || name == "jwks_uri";
        assert!(!is_ours || value.as_str().unwrap().starts_with(&format!("{issuer}/")), "{name}");
    }
    let mut browser = server.signed_in().await;
    let code = server.code(&mut browser).await;
    let tokens = server.notes().redeem(&code).await.tokens();
    let claims = claims_of(&tokens.id_token.unwrap());
    assert_eq!(claims["iss"], issuer.as_str());
    assert_eq!(server.userinfo(&tokens.access_token).await, 200);
    let outside = server.http.get(format!("{root}/token")).send().await.unwrap();
    assert_eq!(outside.status(), 404);
    let mut party = RelyingParty::new(&server.http, &issuer);
    party.fetch(0).await;
    party.verify(&tokens.access_token).unwrap();
}
