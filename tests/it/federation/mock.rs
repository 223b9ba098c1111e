//! A provider that says what a test wants.

use serde_json::{Value, json};

use crate::support::key::ClientKey;
use crate::support::peer::Peer;
use crate::support::*;

/// The provider, its key, and what it says in the next ID token and userinfo.
pub struct Mock {
    pub peer: Peer,
    pub key: ClientKey,
}

impl Mock {
    /// One that names itself in its answers.
    pub async fn start() -> Self {
        let mock = Self { peer: Peer::start().await, key: ClientKey::new("ES256", "k1") };
        mock.peer.publish("/.well-known/openid-configuration", &mock.metadata());
        mock.peer.publish("/jwks", &mock.key.set());
        mock
    }

    /// Its discovery document.
    pub fn metadata(&self) -> Value {
        json!({
            "issuer": self.peer.base,
            "authorization_endpoint": self.peer.url("/authorize"),
            "token_endpoint": self.peer.url("/token"),
            "userinfo_endpoint": self.peer.url("/userinfo"),
            "jwks_uri": self.peer.url("/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "RS256", "HS256"],
            "authorization_response_iss_parameter_supported": true,
        })
    }

    /// The claims of a good ID token; `more` changes them, and takes away with null.
    pub fn claims(&self, hat: &TestApp, nonce: &str, more: &Value) -> Value {
        let now = hat.app.now().seconds();
        let mut claims = json!({
            "iss": self.peer.base, "aud": "hat", "sub": "s-1", "nonce": nonce, "iat": now, "exp": now + 300,
            "auth_time": now, "email": "mia@mock.example", "email_verified": true, "name": "Mia",
        });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        claims
    }

    /// What the token endpoint gives.
    pub fn gives(&self, id_token: &str) {
        let answer = json!({"access_token": "at", "token_type": "Bearer", "id_token": id_token});
        self.peer.publish("/token", &answer);
    }

    /// What userinfo tells.
    pub fn tells(&self, claims: &Value) {
        self.peer.publish("/userinfo", claims);
    }
}
