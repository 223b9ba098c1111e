//! A partner's portal signs its people in to an app of the HAT: it sends a signed request, and gets a link.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hatcheck::http::{Answering, App, Attempt, Authenticator, Once, Recognised, Unrecognised};
use hatcheck::model::{ClientId, Username};
use serde::Deserialize;

/// How far the clocks may be apart, and how old a request may be.
const WITHIN: Duration = Duration::from_mins(5);

/// What the partner sends as JSON, with the HMAC-SHA-256 of the body in `X-Partner-Signature` (base64).
#[derive(Deserialize)]
struct Request {
    user: String,
    page: String,
    /// Seconds since 1970.
    timestamp: i64,
    /// Another one in each request.
    nonce: String,
}

/// The partner, by the key that is shared with it.
pub struct Partner {
    key: hmac::Key,
    client_id: ClientId,
    target: String,
}

impl Partner {
    /// `target`: where its links lead, one of the app's `link_uris`.
    pub fn new(secret: &[u8], client_id: ClientId, target: &str) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        Self { key, client_id, target: target.to_owned() }
    }

    /// The signature first: nothing of an unsigned request is read.
    fn check(&self, app: &App, attempt: &Attempt) -> Result<Recognised, Unrecognised> {
        let signature = attempt.headers.get("x-partner-signature");
        let signature = signature.and_then(|text| STANDARD.decode(text.as_bytes()).ok());
        let signature = signature.ok_or(Unrecognised::Forged)?;
        hmac::verify(&self.key, &attempt.body, &signature).map_err(|_| Unrecognised::Forged)?;
        let request: Request = serde_json::from_slice(&attempt.body)
            .map_err(|error| Unrecognised::Unreadable(error.to_string()))?;
        if app.now().seconds().abs_diff(request.timestamp) > WITHIN.as_secs() {
            return Err(Unrecognised::Forged);
        }
        Ok(Recognised {
            username: Username::canonical(&request.user),
            client_id: self.client_id.clone(),
            purpose: "Go on from the partner's portal".to_owned(),
            target: self.target.clone(),
            lifetime: Some(Duration::from_mins(2)),
            data: Some(serde_json::json!({ "page": request.page }).to_string()),
            once: Once { id: request.nonce, within: WITHIN * 2 },
        })
    }
}

impl Authenticator for Partner {
    fn name(&self) -> &'static str {
        "partner"
    }

    fn authenticate<'a>(&'a self, app: &'a App, attempt: &'a Attempt) -> Answering<'a, Recognised> {
        Box::pin(async move { self.check(app, attempt) })
    }
}
