//! An app that uses the login, over real HTTP.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hatcheck::model::client::{ClientSecret, Metadata};
use hatcheck::model::{Client, ClientId, Digest};
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use super::TestApp;

/// The verifier that all test apps use (RFC 7636 appendix B), and its challenge.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A registered app and its secret.
#[derive(Clone)]
pub struct TestClient {
    pub id: String,
    pub secret: String,
    pub redirect_uri: String,
    pub row: Client,
    issuer: String,
    http: reqwest::Client,
}

/// An answer of a JSON endpoint.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
}

/// The tokens of a good answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    pub access_token: String,
    pub refresh_token: Option<String>,
    pub id_token: Option<String>,
    pub scope: String,
}

impl TestClient {
    pub(super) fn register(app: &TestApp, id: &str, metadata: &Value) -> Self {
        let metadata = Metadata::from_json(metadata.as_object().unwrap().clone()).unwrap();
        let now = app.app.now();
        let secrets = vec![ClientSecret {
            digest: Digest::of(secret_of(id)),
            expires_at: None,
            sealed: None,
        }];
        let public =
            metadata.token_endpoint_auth_method == Some(hatcheck::model::client::AuthMethod::None);
        let row = Client {
            id: ClientId::parse(id).unwrap(),
            metadata,
            secrets: if public { Vec::new() } else { secrets },
            created_at: now,
            updated_at: now,
        };
        Self::of(app, row)
    }

    pub(super) fn of(app: &TestApp, row: Client) -> Self {
        let redirect_uri = row.metadata.redirect_uris.first().map(|uri| uri.as_str().to_owned());
        Self {
            id: row.id.to_string(),
            secret: secret_of(row.id.as_str()),
            redirect_uri: redirect_uri.unwrap_or_default(),
            row,
            issuer: app.issuer.clone(),
            http: app.http.clone(),
        }
    }

    /// The app of this name at a server in another process, as `Process` registers it.
    pub fn named(issuer: &str, http: &reqwest::Client, id: &str) -> Self {
        let metadata = serde_json::json!({ "redirect_uris": [format!("https://{id}.example/cb")] });
        let now = hatcheck::model::Timestamp::from_seconds(0);
        Self {
            id: id.to_owned(),
            secret: secret_of(id),
            redirect_uri: format!("https://{id}.example/cb"),
            row: Client {
                id: ClientId::parse(id).unwrap(),
                metadata: Metadata::from_json(metadata.as_object().unwrap().clone()).unwrap(),
                secrets: Vec::new(),
                created_at: now,
                updated_at: now,
            },
            issuer: issuer.to_owned(),
            http: http.clone(),
        }
    }

    /// The same app, talking to another node.
    pub fn at(&self, base: &str) -> Self {
        Self { issuer: base.to_owned(), ..self.clone() }
    }

    /// The URL of a path at the server that it talks to.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// An authorization request; `more` adds parameters, replaces those of the same name, and removes with an empty value.
    pub fn authorization_url(&self, more: &[(&str, &str)]) -> String {
        let mut params = vec![
            ("client_id", self.id.as_str()),
            ("redirect_uri", &self.redirect_uri),
            ("response_type", "code"),
            ("scope", "openid profile email offline_access"),
            ("state", "the state"),
            ("nonce", "the nonce"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        params.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        params.extend(more.iter().filter(|(_, value)| !value.is_empty()));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        format!("{}/authorize?{query}", self.issuer)
    }

    /// Posts to an endpoint with the app's secret in the header.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(path, Some((&self.id, &self.secret)), fields).await
    }

    /// Posts to an endpoint, with these Basic credentials or none.
    pub async fn send(
        &self,
        path: &str,
        basic: Option<(&str, &str)>,
        fields: &[(&str, &str)],
    ) -> Answer {
        self.try_send(path, basic, fields).await.expect("the server answers")
    }

    /// Posts to an endpoint of a server that may be gone.
    pub async fn try_send(
        &self,
        path: &str,
        basic: Option<(&str, &str)>,
        fields: &[(&str, &str)],
    ) -> Result<Answer, reqwest::Error> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = self
            .http
            .post(format!("{}{path}", self.issuer))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        if let Some((id, secret)) = basic {
            let encode =
                |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            request = request.basic_auth(encode(id), Some(encode(secret)));
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, body: response.text().await? })
    }

    /// Redeems a code.
    pub async fn redeem(&self, code: &str) -> Answer {
        self.redeem_with(code, VERIFIER).await
    }

    /// Redeems a code with another verifier.
    pub async fn redeem_with(&self, code: &str, verifier: &str) -> Answer {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", verifier),
        ];
        self.post("/token", &fields).await
    }

    /// Uses a refresh token.
    pub async fn refresh(&self, token: &str) -> Answer {
        self.post("/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }
}

impl Answer {
    /// The JSON of the body.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.body))
    }

    /// Status and error code.
    pub fn error(&self) -> (u16, String) {
        (self.status, self.json()["error"].as_str().unwrap_or_default().to_owned())
    }

    /// The tokens of a good answer, or a failure that shows the other.
    #[track_caller]
    pub fn tokens(&self) -> Tokens {
        assert_eq!(self.status, 200, "{}", self.body);
        let json = self.json();
        let text = |name: &str| json[name].as_str().map(str::to_owned);
        Tokens {
            access_token: text("access_token").expect("an access token"),
            refresh_token: text("refresh_token"),
            id_token: text("id_token"),
            scope: text("scope").unwrap_or_default(),
        }
    }
}

/// The claims of a JWT, unverified.
pub fn claims_of(token: &str) -> Map<String, Value> {
    let part = token.split('.').nth(1).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The header of a JWT.
pub fn header_of(token: &str) -> Map<String, Value> {
    let part = token.split('.').next().expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// Parameters of a URL's query.
pub fn query_of(url: &Url) -> Vec<(String, String)> {
    url.query_pairs().into_owned().collect()
}

fn secret_of(id: &str) -> String {
    format!("the secret of {id}, long enough")
}
