//! Clients that others wrote, against a really started server: openid-client in Node, and oidc-client-ts in Chromium. What
//! lies beside these files of theirs is told in README.md.

mod answers;
mod encrypted;
mod in_chromium;
mod logouts;
mod pairwise;
mod party;
mod requests;
