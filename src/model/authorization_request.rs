//! An authorization request that has been checked: OpenID Connect Core section 3.1.2.1.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Access, Acr, ClientId, Details, Digest, RedirectUri, Scopes, Timestamp, UserId};

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

/// A value of `response_type`: what comes back from the authorization endpoint (OAuth 2.0 Multiple Response Types
/// sections 3 to 5). An access token alone is none: it can't be told whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ResponseType {
    /// A code.
    #[serde(rename = "code")]
    Code,
    /// An ID token, and no access token.
    #[serde(rename = "id_token")]
    IdToken,
    /// An ID token and an access token.
    #[serde(rename = "id_token token")]
    IdTokenToken,
    /// A code and an ID token.
    #[serde(rename = "code id_token")]
    CodeIdToken,
    /// A code and an access token.
    #[serde(rename = "code token")]
    CodeToken,
    /// All three.
    #[serde(rename = "code id_token token")]
    CodeIdTokenToken,
    /// Nothing but the news that the person agreed.
    #[serde(rename = "none")]
    None,
}

impl ResponseType {
    /// Every type, in the order that metadata lists them.
    pub const ALL: [Self; 7] = [
        Self::Code,
        Self::IdToken,
        Self::IdTokenToken,
        Self::CodeIdToken,
        Self::CodeToken,
        Self::CodeIdTokenToken,
        Self::None,
    ];

    /// The value as metadata spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::IdToken => "id_token",
            Self::IdTokenToken => "id_token token",
            Self::CodeIdToken => "code id_token",
            Self::CodeToken => "code token",
            Self::CodeIdTokenToken => "code id_token token",
            Self::None => "none",
        }
    }

    /// The type of these words, in whatever order (section 3 of RFC 6749, 3.1.1).
    pub fn parse(text: &str) -> Option<Self> {
        let sorted = |text: &str| {
            let mut words: Vec<_> = text.split(' ').map(str::to_owned).collect();
            words.sort_unstable();
            words
        };
        let words = sorted(text);
        Self::ALL.into_iter().find(|each| sorted(each.as_str()) == words)
    }

    /// Whether a code comes back.
    pub const fn has_code(self) -> bool {
        matches!(self, Self::Code | Self::CodeIdToken | Self::CodeToken | Self::CodeIdTokenToken)
    }

    /// Whether an ID token comes back.
    pub const fn has_id_token(self) -> bool {
        matches!(
            self,
            Self::IdToken | Self::IdTokenToken | Self::CodeIdToken | Self::CodeIdTokenToken
        )
    }

    /// Whether an access token comes back.
    pub const fn has_access_token(self) -> bool {
        matches!(self, Self::IdTokenToken | Self::CodeToken | Self::CodeIdTokenToken)
    }

    /// Whether a token comes back through the browser: the `implicit` grant of a registration.
    pub const fn has_tokens(self) -> bool {
        self.has_id_token() || self.has_access_token()
    }
}

impl fmt::Display for ResponseType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A value of `response_mode` (OAuth 2.0 Multiple Response Types section 2.1, OAuth 2.0 Form Post Response Mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    Query,
    /// In its fragment.
    Fragment,
    /// In the body of a form that the browser posts to it.
    FormPost,
}

impl ResponseMode {
    /// Every mode, in the order that metadata lists them.
    pub const ALL: [Self; 3] = [Self::Query, Self::Fragment, Self::FormPost];

    /// The value as it is spelled in requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
        }
    }

    /// The value with this spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == text)
    }
}

/// What comes back, and how: never a token in a query, where logs and `Referer` would keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(ResponseType, ResponseMode)", into = "(ResponseType, ResponseMode)")]
pub struct Response {
    response_type: ResponseType,
    mode: ResponseMode,
}

/// Tokens were asked for in the query of the redirect URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("response_mode=query is not for response types that return tokens")]
pub struct TokensInQuery;

impl Response {
    /// A type in the mode that was asked for (OAuth 2.0 Multiple Response Types section 5).
    pub const fn new(
        response_type: ResponseType,
        mode: ResponseMode,
    ) -> Result<Self, TokensInQuery> {
        if matches!(mode, ResponseMode::Query) && response_type.has_tokens() {
            return Err(TokensInQuery);
        }
        Ok(Self { response_type, mode })
    }

    /// A type in the mode that it has when none is asked for (sections 3 to 5).
    pub const fn by_default(response_type: ResponseType) -> Self {
        let mode =
            if response_type.has_tokens() { ResponseMode::Fragment } else { ResponseMode::Query };
        Self { response_type, mode }
    }

    /// What comes back.
    pub const fn response_type(self) -> ResponseType {
        self.response_type
    }

    /// How.
    pub const fn mode(self) -> ResponseMode {
        self.mode
    }
}

impl TryFrom<(ResponseType, ResponseMode)> for Response {
    type Error = TokensInQuery;

    fn try_from(
        (response_type, mode): (ResponseType, ResponseMode),
    ) -> Result<Self, TokensInQuery> {
        Self::new(response_type, mode)
    }
}

impl From<Response> for (ResponseType, ResponseMode) {
    fn from(response: Response) -> Self {
        (response.response_type, response.mode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiple_response_types_3_the_order_of_words_does_not_matter() {
        for (text, expected) in [
            ("code", Some(ResponseType::Code)),
            ("id_token code", Some(ResponseType::CodeIdToken)),
            ("token id_token", Some(ResponseType::IdTokenToken)),
            ("token id_token code", Some(ResponseType::CodeIdTokenToken)),
            ("none", Some(ResponseType::None)),
            ("token", None),
            ("code code", None),
            ("code none", None),
            ("code  token", None),
            ("Code", None),
            ("", None),
        ] {
            assert_eq!(ResponseType::parse(text), expected, "{text}");
        }
        for each in ResponseType::ALL {
            assert_eq!(ResponseType::parse(each.as_str()), Some(each));
            assert_eq!(serde_json::to_value(each).unwrap(), each.as_str());
        }
    }

    #[test]
    fn multiple_response_types_5_no_token_in_a_query() {
        for response_type in ResponseType::ALL {
            let by_default = Response::by_default(response_type);
            let tokens = response_type.has_tokens();
            assert_eq!(by_default.mode() == ResponseMode::Fragment, tokens, "{response_type}");
            for mode in ResponseMode::ALL {
                let made = Response::new(response_type, mode);
                assert_eq!(made.is_err(), tokens && mode == ResponseMode::Query, "{response_type}");
                let sealed = serde_json::to_value((response_type, mode)).unwrap();
                assert_eq!(serde_json::from_value(sealed).ok(), made.ok(), "{response_type}");
            }
        }
    }
}
