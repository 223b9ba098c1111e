//! What the tests and the bench stand on: an issuer with a key, and a guard with a clock of its own.

pub mod issuer;
pub mod signing;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use hatcheck_guard::{Algorithm, Builder, Clock, Guard};
use serde_json::{Value, json};

pub use issuer::TestIssuer;
pub use signing::SigningKey;

/// When the tests begin.
pub const START: i64 = 1_700_000_000;

/// An issuer, its key, and the time.
pub struct Scene {
    pub issuer: TestIssuer,
    pub key: SigningKey,
    pub now: Arc<AtomicI64>,
}

impl Scene {
    /// An issuer that signs with ES256.
    pub async fn new() -> Self {
        Self::with(Algorithm::ES256).await
    }

    /// An issuer that signs with another algorithm.
    pub async fn with(algorithm: Algorithm) -> Self {
        let key = SigningKey::new(algorithm, "first");
        let issuer = TestIssuer::start(vec![key.public()]).await;
        Self { issuer, key, now: Arc::new(AtomicI64::new(START)) }
    }

    /// What a guard is made of.
    pub fn builder(&self) -> Builder {
        let now = self.now.clone();
        let clock = Clock::new(move || now.load(Ordering::Relaxed));
        Guard::builder(&self.issuer.url, "notes").clock(clock)
    }

    /// A guard for `notes`.
    pub fn guard(&self) -> Guard {
        self.builder().build().unwrap()
    }

    /// The present second.
    pub fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    /// Moves the clock on.
    pub fn later(&self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }

    /// The claims of a good token; `more` changes them.
    pub fn claims(&self, more: &Value) -> Value {
        let mut claims = json!({
            "iss": self.issuer.url, "sub": "ada", "aud": [self.issuer.url, "notes"], "client_id": "app",
            "exp": self.now() + 900, "iat": self.now(), "jti": "t1", "scope": "openid notes:read",
            "acr": "urn:hatcheck:acr:1fa", "auth_time": self.now(),
        });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    /// A good token.
    pub fn token(&self) -> String {
        self.key.sign(&self.claims(&json!({})))
    }

    /// A good token with other claims.
    pub fn token_with(&self, more: &Value) -> String {
        self.key.sign(&self.claims(more))
    }
}

/// Waits until this holds, for at most five seconds.
pub async fn soon(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(5), "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
