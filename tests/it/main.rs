//! Flows from outside: a really started server on a free port, a fresh database, browsers and apps over HTTP.
//!
//! The files mirror the URLs. Run them with `./check test`, which starts PostgreSQL for them.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::wildcard_enum_match_arm,
    reason = "all of it is tests, and what they stand on may fail them"
)]

mod account;
mod api_tokens;
mod authenticate;
mod authorize;
mod challenge;
mod check_session;
mod cli;
mod clients;
mod crash;
mod demo;
mod development;
mod device;
mod directory;
#[path = "../../examples/directory/directory.rs"]
mod directory_example;
mod discovery;
mod discovery_truth;
mod end_session;
mod entitlements;
mod federation;
mod forward_auth;
mod fuzz_parsers;
mod guard;
mod introspect;
mod keys;
mod links;
mod login;
#[path = "../../examples/login-call/login.rs"]
mod login_call;
mod pages;
mod par;
#[path = "../../examples/partner/partner.rs"]
mod partner;
mod profiles;
mod register;
mod rooms;
#[path = "../../examples/hpp-app/app/mod.rs"]
mod sample_app;
mod server;
mod session;
mod session_data;
mod session_status;
mod sign_in;
#[path = "../../guard/examples/signed_in.rs"]
mod signed_in_app;
#[path = "../../guard/examples/streaming.rs"]
mod streaming_app;
mod streams;
mod subjects;
mod support;
#[path = "../../examples/tenants/tenants.rs"]
mod tenants_example;
mod token;
mod token_hook;
mod userinfo;
