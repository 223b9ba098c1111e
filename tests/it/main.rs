//! Flows from outside: a really started server on a free port, a fresh database, browsers and apps over HTTP.
//!
//! The files mirror the URLs. Run them with `./check test`, which starts PostgreSQL for them.

mod account;
mod crash;
mod login;
mod rooms;
mod session;
mod support;
mod token;
