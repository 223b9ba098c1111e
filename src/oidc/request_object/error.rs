//! Why a request that came in an object, by a `request_uri` or without either is not taken: RFC 9101 section 7, RFC 9126
//! section 2.3.

use super::object::ObjectError;

/// What is wrong with the way that a request came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// `request` and `request_uri`.
    #[error(
        "the request holds request and request_uri: one of the two can count (OpenID Connect Core section 6.1)"
    )]
    Both,
    /// `alg` is `none`.
    #[error(
        "the request object is not signed, and unsigned ones are not offered (RFC 9101 section 10.1)"
    )]
    Unsigned {
        /// Whether it was fetched.
        by_uri: bool,
    },
    /// An object that can't be taken.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// An object with a `jti` that came before.
    #[error(
        "the request object was used before: its jti makes it good once (RFC 7519 section 4.1.7)"
    )]
    ObjectSpent,
    /// A `request_uri` that is not registered.
    #[error(
        "the request_uri is not registered in the client's request_uris (OpenID Connect Core section 6.2)"
    )]
    Unregistered,
    /// Not one of ours, or damaged, or another client's.
    #[error("the request_uri is none that this server gave to this client (RFC 9126 section 4)")]
    NotPushed,
    /// A pushed request is past its time.
    #[error("the request_uri of the pushed request is past its time (RFC 9126 section 4)")]
    PushExpired,
    /// A pushed request has led to an answer already.
    #[error("the request_uri of the pushed request was used before (RFC 9126 section 7.3)")]
    PushSpent,
    /// The outgoing gate, or the network.
    #[error("the request_uri could not be fetched: {0} (OpenID Connect Core section 6.2)")]
    Unreachable(String),
    /// Another status than 200.
    #[error("the request_uri was answered with status {0} (OpenID Connect Core section 6.2)")]
    Status(u16),
    /// No text.
    #[error("what the request_uri leads to is no request object (OpenID Connect Core section 6.2)")]
    NoText,
    /// Too many fetches at once.
    #[error("the login fetches too many request objects right now: try again in a moment")]
    Busy,
    /// The client, or the server, takes pushed requests only.
    #[error("this client has to push its authorization requests (RFC 9126 section 5)")]
    PushRequired,
    /// The client takes signed requests only.
    #[error("this client has to sign its authorization requests (RFC 9101 section 10.5)")]
    SignatureRequired,
}

impl RequestError {
    /// The `error` parameter.
    pub const fn error(&self) -> &'static str {
        match self {
            Self::Both | Self::PushRequired | Self::SignatureRequired => "invalid_request",
            Self::Unsigned { by_uri: false } => "request_not_supported",
            Self::Unsigned { by_uri: true } => "request_uri_not_supported",
            Self::Object(_) | Self::ObjectSpent => "invalid_request_object",
            Self::Unregistered
            | Self::NotPushed
            | Self::PushExpired
            | Self::PushSpent
            | Self::Unreachable(_)
            | Self::Status(_)
            | Self::NoText => "invalid_request_uri",
            Self::Busy => "temporarily_unavailable",
        }
    }

    /// What mends it, for `explain`.
    pub const fn mend(&self) -> &'static str {
        match self {
            Self::Both => "send the request object in one of the two ways",
            Self::Unsigned { .. } => {
                "sign the request object with a key of the client's registered jwks"
            }
            Self::Object(_) => {
                "sign a new request object, with iss the client_id, aud this issuer and exp a minute from now"
            }
            Self::ObjectSpent => "make a new request object with a new jti for each sign-in",
            Self::Unregistered => "register the URI with its fragment in the client's request_uris",
            Self::NotPushed | Self::PushExpired | Self::PushSpent => {
                "push the request again, and use each request_uri once, at once"
            }
            Self::Unreachable(_) | Self::Status(_) | Self::NoText => {
                "serve the request object there; a private network is allowed in outgoing.allowed_networks"
            }
            Self::Busy => "repeat the request in a moment",
            Self::PushRequired => {
                "send the parameters to the pushed_authorization_request_endpoint first"
            }
            Self::SignatureRequired => "send the parameters in a signed request object",
        }
    }
}
