//! Responses of the authorization endpoint, however they travel.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Browser, Landing, TestApp, TestClient};

/// Every response type.
pub const TYPES: [&str; 7] = [
    "code",
    "id_token",
    "id_token token",
    "code id_token",
    "code token",
    "code id_token token",
    "none",
];

/// A response: where it went, and its members.
#[derive(Clone, Debug)]
pub struct Response {
    /// `query`, `fragment` or `form_post`.
    pub mode: &'static str,
    /// The address, without what it carries.
    pub to: String,
    pub members: BTreeMap<String, String>,
}

impl Response {
    /// Reads a response; a page is one when its form leads away.
    #[track_caller]
    pub fn of(landing: Landing) -> Self {
        let url = match landing {
            Landing::Page(page) => {
                let (target, fields) = page.filled(&[], None);
                assert_ne!(target.origin(), page.url.origin(), "{}", page.text());
                let members = fields.into_iter().collect();
                return Self { mode: "form_post", to: target.to_string(), members };
            }
            Landing::Away(url) => url,
        };
        let (mode, text) = match (url.fragment(), url.query()) {
            (Some(fragment), _) => ("fragment", fragment),
            (None, query) => ("query", query.unwrap_or_default()),
        };
        let members = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        let end = if mode == "fragment" { '#' } else { '?' };
        let to = url.as_str().split(end).next().unwrap_or_default().to_owned();
        Self { mode, to, members }
    }

    /// A member, or nothing.
    pub fn get(&self, name: &str) -> &str {
        self.members.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The names of all members, but for `session_state`, which joins where there is a state to tell.
    pub fn names(&self) -> Vec<&str> {
        self.members.keys().map(String::as_str).filter(|name| *name != "session_state").collect()
    }
}

impl TestApp {
    /// An app of the profile `openid` that may ask for every response type.
    pub async fn add_openid_client(&self, id: &str, more: Value) -> TestClient {
        let mut members = json!({
            "profile": "openid",
            "response_types": TYPES,
            "grant_types": ["authorization_code", "implicit", "refresh_token"],
        });
        for (name, value) in more.as_object().unwrap() {
            members[name] = value.clone();
        }
        self.add_client(id, members).await
    }

    /// Opens a request, signs in where a page asks for it, allows what a page asks for: the response.
    pub async fn respond(&self, browser: &mut Browser, url: &str, email: &str) -> Response {
        let mut landing = browser.open(url).await;
        if let Landing::Page(page) = &landing
            && page.body.contains("name=\"password\"")
        {
            landing = self.sign_in(browser, url, email).await;
        }
        if let Landing::Page(page) = &landing
            && page.body.contains("value=\"allow\"")
        {
            landing = browser.submit(&page.clone(), &[], Some("allow")).await;
        }
        Response::of(landing)
    }
}

/// The left half of a text's SHA-256: `at_hash` and `c_hash` of an RS256 ID token.
pub fn half_hash(text: &str) -> String {
    let hash = digest(&SHA256, text.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])
}
