//! Errors that go to the app: RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6.

use super::rules::pkce::PkceError;
use crate::http::OauthError;
use crate::identity::may_issue::Barred;
use crate::model::{ClaimsRequestError, Profile, ResponseType, ScopeError};
use crate::oidc::audience::TargetError;
use crate::oidc::request_object::RequestError;
use crate::store::StoreError;

/// Why an app that is known, at a registered redirect URI, gets no code.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// A parameter came twice.
    #[error("the parameter {0} is given more than once (RFC 6749 section 3.1)")]
    Doubled(String),
    /// `request` was sent.
    #[error("request objects are not offered (OpenID Connect Core section 6.1)")]
    RequestObject,
    /// `request_uri` was sent.
    #[error("request_uri is not offered (OpenID Connect Core section 6.2)")]
    RequestUri,
    /// The way that the request came.
    #[error("{0}")]
    Request(#[from] RequestError),
    /// `registration` was sent.
    #[error("the registration parameter is not offered (OpenID Connect Core section 7.2.1)")]
    Registration,
    /// No `response_type`.
    #[error("the parameter response_type is missing (RFC 6749 section 3.1.1)")]
    ResponseTypeMissing,
    /// A response type that no client here may use.
    #[error(
        "the response type {0} is not offered here; response_types_supported in the discovery document names those that are (RFC 6749 section 3.1.1)"
    )]
    ResponseType(String),
    /// A response type that the client did not register.
    #[error(
        "the client has not registered the response type {0} (OpenID Connect Registration section 2)"
    )]
    TypeNotRegistered(ResponseType),
    /// A response type that the client registered when its profile still allowed it.
    #[error(
        "the profile {1} of the client does not allow the response type {0} (RFC 9700 section 2.1.2)"
    )]
    TypeForbidden(ResponseType, Profile),
    /// The client has a profile that is not offered any more.
    #[error("the profile {0} of the client is not offered any more (RFC 7591 section 2)")]
    ProfileNotOffered(Profile),
    /// A response mode that there is not.
    #[error(
        "the response mode {0} is not offered; query, fragment and form_post are (OAuth 2.0 Multiple Response Types section 2.1)"
    )]
    ResponseMode(String),
    /// A token in the query, where logs keep it.
    #[error(
        "response_mode=query is not for response types that return tokens (OAuth 2.0 Multiple Response Types section 5)"
    )]
    TokensInQuery,
    /// A form for an app that is no website.
    #[error(
        "response_mode=form_post needs a redirect_uri of https: no form can be posted to a scheme of an app's own (OAuth 2.0 Form Post Response Mode section 2)"
    )]
    PostToScheme,
    /// `scope` can't be read.
    #[error("{0} (RFC 6749 section 3.3)")]
    Scope(ScopeError),
    /// `scope` does not hold `openid`, and nothing else that could be answered.
    #[error(
        "the scope has to hold openid, or, where no ID token is asked for, a scope of an API that the client may have (OpenID Connect Core section 3.1.2.1)"
    )]
    OpenidMissing,
    /// The client may not ask for `openid`.
    #[error(
        "this client may not ask for openid: its registered scope does not name it (RFC 6749 section 3.3)"
    )]
    OpenidNotAllowed,
    /// What should bind the code.
    #[error("{0}")]
    Pkce(#[from] PkceError),
    /// A `nonce` of more than 1,024 bytes.
    #[error("nonce is longer than 1,024 bytes (OpenID Connect Core section 3.1.2.1)")]
    NonceTooLong,
    /// An ID token was asked for in the response, and no `nonce` sent.
    #[error(
        "nonce is missing: an ID token that comes through the browser is bound by it alone (OpenID Connect Core sections 3.2.2.1 and 3.3.2.11)"
    )]
    NonceMissing,
    /// An unknown `prompt`.
    #[error(
        "the prompt value {0} is not offered; none, login, consent and select_account are (OpenID Connect Core section 3.1.2.1)"
    )]
    Prompt(String),
    /// `none` with others.
    #[error(
        "prompt=none can not be combined with other values (OpenID Connect Core section 3.1.2.1)"
    )]
    PromptNoneWithOthers,
    /// `max_age` is no number.
    #[error("max_age has to be a whole number of seconds (OpenID Connect Core section 3.1.2.1)")]
    MaxAge,
    /// `id_token_hint` is none of our ID tokens.
    #[error(
        "id_token_hint is no ID token of this server that can still be verified (OpenID Connect Core section 3.1.2.2)"
    )]
    Hint,
    /// A `resource` that the client may not have tokens for.
    #[error("{0}")]
    Target(TargetError),
    /// `claims` can't be understood.
    #[error("{0} (OpenID Connect Core section 5.5)")]
    Claims(ClaimsRequestError),
    /// `claims` wants more than one `sub`.
    #[error("claims wants more than one value of sub (OpenID Connect Core section 5.5.1)")]
    SubjectUnclear,
    /// `claims` wants a `sub` that is nobody's, or another's than `id_token_hint`.
    #[error(
        "nobody has the sub that claims wants, or id_token_hint names another person (OpenID Connect Core section 3.1.2.2)"
    )]
    SubjectUnknown,
    /// An essential `acr` that can't be reached.
    #[error(
        "none of the classes of sign-in that claims wants can be reached here by this person (OpenID Connect Core section 5.5.1.1)"
    )]
    ClassUnreachable,
    /// `prompt=none`, and somebody has to sign in.
    #[error(
        "prompt=none, and nobody is signed in as the request wants it (OpenID Connect Core section 3.1.2.6)"
    )]
    LoginRequired,
    /// `prompt=none`, and consent is missing.
    #[error(
        "prompt=none, and the person has not allowed this app what it asks for (OpenID Connect Core section 3.1.2.6)"
    )]
    ConsentRequired,
    /// `prompt=none`, and an account has to be chosen.
    #[error(
        "prompt=none, and the person has to choose an account (OpenID Connect Core section 3.1.2.6)"
    )]
    AccountSelectionRequired,
    /// The person said no.
    #[error("the person did not allow it (RFC 6749 section 4.1.2.1)")]
    Denied,
    /// The issuing gate said no.
    #[error("{0} (RFC 6749 section 4.1.2.1)")]
    Barred(Barred),
    /// A token can't be signed, or not be encrypted to the client.
    #[error("{}", .0.rule)]
    Token(Box<OauthError>),
    /// The database failed.
    #[error("{}", public(.0))]
    Store(#[from] StoreError),
}

