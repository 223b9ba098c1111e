//! `[development]`: test logins, on one machine alone.

use super::reading::{Reader, told};
use super::{Issuer, Server};
use crate::model::Username;

/// Who there is to be, when nobody is named.
const PEOPLE: [&str; 2] = ["ada@example.org", "grace@example.org"];

/// `[development]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Development {
    /// `development.enabled`: whether test logins work.
    pub enabled: bool,
    /// `development.people`: whom they sign in.
    pub people: Vec<String>,
}

impl Development {
    pub(super) fn read(reader: &mut Reader, issuer: Option<&Issuer>, server: &Server) -> Self {
        let enabled = reader.take(
            "development.enabled",
            false,
            "Let anybody on this machine sign in as a test person, without a password: for tests of apps. Loopback only.",
        );
        let people: Option<Vec<String>> = reader.take_if(
            "development.people",
            told("ada@example.org, grace@example.org", None),
            are_names,
            "The test people, by the names that they sign in with; each is made when first asked for.",
        );
        let far = issuer.is_some_and(|issuer| !issuer.is_loopback());
        if enabled && (far || !server.listen.ip().is_loopback()) {
            reader.refuse(
                "development.enabled",
                "is true, and anybody who reaches this server could be anybody: write issuer and server.listen on \
                 loopback (127.0.0.1), or development.enabled = false",
            );
        }
        let usual = || PEOPLE.iter().copied().map(str::to_owned).collect();
        Self { enabled, people: people.unwrap_or_else(usual) }
    }
}

#[expect(clippy::ref_option, reason = "the shape of all checks")]
fn are_names(names: &Option<Vec<String>>) -> Result<(), String> {
    let names = names.as_deref().unwrap_or(&[]);
    match names.iter().find(|name| Username::for_new_account(name).is_err()) {
        None => Ok(()),
        Some(wrong) => Err(format!(
            "has {wrong:?}, which is no e-mail address: write names like ada@example.org"
        )),
    }
}
