//! Room 0: plain values, one file per noun. No I/O, no clock, no randomness.
//!
//! What exists here has been checked: a [`RedirectUri`] is the registered one, a [`Username`] is
//! canonical, a [`Secret`] cannot be printed.

mod actor;
mod api_token;
mod authentication;
mod authorization_request;
mod claims;
mod claims_request;
pub mod client;
mod code;
mod connector;
mod consent;
mod details;
mod device_request;
mod digest;
mod entitlement;
mod event;
mod grant;
mod id;
mod identity;
mod initial_token;
mod interaction;
mod jose;
pub mod language;
mod link;
mod profile;
mod redirect_uri;
mod response;
mod scope;
mod secret;
mod session;
mod session_data;
mod signing_key;
pub mod throttle;
mod timestamp;
mod totp;
mod upstream;
mod user;
mod username;

pub use actor::Actor;
pub use api_token::{ApiToken, ApiTokenText};
pub use authentication::{Acr, Amr, Authentication};
pub use authorization_request::{AuthorizationRequest, Once, OnceKind, Prompt};
pub use claims::{
    Claims, ClaimsError, SUPPORTED as SUPPORTED_CLAIMS, is_name as is_claim_name,
    scope_of as scope_of_claim,
};
pub use claims_request::{ClaimsRequest, ClaimsRequestError, Wanted, base as base_of_claim};
pub use client::{Client, ClientId};
pub use code::Code;
pub use connector::ConnectorRecord;
pub use consent::{Access, Consent};
pub use details::Details;
pub use device_request::{Decision, DeviceRequest, UserCode};
pub use digest::Digest;
pub use entitlement::{Entitlement, EntitlementName, Entitlements, GroupPattern, NotAName};
pub use event::{Event, EventKind};
pub use grant::{EndReason, Grant, RefreshState};
pub use id::{ApiTokenId, EventId, GrantId, LinkId, SessionId, UserId};
pub use identity::{Identity, Linking};
pub use initial_token::InitialToken;
pub use interaction::{Interaction, Progress, Purpose};
pub use jose::{AssertionAlgorithm, ContentEncryption, Encryption, HmacAlgorithm, KeyEncryption};
pub use link::{Link, LinkEnd};
pub use profile::{CodeBinding, Profile, Rules};
pub use redirect_uri::{RedirectUri, RegisteredUri, UriError, nearest};
pub use response::{Response, ResponseMode, ResponseType, TokensInQuery};
pub use scope::{
    ENTITLEMENTS as ENTITLEMENT_SCOPES, STANDARD as STANDARD_SCOPES, ScopeError, Scopes,
};
pub use secret::Secret;
pub use session::Session;
pub use session_data::{Precondition, SessionData};
pub use signing_key::{Algorithm, KeyAlgorithm, KeyRecord, KeyState};
pub use timestamp::{Timestamp, days, hours, minutes, seconds};
pub use totp::TotpRecord;
pub use upstream::{UpstreamSession, UpstreamTokens};
pub use user::User;
pub use username::{Username, UsernameError};
