//! Requests to the issuer: no redirects, and bounds for time and size.

use std::error::Error;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::byte_serialize;
use reqwest::header::{
    ACCEPT, AGE, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH,
};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, RequestBuilder, Response, StatusCode};
use url::Url;

use super::freshness::lifetime;

/// The most bytes of an answer.
const MOST: usize = 256 * 1024;

/// The client for one issuer.
pub struct Http(Client);

/// Why nothing of use came back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Another status than that of success.
    #[error("the answer has the status {0}")]
    Status(u16),
    /// Longer than 256 kB.
    #[error("the answer is longer than 256 kB")]
    TooLong,
    /// Something else than was asked for.
    #[error("the answer is of no use: {0}")]
    Content(&'static str),
    /// The connection failed, or nothing came in time.
    #[error("{0}")]
    Failed(String),
}

/// A document that was asked for.
pub struct Fetched {
    /// The document; none when it is unchanged.
    pub body: Option<Vec<u8>>,
    /// Its entity tag.
    pub etag: Option<String>,
    /// For how many seconds it is fresh.
    pub lifetime: i64,
}

impl Http {
    /// A client that trusts the system's certificate authorities and these, as PEM.
    pub fn new(
        authorities: &[Vec<u8>],
        timeout: Duration,
        plain: bool,
    ) -> Result<Self, reqwest::Error> {
        let mut more = Vec::new();
        for pem in authorities {
            more.extend(Certificate::from_pem_bundle(pem)?);
        }
        let builder = Client::builder()
            .user_agent(concat!("hatcheck-guard/", env!("CARGO_PKG_VERSION")))
            .https_only(!plain)
            .redirect(Policy::none())
            .timeout(timeout)
            // Below the time after which servers close: a connection that is about to go is not used again
            .pool_idle_timeout(Duration::from_secs(4));
        let builder = if more.is_empty() { builder } else { builder.tls_certs_merge(more) };
        Ok(Self(builder.build()?))
    }

    /// Fetches a document, unless it is the one that is at hand.
    pub async fn get(&self, url: &Url, etag: Option<&str>) -> Result<Fetched, FetchError> {
        let mut request = self.0.get(url.clone()).header(ACCEPT, "application/json");
        if let Some(etag) = etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let response = send(request).await?;
        let headers = response.headers();
        let text = |value: &reqwest::header::HeaderValue| value.to_str().ok().map(str::to_owned);
        let tag = headers.get(ETAG).and_then(text);
        let lifetime = lifetime_of(headers);
        match response.status() {
            StatusCode::OK => {
                Ok(Fetched { body: Some(body(response).await?), etag: tag, lifetime })
            }
            StatusCode::NOT_MODIFIED if etag.is_some() => {
                Ok(Fetched { body: None, etag: etag.map(str::to_owned), lifetime })
            }
            other => Err(FetchError::Status(other.as_u16())),
        }
    }

    /// Posts a form with the credentials of a client; the status and the body of the answer.
    pub async fn post(
        &self,
        url: &Url,
        authorization: &str,
        form: String,
    ) -> Result<(u16, Vec<u8>), FetchError> {
        let request = self
            .0
            .post(url.clone())
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, authorization)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        let response = send(request).await?;
        Ok((response.status().as_u16(), body(response).await?))
    }
}

/// A client's credentials as a header (`client_secret_basic`, RFC 6749 section 2.3.1).
pub fn basic(client_id: &str, client_secret: &str) -> String {
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(client_id), encode(client_secret))))
}

fn lifetime_of(headers: &HeaderMap) -> i64 {
    let values = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    lifetime(values, headers.get(AGE).and_then(|value| value.to_str().ok()))
}

async fn send(request: RequestBuilder) -> Result<Response, FetchError> {
    request.send().await.map_err(|error| failed(&error))
}

async fn body(mut response: Response) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error))? {
        if body.len() + chunk.len() > MOST {
            return Err(FetchError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What went wrong at the bottom: the upper layers only say that something did.
fn failed(error: &dyn Error) -> FetchError {
    let mut text = error.to_string();
    let mut at = error.source();
    while let Some(each) = at {
        text = each.to_string();
        at = each.source();
    }
    FetchError::Failed(text)
}
