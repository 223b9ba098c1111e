//! An authorization request that has been checked: OpenID Connect Core section 3.1.2.1.

use serde::{Deserialize, Serialize};

use super::{
    Access, Acr, ClientId, Details, Digest, RedirectUri, Response, Scopes, Timestamp, UserId,
};

/// What an app asks for, after every rule about the request itself has passed.
///
/// It travels sealed through the browser while somebody signs in; nothing of it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: ClientId,
    /// Where the answer goes.
    pub redirect_uri: RedirectUri,
    /// What comes back, and how it goes there.
    pub response: Response,
    /// What is asked for.
    pub scopes: Scopes,
    /// Handed back byte for byte (RFC 6749 section 4.1.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Goes into the ID token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The S256 challenge of RFC 7636.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<String>,
    /// The `prompt` values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prompts: Vec<Prompt>,
    /// The oldest sign-in that will do, in seconds; the client's `default_max_age` when none was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u64>,
    /// Who is likely to sign in: fills in the user name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
    /// Who must have signed in, from a valid `id_token_hint`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hinted_user: Option<UserId>,
    /// The weakest class of sign-in that will do, from `acr_values`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<Acr>,
    /// The classes of which one has to be reached: an essential `acr` (OpenID Connect Core section 5.5.1.1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub essential_acr: Vec<Acr>,
    /// What is asked for beyond scopes.
    #[serde(default, skip_serializing_if = "Details::is_empty")]
    pub details: Details,
    /// The languages of `ui_locales`, as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ui_locales: Option<String>,
    /// What makes it good for one answer only; `None` for one that may come again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<Once>,
}

/// The name under which a request is spent, in the moment of its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Once {
    /// What it came as.
    pub kind: OnceKind,
    /// The digest that is remembered.
    pub id: Digest,
    /// Until when: no answer can come later.
    pub until: Timestamp,
}

/// What is good once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnceKind {
    /// A pushed request (RFC 9126 section 7.3).
    Pushed,
    /// A request object with a `jti` (RFC 7519 section 4.1.7).
    Object,
}

impl AuthorizationRequest {
    /// Whether `prompt` names this value.
    pub fn prompts(&self, prompt: Prompt) -> bool {
        self.prompts.contains(&prompt)
    }

    /// What the person has to allow.
    pub fn access(&self) -> Access {
        Access { scopes: self.scopes.clone(), claims: self.details.singles.clone() }
    }

    /// The class that is told of a sign-in of this class: the best of those wanted, since a better one satisfies who
    /// asks for less, and the answer has to be one of theirs (Core section 5.5.1.1).
    pub fn told_acr(&self, reached: Acr) -> Acr {
        let reachable = self.essential_acr.iter().copied().filter(|wanted| *wanted <= reached);
        reachable.max().unwrap_or(reached)
    }
}

/// A value of `prompt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// No page may be shown.
    None,
    /// Sign in again.
    Login,
    /// Ask for consent again.
    Consent,
    /// Let the person choose an account.
    SelectAccount,
}

impl Prompt {
    /// Every value, in the order of `prompt_values_supported`.
    pub const ALL: [Self; 4] = [Self::None, Self::Login, Self::Consent, Self::SelectAccount];

    /// The value as it is spelled in requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
        }
    }

    /// The value with this spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|prompt| prompt.as_str() == text)
    }
}
