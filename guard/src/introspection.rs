//! Asking the issuer whether a token still stands: RFC 7662.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use form_urlencoded::Serializer;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use crate::issuer::Issuer;
use crate::issuer::http::{FetchError, basic};
use crate::{Clock, Refusal};

/// The most questions at a time, so that made-up tokens can't flood the issuer through this app.
const AT_ONCE: usize = 64;

/// Asks the issuer about each token, so that one that was revoked is refused at once, and opaque ones can be read.
pub struct Introspection {
    authorization: String,
    keep: i64,
    most: usize,
}

impl Introspection {
    /// With the credentials of this API's server, which the issuer knows as a client (`client_secret_basic`, RFC 6749
    /// section 2.3.1). Answers are kept for five seconds, and 10,000 of them at most.
    pub fn new(client_id: &str, client_secret: &str) -> Self {
        Self { authorization: basic(client_id, client_secret), keep: 5, most: 10_000 }
    }

    /// For how long an answer is believed: how long a revoked token may live on. Whole seconds; none asks for each request.
    #[must_use]
    pub fn keep(mut self, time: Duration) -> Self {
        self.keep = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        self
    }

    /// How many answers are kept.
    #[must_use]
    pub const fn most(mut self, answers: usize) -> Self {
        self.most = answers;
        self
    }
}

impl fmt::Debug for Introspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspection").field("keep", &self.keep).finish_non_exhaustive()
    }
}

/// What the issuer says of an active token; `None` of any other.
pub type Facts = Option<Arc<Map<String, Value>>>;

/// Asks, and remembers the answers for a moment.
pub struct Asker {
    settings: Introspection,
    clock: Clock,
    recent: Mutex<Recent>,
    places: Semaphore,
}

impl Asker {
    /// One that has asked nothing.
    pub fn new(settings: Introspection, clock: Clock) -> Self {
        let recent = Mutex::new(Recent::new(settings.most));
        Self { settings, clock, recent, places: Semaphore::new(AT_ONCE) }
    }

    /// Whether a token is active, and what the issuer says of it.
    pub async fn ask(&self, token: &str, issuer: &Arc<Issuer>) -> Result<Facts, Refusal> {
        let name = name_of(token);
        if let Some(facts) = self.recent().find(&name, self.clock.now()) {
            return Ok(facts);
        }
        let endpoint = issuer.introspection_endpoint().await?;
        let form = Serializer::new(String::new())
            .append_pair("token", token)
            .append_pair("token_type_hint", "access_token")
            .finish();
        let place = self.places.acquire().await.map_err(|_| Refusal::Unavailable)?;
        let asked_at = self.clock.now();
        let answer = issuer.http.post(&endpoint, &self.settings.authorization, form).await;
        drop(place);
        let facts = answer.and_then(|(status, body)| parse(status, &body)).map_err(|error| {
            tracing::error!(%error, "the issuer does not say whether a token is active");
            Refusal::Unavailable
        })?;
        self.recent().remember(name, facts.clone(), asked_at, self.settings.keep);
        Ok(facts)
    }

    fn recent(&self) -> std::sync::MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A name for a token that does not tell it.
pub fn name_of(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes()))
}

/// Section 2.2.
fn parse(status: u16, body: &[u8]) -> Result<Facts, FetchError> {
    const NONE: FetchError = FetchError::Content("it is no answer of an introspection endpoint");
    if status != 200 {
        return Err(FetchError::Status(status));
    }
    let mut facts: Map<String, Value> = serde_json::from_slice(body).map_err(|_| NONE)?;
    match facts.remove("active") {
        Some(Value::Bool(true)) => Ok(Some(Arc::new(facts))),
        Some(Value::Bool(false)) => Ok(None),
        _ => Err(NONE),
    }
}

/// Answers of the last moments, in two halves: when the younger is full, the older goes.
struct Recent {
    half: usize,
    young: HashMap<String, Answer>,
    old: HashMap<String, Answer>,
}

struct Answer {
    facts: Facts,
    from: i64,
    until: i64,
}

impl Recent {
    fn new(most: usize) -> Self {
        Self { half: most.div_ceil(2), young: HashMap::new(), old: HashMap::new() }
    }

    fn find(&self, name: &str, now: i64) -> Option<Facts> {
        let answer = self.young.get(name).or_else(|| self.old.get(name))?;
        (answer.from..answer.until).contains(&now).then(|| answer.facts.clone())
    }

    fn remember(&mut self, name: String, facts: Facts, now: i64, keep: i64) {
        if keep == 0 || self.half == 0 {
            return;
        }
        if self.young.len() >= self.half {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(name, Answer { facts, from: now, until: now.saturating_add(keep) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_7662_section_2_2_only_a_clear_answer_counts() {
        for (body, expected) in [
            (r#"{"active":true,"sub":"ada"}"#, Ok(true)),
            (r#"{"active":false}"#, Ok(false)),
            (r#"{"active":"true"}"#, Err(())),
            (r#"{"active":1}"#, Err(())),
            (r#"{"sub":"ada"}"#, Err(())),
            ("[]", Err(())),
            ("", Err(())),
        ] {
            let parsed = parse(200, body.as_bytes()).map(|facts| facts.is_some()).map_err(drop);
            assert_eq!(parsed, expected, "{body}");
        }
    }

    #[test]
    fn answers_are_kept_for_their_time_and_in_their_number() {
        let mut recent = Recent::new(4);
        for n in 0..100 {
            recent.remember(n.to_string(), None, 1_000, 5);
            assert!(recent.young.len() + recent.old.len() <= 4);
        }
        assert!(recent.find("99", 1_004).is_some() && recent.find("98", 1_000).is_some());
        assert!(recent.find("90", 1_000).is_none(), "pushed out");
        assert!(recent.find("99", 1_005).is_none(), "too old");
        assert!(recent.find("99", 999).is_none(), "the clock was set back");
        recent.remember("x".to_owned(), None, 1_000, 0);
        assert!(recent.find("x", 1_000).is_none(), "nothing is kept for no time");
    }

    #[test]
    fn rfc_6749_section_2_3_1_credentials_are_encoded_and_not_shown() {
        let settings = Introspection::new("notes api", "a:b%c");
        assert_eq!(settings.authorization, "Basic bm90ZXMrYXBpOmElM0FiJTI1Yw==");
        assert!(!format!("{settings:?}").contains("Basic"));
    }
}
