//! What ends a command, and its exit code.

use std::io;

use crate::config::ConfigErrors;
use crate::http::OpenError;
use crate::keys::KeyError;
use crate::server::{StartError, TlsError};
use crate::store::StoreError;

/// Why a command failed; one line each.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// It was refused, or could not be done.
    #[error("{0}")]
    Failed(String),
    /// What was given can't be taken: arguments, a file, standard input.
    #[error("{0}")]
    Input(String),
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// The product can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A key failed.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The TLS certificate can't be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

const FAILED: u8 = 1;
const USAGE: u8 = 2;
/// `EX_DATAERR` of sysexits.h: the database is of a newer version.
const NEWER_SCHEMA: u8 = 65;
/// `EX_CONFIG` of sysexits.h: configuration and key files.
const CONFIG: u8 = 78;

impl CliError {
    /// 1 refused or failed, 2 usage or refused input, 65 a newer database, 78 configuration or key files.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Failed(_) | Self::Io(_) | Self::Open(OpenError::Random) => FAILED,
            Self::Input(_) => USAGE,
            Self::Config(_) | Self::Tls(_) => CONFIG,
            Self::Keys(error) | Self::Open(OpenError::Keys(error)) => of_key(error),
            Self::Store(error) | Self::Open(OpenError::Store(error)) => of_store(error),
        }
    }
}

impl From<StartError> for CliError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Tls(error) => Self::Tls(error),
            StartError::Io(error) => Self::Io(error),
        }
    }
}

fn of_key(error: &KeyError) -> u8 {
    match error {
        KeyError::File(_) | KeyError::Unreadable(_) => CONFIG,
        KeyError::NoActiveKey(_) | KeyError::Crypto(_) => FAILED,
        KeyError::Unusable(_) => USAGE,
        KeyError::Store(error) => of_store(error),
    }
}

fn of_store(error: &StoreError) -> u8 {
    match error {
        StoreError::Schema(_) => NEWER_SCHEMA,
        StoreError::Unavailable(_) | StoreError::Corrupt(_) | StoreError::Other(_) => FAILED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_03_and_cra_05_exit_codes() {
        let key = || KeyError::File("keys/master.key is empty".into());
        for (error, code) in [
            (CliError::Failed("no".into()), 1),
            (CliError::Input("no".into()), 2),
            (StoreError::Unavailable("locked".into()).into(), 1),
            (StoreError::Schema("newer".into()).into(), 65),
            (OpenError::from(StoreError::Schema("newer".into())).into(), 65),
            (key().into(), 78),
            (OpenError::from(key()).into(), 78),
        ] {
            let error: CliError = error;
            assert_eq!(error.exit_code(), code, "{error}");
        }
    }
}
