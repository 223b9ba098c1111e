//! What a client registers: RFC 7591 section 2 and OpenID Connect Registration section 2.
//!
//! Whatever is registered is honoured or refused, never ignored: an unknown member is an error.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::AuthMethod;
use crate::model::{Acr, Algorithm, RegisteredUri, Scopes, UriError};

/// The most redirect URIs that a client may have.
pub(super) const MOST_URIS: usize = 20;
/// The longest name, in bytes.
pub(super) const LONGEST_NAME: usize = 200;

/// A text in several languages: the key is the language tag, empty for the one without.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Localized(BTreeMap<String, String>);

/// Checked registration metadata.
#[expect(clippy::struct_excessive_bools, reason = "each is a member of the registration")]
#[derive(Clone, Debug, PartialEq)]
pub struct Metadata {
    /// `redirect_uris`.
    pub redirect_uris: Vec<RegisteredUri>,
    /// `post_logout_redirect_uris`.
    pub post_logout_redirect_uris: Vec<RegisteredUri>,
    /// `application_type`.
    pub application_type: ApplicationType,
    /// `grant_types`.
    pub grant_types: Vec<GrantType>,
    /// `token_endpoint_auth_method`; `None` when the client registered none: its secret may come either way.
    pub token_endpoint_auth_method: Option<AuthMethod>,
    /// `scope`: what it may ask for.
    pub scope: Scopes,
    /// `client_name`.
    pub client_name: Localized,
    /// `client_uri`: its home page.
    pub client_uri: Localized,
    /// `logo_uri`.
    pub logo_uri: Localized,
    /// `policy_uri`.
    pub policy_uri: Localized,
    /// `tos_uri`.
    pub tos_uri: Localized,
    /// `contacts`.
    pub contacts: Vec<String>,
    /// `jwks`: its public keys, a JSON Web Key Set.
    pub jwks: Option<Value>,
    /// `id_token_signed_response_alg`.
    pub id_token_signed_response_alg: Algorithm,
    /// `initiate_login_uri`: where a sign-in can be begun anew (Core section 4).
    pub initiate_login_uri: Option<String>,
    /// `backchannel_logout_uri`: where it is told that a session ended (Back-Channel Logout section 2.2).
    pub backchannel_logout_uri: Option<String>,
    /// `backchannel_logout_session_required`: it wants the session's `sid` told.
    pub backchannel_logout_session_required: bool,
    /// `default_max_age`, in seconds.
    pub default_max_age: Option<u64>,
    /// `default_acr_values`: the class wanted when a request names none.
    pub default_acr: Option<Acr>,
    /// `require_pkce`: a member of our own. Public clients always use PKCE; a confidential one may rely on `nonce`
    /// instead (RFC 9700 section 2.1.1) unless this is true.
    pub require_pkce: bool,
    /// `claims_in_id_token`: a member of our own. Claims of scopes go into the ID token too; by
    /// default for a client that registers `require_pkce: false`.
    pub claims_in_id_token: bool,
    /// `skip_consent`: a member of our own, for the owner's own apps.
    pub skip_consent: bool,
}

/// `application_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApplicationType {
    /// Runs on a server or in a browser.
    Web,
    /// Runs on a person's device.
    Native,
}

/// A value of `grant_types`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749 section 4.1.
    AuthorizationCode,
    /// RFC 6749 section 6.
    RefreshToken,
}

impl GrantType {
    /// Every grant, in the order that metadata lists them.
    pub const ALL: [Self; 2] = [Self::AuthorizationCode, Self::RefreshToken];

    /// The value of `grant_type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
        }
    }
}

/// Why metadata is refused: the member, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// A redirect URI that can't be registered: `invalid_redirect_uri` (RFC 7591 section 3.2.2).
    #[error("{member}: {uri:?}: {reason}")]
    Uri {
        /// The member.
        member: &'static str,
        /// The URI as it was given.
        uri: String,
        /// What is wrong with it.
        reason: UriError,
    },
    /// Anything else: `invalid_client_metadata`.
    #[error("{member}: {reason}")]
    Member {
        /// The member.
        member: String,
        /// What to write instead.
        reason: String,
    },
}

impl MetadataError {
    pub(super) fn member(member: &str, reason: impl Into<String>) -> Self {
        Self::Member { member: member.to_owned(), reason: reason.into() }
    }
}

impl Localized {
    /// The text for the first of these languages that there is, or the one without a language, or any.
    pub fn best<'a>(&self, languages: impl IntoIterator<Item = &'a str>) -> Option<&str> {
        let of = |tag: &str| {
            self.0
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(tag))
                .map(|(_, text)| text.as_str())
        };
        let primary = |tag: &str| tag.split('-').next().map(str::to_owned).and_then(|tag| of(&tag));
        languages
            .into_iter()
            .find_map(|tag| of(tag).or_else(|| primary(tag)))
            .or_else(|| self.0.get("").or_else(|| self.0.values().next()).map(String::as_str))
    }

    /// Each language tag with its text; the tag is empty for the text without one.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(tag, text)| (tag.as_str(), text.as_str()))
    }
}

impl FromIterator<(String, String)> for Localized {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(texts: I) -> Self {
        Self(texts.into_iter().collect())
    }
}
