//! Signing keys and the master key, as apps and admins meet them: OpenID Connect Core section 10.

mod commands;
mod faults;
mod rewrap;
mod rotation;

use crate::support::{Browser, Page, Process, Tokens};

/// The names of the published keys.
fn kids(jwks: &Page) -> Vec<String> {
    let jwks = jwks.json();
    let keys = jwks["keys"].as_array().unwrap();
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// Tokens of Ada for `notes`.
async fn tokens(server: &Process, browser: &mut Browser) -> Tokens {
    let code = server.code(browser).await;
    server.notes().redeem(&code).await.tokens()
}

/// The name of the key that signed this.
fn kid(token: &str) -> String {
    crate::support::client::header_of(token)["kid"].as_str().unwrap().to_owned()
}
