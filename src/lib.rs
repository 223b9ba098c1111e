//! Hatcheck: a small OpenID Connect identity provider.
//!
//! The rooms, from the bottom up; a room uses only rooms above it in this list. `tests/it/rooms.rs` keeps
//! the order.

pub mod model;

pub mod config;

pub mod store;

pub mod identity;
pub mod keys;
pub mod outgoing;

pub mod federation;
pub mod jobs;

pub mod http;

pub mod session;

pub mod account;
pub mod login;
pub mod oidc;

pub mod server;

pub mod cli;
