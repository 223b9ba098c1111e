//! Why a request is refused.

/// Why a request is refused. Its text tells the app's developer what to mend; it never holds a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// RFC 6750 section 3.1: no token at all.
    #[error("no access token came with the request")]
    Missing,
    /// RFC 6750 section 2: more than one token.
    #[error(
        "more than one access token came with the request: send one, in one place (RFC 6750 section 2)"
    )]
    Several,
    /// RFC 6750 section 2.1: no Bearer credentials.
    #[error("what follows Bearer in the Authorization header is no token (RFC 6750 section 2.1)")]
    Header,
    /// The browser sent its cookie because a page of somebody else made it.
    #[error("the cookie came with a request that a page of another site made")]
    CrossSite,
    /// Longer than 16 kB.
    #[error("the token is longer than 16 kB")]
    TooLong,
    /// Not a JWT.
    #[error("the token is no JWT that can be read: {0} (RFC 7515 section 7.1)")]
    Malformed(&'static str),
    /// Another kind of token, such as an ID token.
    #[error(
        "the token's typ is not at+jwt (RFC 9068 section 4), or that of the other kind that is asked for"
    )]
    Type,
    /// An algorithm that is not allowed, or not that of the key.
    #[error(
        "the token's alg is not allowed here, or is not that of its key (RFC 8725 section 3.1)"
    )]
    Algorithm,
    /// An extension that is not understood.
    #[error(
        "the token's header has crit, and no extension is understood here (RFC 7515 section 4.1.11)"
    )]
    Critical,
    /// The issuer publishes no such key.
    #[error("the issuer publishes no key with the token's kid")]
    UnknownKey,
    /// The signature is not one of the key.
    #[error("the token's signature is not one of the issuer's key")]
    Signature,
    /// Another issuer's.
    #[error(
        "the token's iss is another issuer than the one that is trusted here (RFC 9068 section 4)"
    )]
    Issuer,
    /// Meant for somebody else.
    #[error("the token's aud does not name this API (RFC 9068 section 4)")]
    Audience,
    /// Past its `exp`.
    #[error("the token expired {ago} seconds ago by this server's clock")]
    Expired {
        /// By how much.
        ago: u64,
    },
    /// Its `iat` or `nbf` is still to come.
    #[error(
        "the token's time is {ahead} seconds ahead of this server's clock: set the clocks of issuer and server"
    )]
    NotYet {
        /// By how much.
        ahead: u64,
    },
    /// A claim that has to be there, or is something else.
    #[error("the token's claim {0} is missing or not of its type (RFC 9068 section 2.2)")]
    Claim(&'static str),
    /// RFC 7800 section 3.1, RFC 7662 section 2.2: whoever holds it may not just show it.
    #[error(
        "the token is no bearer token: it is bound to a key of its holder, which is not checked here, or is of another type"
    )]
    NotBearer,
    /// RFC 7662 section 2.2: the issuer says that it is not active.
    #[error("the issuer says that the token is not active: it was revoked, or was never its own")]
    Inactive,
    /// No connection is opened with it.
    #[error(
        "the connection ticket is unknown, was used, or is older than a minute: ask for another one"
    )]
    Ticket,
    /// The person signed out, or was signed out.
    #[error("the session in which the token was given has ended")]
    SessionEnded,
    /// A token for a connection of somebody else.
    #[error("the token is of another person or app than the connection")]
    Stranger,
    /// More connections than may be.
    #[error("there are too many connections")]
    Crowded,
    /// RFC 6750 section 3.1: not allowed enough.
    #[error("the token's scope does not hold what this needs")]
    Scope,
    /// The person lacks a role.
    #[error("the person has none of the roles that this needs")]
    Role,
    /// The person is not in a group.
    #[error("the person is in none of the groups that this needs")]
    Group,
    /// The person lacks a permission.
    #[error("the person lacks a permission that this needs")]
    Permission,
    /// RFC 9470 section 3: the person has to be recognised more surely.
    #[error("the person has to sign in with one of the ways in acr_values (RFC 9470)")]
    Acr,
    /// The issuer can't be asked, and nothing that it said before is of use.
    #[error("the token can't be checked now, since its issuer does not answer")]
    Unavailable,
}

/// The codes that a refusal has towards the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Codes {
    /// The HTTP status.
    pub status: u16,
    /// The OAuth error (RFC 6750 section 3.1, RFC 9470 section 3); none when nobody tried to authenticate.
    pub error: Option<&'static str>,
    /// The code for streaming protocols.
    pub stream: &'static str,
}

impl Refusal {
    /// What the caller is told. This is the one place that decides it.
    pub const fn codes(&self) -> Codes {
        let (status, error, stream) = match self {
            Self::Missing => (401, None, "MISSING_TOKEN"),
            Self::Several | Self::Header => (400, Some("invalid_request"), "INVALID_TOKEN"),
            Self::CrossSite => (403, Some("invalid_request"), "INVALID_TOKEN"),
            Self::Expired { .. } => (401, Some("invalid_token"), "TOKEN_EXPIRED"),
            Self::TooLong
            | Self::Malformed(_)
            | Self::Type
            | Self::Algorithm
            | Self::Critical
            | Self::UnknownKey
            | Self::Signature
            | Self::Issuer
            | Self::Audience
            | Self::NotYet { .. }
            | Self::Claim(_)
            | Self::NotBearer
            | Self::Inactive
            | Self::Ticket
            | Self::SessionEnded => (401, Some("invalid_token"), "INVALID_TOKEN"),
            Self::Scope | Self::Role | Self::Group | Self::Permission => {
                (403, Some("insufficient_scope"), "INVALID_TOKEN")
            }
            Self::Acr => (401, Some("insufficient_user_authentication"), "INVALID_TOKEN"),
            Self::Stranger => (403, Some("invalid_token"), "INVALID_TOKEN"),
            Self::Crowded => (503, Some("temporarily_unavailable"), "TOO_MANY_CONNECTIONS"),
            Self::Unavailable => (503, Some("temporarily_unavailable"), "INVALID_TOKEN"),
        };
        Codes { status, error, stream }
    }
}
