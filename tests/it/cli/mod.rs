//! The command line beside a running server: what a command did is seen within a second.

mod clients;
mod config;
mod explain;
mod help;
mod links;
mod tokens;
mod users;

use tempfile::TempDir;

use crate::support::database::Database;
use crate::support::{Backend, Process};

/// A running server with Ada and the app `notes`.
async fn started(folder: &TempDir) -> Process {
    let database = Database::fresh(Backend::Sqlite, folder.path());
    Process::start(folder.path(), &database.url).await
}
