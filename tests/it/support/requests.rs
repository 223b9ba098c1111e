//! Authorization requests that come in other ways than as parameters: as objects (OpenID Connect Core section 6, RFC
//! 9101) and pushed (RFC 9126).

use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::client::CHALLENGE;
use super::{Answer, Landing, TestApp, TestClient, param};

impl TestClient {
    /// The claims of a good object, with these members replaced or, by null, removed.
    pub fn object(&self, app: &TestApp, changes: &Value) -> Value {
        let now = app.app.now().seconds();
        let mut claims = json!({
            "iss": self.id, "aud": app.issuer, "iat": now, "nbf": now, "exp": now + 60,
            "client_id": self.id, "redirect_uri": self.redirect_uri, "response_type": "code",
            "scope": "openid email", "state": "inner state", "nonce": "inner nonce",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        claims
    }

    /// A request with what has to stand outside of an object; `more` adds, replaces, and removes with an empty value.
    pub fn around_object(&self, more: &[(&str, &str)]) -> String {
        let params = vec![
            ("client_id", self.id.as_str()),
            ("response_type", "code"),
            ("scope", "openid"),
            ("redirect_uri", &self.redirect_uri),
        ];
        self.authorize_url(&changed(params, more))
    }

    /// A request by such an object.
    pub fn with_object(&self, object: &str) -> String {
        self.around_object(&[("request", object)])
    }

    /// What a good request pushes, with these parameters replaced or, when empty, left out.
    pub fn to_push<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let fields = vec![
            ("client_id", self.id.as_str()),
            ("redirect_uri", &self.redirect_uri),
            ("response_type", "code"),
            ("scope", "openid email"),
            ("state", "pushed state"),
            ("nonce", "pushed nonce"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        changed(fields, more)
    }

    /// Pushes it.
    pub async fn push(&self, more: &[(&str, &str)]) -> Answer {
        self.post("/par", &self.to_push(more)).await
    }

    /// The `request_uri` of a good answer.
    pub async fn pushed(&self, more: &[(&str, &str)]) -> String {
        let answer = self.push(more).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()["request_uri"].as_str().unwrap().to_owned()
    }

    /// A request by what was pushed, and nothing else but `more`.
    pub fn pushed_url(&self, request_uri: &str, more: &[(&str, &str)]) -> String {
        let params = [("client_id", self.id.as_str()), ("request_uri", request_uri)];
        self.authorize_url(&[&params[..], more].concat())
    }

    fn authorize_url(&self, params: &[(&str, &str)]) -> String {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        self.url(&format!("/authorize?{query}"))
    }
}

/// Parameters with others replaced, added or, when empty, removed.
fn changed<'a>(
    mut params: Vec<(&'a str, &'a str)>,
    more: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    params.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    params.extend(more.iter().filter(|(_, value)| !value.is_empty()));
    params
}

impl TestApp {
    /// Ada signs in and allows: where the app is led.
    pub async fn answered(&self, url: &str) -> Url {
        let mut browser = self.browser();
        let mut landing = self.sign_in(&mut browser, url, "ada@example.org").await;
        if let Landing::Page(page) = &landing {
            landing = browser.submit(&page.clone(), &[], Some("allow")).await;
        }
        landing.away()
    }

    /// The error that an app is told, or `page STATUS: …` for a page.
    pub async fn error(&self, url: &str) -> String {
        match self.browser().open(url).await {
            Landing::Away(url) => {
                param(&url, "error").unwrap_or_else(|| format!("no error: {url}"))
            }
            Landing::Page(page) => format!("page {}: {}", page.status, page.text()),
        }
    }
}
