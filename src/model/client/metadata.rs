//! What a client registers: RFC 7591 section 2 and OpenID Connect Registration section 2.
//!
//! Whatever is registered is honoured or refused, never ignored: an unknown member is an error.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::{AuthMethod, GrantType, Localized, TokenFormat};
use crate::model::{
    Acr, Algorithm, AssertionAlgorithm, ClientId, Encryption, EntitlementName, GroupPattern,
    Profile, RegisteredUri, ResponseType, Scopes, UriError,
};

/// The most redirect URIs that a client may have.
pub(super) const MOST_URIS: usize = 20;
/// The longest name, in bytes.
pub(super) const LONGEST_NAME: usize = 200;

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
    /// `grant_types`. One that no response type uses is a permission that is not used, and no fault.
    pub grant_types: Vec<GrantType>,
    /// `response_types`: what it may ask for at the authorization endpoint; each has its grants in `grant_types`.
    pub response_types: Vec<ResponseType>,
    /// `profile`: a member of our own. `None`: the one that the server takes for such clients.
    pub profile: Option<Profile>,
    /// `token_endpoint_auth_method`; `None` when the client registered none: its secret may come either way.
    pub token_endpoint_auth_method: Option<AuthMethod>,
    /// `token_endpoint_auth_signing_alg`: the one that its assertions are signed with; any that fits when it is not registered.
    pub token_endpoint_auth_signing_alg: Option<AssertionAlgorithm>,
    /// `subject_type`: what people are called towards it.
    pub subject_type: SubjectType,
    /// `sector_identifier_uri`: a list of redirect URIs that share pairwise subjects (Core section 8.1).
    pub sector_identifier_uri: Option<String>,
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
    pub jwks: Option<Arc<Value>>,
    /// `jwks_uri`: where its public keys are fetched; never together with `jwks`.
    pub jwks_uri: Option<String>,
    /// `id_token_signed_response_alg`.
    pub id_token_signed_response_alg: Algorithm,
    /// `id_token_encrypted_response_alg` and `…_enc`.
    pub id_token_encryption: Option<Encryption>,
    /// `userinfo_signed_response_alg`, `userinfo_encrypted_response_alg` and `…_enc`.
    pub userinfo: Protection,
    /// `introspection_signed_response_alg`, `introspection_encrypted_response_alg` and `…_enc` (RFC 9701 section 6).
    pub introspection: Protection,
    /// How it sends authorization requests.
    pub requests: Requests,
    /// `initiate_login_uri`: where a sign-in can be begun anew (Core section 4).
    pub initiate_login_uri: Option<String>,
    /// `frontchannel_logout_uri`: loaded in a frame when a session ends (Front-Channel Logout section 2).
    pub frontchannel_logout_uri: Option<String>,
    /// `frontchannel_logout_session_required`: that page wants `iss` and `sid`.
    pub frontchannel_logout_session_required: bool,
    /// `backchannel_logout_uri`: where it is told that a session ended (Back-Channel Logout section 2.2).
    pub backchannel_logout_uri: Option<String>,
    /// `backchannel_logout_session_required`: it wants the session's `sid` told.
    pub backchannel_logout_session_required: bool,
    /// `default_max_age`, in seconds.
    pub default_max_age: Option<u64>,
    /// `require_auth_time`: its ID tokens have to tell `auth_time`. All do.
    pub require_auth_time: bool,
    /// `default_acr_values`: the classes wanted when a request names none.
    pub default_acr_values: Vec<Acr>,
    /// `software_id`.
    pub software_id: Option<String>,
    /// `software_version`.
    pub software_version: Option<String>,
    /// `require_pkce`: a member of our own. Public clients always use PKCE; a confidential one may rely on `nonce`
    /// instead (RFC 9700 section 2.1.1) unless this is true.
    pub require_pkce: bool,
    /// `claims_in_id_token`: a member of our own. Claims of scopes go into the ID token too; by
    /// default for a client that registers `require_pkce: false`.
    pub claims_in_id_token: bool,
    /// `access_token_format`: a member of our own. What access tokens look like, unless they are for a resource that says so
    /// itself.
    pub access_token_format: TokenFormat,
    /// `skip_consent`: a member of our own, for the owner's own apps.
    pub skip_consent: bool,
    /// `first_party`: a member of our own. The owner's own app, which may ask for passwords itself (OAuth 2.0 for First-Party
    /// Applications).
    pub first_party: bool,
    /// `may_act`: a member of our own. The only client that may act for people with this one's tokens (RFC 8693 section
    /// 4.4); whom the settings let, without it.
    pub may_act: Option<ClientId>,
    /// `groups`: a member of our own. Which groups it is told of; without it, all that the person is in.
    pub groups: Option<Vec<GroupPattern>>,
    /// `link_uris`: a member of our own. Where links of this app may lead that sign people in; none: it makes no links.
    pub link_uris: Vec<RegisteredUri>,
    /// `link_on_get`: a member of our own. Its links may work without a person's press.
    pub link_on_get: bool,
    /// `unverified`: a member of our own. Anybody may have registered it, and people are told so until an admin takes
    /// the mark away.
    pub unverified: bool,
}

