//! `[registration]`: who may register apps over HTTP.

use std::path::Path;
use std::time::Duration;

use super::Scopes;
use super::reading::{Raw, Reader, Value};
use crate::model::days;

/// `[registration]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// `registration.mode`
    pub mode: RegistrationMode,
    /// `registration.unused`: how long an app that registered itself may wait for its first use; 30 days.
    pub unused: Duration,
    /// `registration.scopes`: what apps may register for besides the standard scopes.
    pub scopes: Vec<String>,
}

/// `registration.mode`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationMode {
    /// Admins alone.
    Closed,
    /// Whoever has an initial access token.
    Token,
    /// Anybody.
    Open,
}

impl Registration {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            mode: reader.take(
                "registration.mode",
                RegistrationMode::Closed,
                "Who may register apps over HTTP: `closed` (nobody), `token` (with a token of `hatcheck client token`) or `open`.",
            ),
            unused: reader.take_within(
                "registration.unused",
                days(30),
                days(1)..=days(3_650),
                "An app that registered itself and was never used is removed after this time.",
            ),
            scopes: reader.take(
                "registration.scopes",
                Vec::new(),
                "Scopes of `[scopes]` that apps may register themselves for, besides the standard ones.",
            ),
        }
    }

    /// What apps may ask for has to be there.
    pub(super) fn check(&self, reader: &mut Reader, scopes: &Scopes) {
        for scope in &self.scopes {
            if scopes.names().all(|known| known != scope) {
                reader.refuse(
                    "registration.scopes",
                    format!("has {scope:?}, which is not described: write [scopes.{scope:?}] with a description"),
                );
            }
        }
    }
}

impl Value for RegistrationMode {
    fn read(raw: &Raw, _: &Path) -> Result<Self, String> {
        match raw.text("closed")? {
            "closed" => Ok(Self::Closed),
            "token" => Ok(Self::Token),
            "open" => Ok(Self::Open),
            other => Err(format!("is {other:?}: choose \"closed\", \"token\" or \"open\"")),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Closed => "closed",
            Self::Token => "token",
            Self::Open => "open",
        }
        .to_owned()
    }
}
