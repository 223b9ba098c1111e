//! The guard from outside: an issuer on a free port, and apps that are asked over HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "all of it is tests, and what they stand on may fail them"
)]

mod actix;
mod axum;
mod docs;
#[path = "../../examples/guarded.rs"]
mod example;
mod introspection;
mod keys;
#[path = "../support/listening.rs"]
mod listening;
mod sealed;
#[path = "../../examples/sealed.rs"]
mod sealed_app;
#[path = "../../examples/streaming.rs"]
mod streaming;
mod streams;
#[path = "../support/mod.rs"]
mod support;
mod tickets;

use hatcheck_guard::Algorithm;
