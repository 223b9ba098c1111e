//! Room 4: this server as a relying party of providers elsewhere (OpenID Connect Core, RFC 9207, RFC 9700), on the
//! `openidconnect` crate.
//!
//! Every request goes through the outgoing gate, and every token through the JOSE gate before a library sees it. Nothing here
//! knows browsers, sessions or accounts: [`Connector::begin`] gives a URL, and [`Connector::person`] who came back.

mod come_back;
mod connector;
mod credential;
mod dialect;
mod dpop;
mod examine;
mod failure;
mod id_token;
mod logout;
mod metadata;
mod person;
mod plain;
mod redeem;
mod request;
mod sign_out;
mod tokens;
mod types;
mod wire;

pub use connector::{Connector, Connectors, Described};
pub use credential::Tools;
pub use examine::Finding;
pub use failure::Failure;
pub use logout::SignedOut;
pub use person::{Answer, Kept, Person};
pub use request::{Attempt, Wanted};
