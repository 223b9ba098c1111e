//! What comes back from the authorization endpoint, and how: OAuth 2.0 Multiple Response Types, OAuth 2.0 Form Post
//! Response Mode.

use std::fmt;

use serde::{Deserialize, Serialize};

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