impl Refusal {
    /// The `error` parameter.
    pub const fn error(&self) -> &'static str {
        match self {
            Self::Doubled(_)
            | Self::ResponseTypeMissing
            | Self::ResponseMode(_)
            | Self::TokensInQuery
            | Self::PostToScheme
            | Self::Pkce(_)
            | Self::NonceTooLong
            | Self::NonceMissing
            | Self::Prompt(_)
            | Self::PromptNoneWithOthers
            | Self::MaxAge
            | Self::Hint
            | Self::Claims(_)
            | Self::SubjectUnclear => "invalid_request",
            Self::RequestObject => "request_not_supported",
            Self::RequestUri => "request_uri_not_supported",
            Self::Request(error) => error.error(),
            Self::Registration => "registration_not_supported",
            Self::ResponseType(_) => "unsupported_response_type",
            Self::TypeNotRegistered(_) | Self::TypeForbidden(..) | Self::ProfileNotOffered(_) => {
                "unauthorized_client"
            }
            Self::Scope(_) | Self::OpenidMissing | Self::OpenidNotAllowed => "invalid_scope",
            Self::Target(_) => "invalid_target",
            Self::LoginRequired | Self::SubjectUnknown => "login_required",
            // OpenID Connect Core Error Code unmet_authentication_requirements 1.0
            Self::ClassUnreachable => "unmet_authentication_requirements",
            Self::ConsentRequired => "consent_required",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::Denied | Self::Barred(_) => "access_denied",
            Self::Store(StoreError::Unavailable(_)) => "temporarily_unavailable",
            Self::Token(refused) => refused.error,
            Self::Store(_) => "server_error",
        }
    }

    /// Whether it tells only that something can't be done without a page: Core section 3.1.2.6.
    pub const fn is_of_silence(&self) -> bool {
        matches!(self, Self::LoginRequired | Self::ConsentRequired | Self::AccountSelectionRequired)
    }

    /// What mends it, for `hatcheck explain`.
    pub const fn mend(&self) -> &'static str {
        match self {
            Self::Doubled(_) => "send each parameter once",
            Self::Request(error) => error.mend(),
            Self::RequestObject | Self::RequestUri | Self::Registration => {
                "leave it out and send the parameters themselves"
            }
            Self::ResponseTypeMissing => "send response_type=code",
            Self::ResponseType(_) => {
                "send response_type=code; tokens through the browser need the profile openid in security.profiles"
            }
            Self::TypeNotRegistered(_) => {
                "send a response type that the client registered, or add it to its response_types: hatcheck client \
                 update"
            }
            Self::TypeForbidden(..) | Self::ProfileNotOffered(_) => {
                "register another profile for the client with hatcheck client update, or look at security.profiles \
                 in the settings"
            }
            Self::ResponseMode(_) | Self::TokensInQuery | Self::PostToScheme => {
                "leave response_mode out, and the one that fits the response type is taken"
            }
            Self::Scope(_) => "send scopes of RFC 6749 section 3.3, separated by single spaces",
            Self::OpenidMissing => "add openid to the scope, or ask for a scope of an API",
            Self::OpenidNotAllowed => "add openid to the client's registered scope",
            Self::Pkce(error) => error.mend(),
            Self::NonceTooLong | Self::NonceMissing => "send a nonce of 16 to 64 random characters",
            Self::Prompt(_) => "leave the unknown value out",
            Self::PromptNoneWithOthers => "send prompt=none alone, or leave none out",
            Self::MaxAge => "send max_age as digits, such as max_age=3600",
            Self::Hint => "send the newest ID token that the app holds, or leave id_token_hint out",
            Self::Claims(_) => {
                "send claims as OpenID Connect Core section 5.5 shows it: {\"userinfo\":{\"name\":null}}"
            }
            Self::Target(error) => error.mend(),
            Self::SubjectUnclear => "ask for one sub, or for none",
            Self::SubjectUnknown => "send the sub of an ID token of this server, or ask for none",
            Self::ClassUnreachable => {
                "ask for a class that discovery lists, and let the person set up a second factor for the stronger one; \
                 or leave essential out"
            }
            Self::LoginRequired | Self::ConsentRequired | Self::AccountSelectionRequired => {
                "nothing is wrong: the app should repeat the request without prompt=none"
            }
            Self::Denied => "nothing is wrong: the person decided",
            Self::Barred(_) => "look at the person's account: hatcheck user show",
            Self::Token(_) => {
                "look at the keys: hatcheck key list, and those in the client's jwks: hatcheck client show"
            }
            Self::Store(_) => "look at the database and the log of this moment",
        }
    }
}

impl From<OauthError> for Refusal {
    fn from(refused: OauthError) -> Self {
        Self::Token(Box::new(refused))
    }
}

/// What the app is told of a failure of the database.
const fn public(error: &StoreError) -> &'static str {
    match error {
        StoreError::Unavailable(_) => "the login can not answer right now: try again in a moment",
        StoreError::Corrupt(_) | StoreError::Schema(_) | StoreError::Other(_) => {
            "the login has a problem of its own"
        }
    }
}
