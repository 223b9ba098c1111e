//! Room 5: the tools of handlers. [`App`] is the edge: the only one who asks the clock and the random source.

pub mod access;
mod app;
mod browser;
mod cache;
mod client_address;
mod client_keys;
mod client_secret;
mod connectors;
pub mod cookies;
pub mod cors;
pub mod csrf;
mod extensions;
mod handler;
mod oauth_error;
mod page;
mod params;
mod redirect;
mod refusals;
mod seen;
pub mod static_files;
pub mod texts;
mod tools;
mod totp_record;
mod used;

pub use app::{App, Clock, OpenError};
pub use browser::Browser;
pub use client_address::ClientAddress;
pub use client_keys::{NoKeys, NotByClient};
pub use client_secret::{client_secrets_after, fresh_client_secret, stored_client_secret};
pub use extensions::{
    Answering, Attempt, Authenticator, Checked, Deciding, Extensions, Extra, Issuing, Known, Once,
    Recognised, TokenHook, Typed, Unrecognised, Withheld,
};
pub use handler::{Pointed, handler};
pub use oauth_error::OauthError;
pub use page::{ErrorPage, Frame, PageError, Policy, html, html_apart, html_under};
pub use params::{LONGEST as LONGEST_FORM, ParamError, Params};
pub use redirect::see_other;
pub use refusals::{Reference, Refusal, RefusalLog, look_up};
pub use seen::Seen;
pub use texts::Texts;
pub use totp_record::{open_totp, seal_totp};
pub use used::Used;
