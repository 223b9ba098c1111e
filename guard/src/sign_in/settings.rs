//! What an app says about how people sign in.

use std::fmt;
use std::time::Duration;

use crate::Keys;
use crate::issuer::http::basic;

/// How people sign in to an app in a browser. The issuer knows the app as a client with a secret, with the redirect URI
/// `BASE/auth/callback`, the post-logout redirect URI `BASE/`, and the back-channel logout URI
/// `BASE/auth/backchannel-logout`.
#[derive(Clone)]
pub struct SignIn {
    pub(super) client_id: String,
    pub(super) authorization: String,
    pub(crate) base_url: String,
    pub(super) keys: Keys,
    pub(super) scope: String,
    pub(super) resources: Vec<String>,
    pub(super) lifetime: i64,
}

impl SignIn {
    /// With the app's credentials at the issuer, the origin at which browsers see the app, such as `https://notes.example`,
    /// and keys of the app's own. Asks for the scopes `openid` and `offline_access`.
    pub fn new(client_id: &str, client_secret: &str, base_url: &str, keys: &Keys) -> Self {
        Self {
            client_id: client_id.to_owned(),
            authorization: basic(client_id, client_secret),
            base_url: base_url.trim_end_matches('/').to_owned(),
            keys: keys.clone(),
            scope: "openid offline_access".to_owned(),
            resources: Vec::new(),
            lifetime: 30 * 24 * 60 * 60,
        }
    }

    /// The scopes to ask for, with spaces between them. Without `offline_access` a session lasts as long as its first access
    /// token or, with an issuer that gives a refresh token all the same, as the session there.
    #[must_use]
    pub fn scope(mut self, scope: &str) -> Self {
        scope.clone_into(&mut self.scope);
        self
    }

    /// One more API that the tokens are for (RFC 8707).
    #[must_use]
    pub fn resource(mut self, resource: &str) -> Self {
        self.resources.push(resource.to_owned());
        self
    }

    /// After how much time people sign in again, whatever they do; 30 days without this call. Whole seconds.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        self
    }

    pub(super) fn redirect_uri(&self) -> String {
        format!("{}{}/callback", self.base_url, super::AT)
    }

    /// Whether browsers see the app by TLS.
    pub(super) fn is_secure(&self) -> bool {
        self.base_url.starts_with("https:")
    }
}

/// No secret is printed.
impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SignIn");
        shown.field("client_id", &self.client_id).field("base_url", &self.base_url);
        shown.field("scope", &self.scope).finish_non_exhaustive()
    }
}