/// How an answer is protected: signed, encrypted, first one and then the other, or plain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Protection {
    /// `…_signed_response_alg`.
    pub signed: Option<Algorithm>,
    /// `…_encrypted_response_alg` and `…_enc`.
    pub encrypted: Option<Encryption>,
}

/// Members about request objects (Core section 6, RFC 9101) and pushed requests (RFC 9126 section 6).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requests {
    /// `request_object_signing_alg`: the only one that its request objects may be signed with.
    pub signing_alg: Option<Algorithm>,
    /// `request_object_encryption_alg` and `…_enc`: what it may encrypt them with.
    pub encryption: Option<Encryption>,
    /// `request_uris`, each with its fragment.
    pub uris: Vec<String>,
    /// `require_signed_request_object`: nothing else is taken (RFC 9101 section 10.5).
    pub require_signed: bool,
    /// `require_pushed_authorization_requests`: nothing else is taken.
    pub require_pushed: bool,
}

/// `subject_type` (Core section 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectType {
    /// A person has one name for all clients.
    Public,
    /// A person has another name in each sector.
    Pairwise,
}

impl SubjectType {
    /// Every type, in the order that metadata lists them.
    pub const ALL: [Self; 2] = [Self::Public, Self::Pairwise];

    /// The value of `subject_type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Pairwise => "pairwise",
        }
    }
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

impl Metadata {
    /// Whether the client is told that somebody is in this group.
    pub fn tells_group(&self, group: &EntitlementName) -> bool {
        self.groups.as_ref().is_none_or(|all| all.iter().any(|pattern| pattern.fits(group)))
    }

    /// The class of sign-in that is wanted when a request names none: the weakest of those that would do.
    pub fn default_acr(&self) -> Option<Acr> {
        self.default_acr_values.iter().copied().min()
    }

    /// The algorithms that it wants its answers signed with.
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        let more = [self.userinfo.signed, self.introspection.signed].into_iter().flatten();
        std::iter::once(self.id_token_signed_response_alg).chain(more)
    }

    /// In which sector people have a name of its own towards it (Core section 8.1); `None`: they have the same for all.
    pub fn sector(&self) -> Option<String> {
        if self.subject_type == SubjectType::Public {
            return None;
        }
        let of_list = self.sector_identifier_uri.as_deref().and_then(|uri| Url::parse(uri).ok());
        match of_list {
            Some(url) => url.host_str().map(str::to_owned),
            None => self.redirect_uris.first().and_then(RegisteredUri::host),
        }
    }

    /// Whether its secret has to be read again: what it signs is verified with it.
    pub fn signs_with_secret(&self) -> bool {
        self.token_endpoint_auth_method == Some(AuthMethod::ClientSecretJwt)
    }

    /// Whether it proves itself by a secret.
    pub fn takes_secret(&self) -> bool {
        match self.token_endpoint_auth_method {
            None
            | Some(
                AuthMethod::ClientSecretBasic
                | AuthMethod::ClientSecretPost
                | AuthMethod::ClientSecretJwt,
            ) => true,
            Some(AuthMethod::None | AuthMethod::PrivateKeyJwt) => false,
        }
    }

    /// Whether it may use this grant.
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }

    /// Whether it may ask for this.
    pub fn may_ask_for(&self, response_type: ResponseType) -> bool {
        self.response_types.contains(&response_type)
    }
}
