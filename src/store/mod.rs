//! Room 2: the database. The only place with queries.
//!
//! [`Store::read`] and [`Store::write`] run a closure over a [`Db`]; the functions of the modules below
//! are what closures call. SQLite has one writer that groups the commits of concurrent requests and
//! answers after the commit; PostgreSQL runs both kinds on a pool and retries what it could not serialise,
//! so a closure may run more than once.

pub mod assertions;
pub mod clients;
pub mod consents;
pub mod devices;
pub mod events;
pub mod grants;
pub mod recovery_codes;
pub mod secrets;
pub mod sessions;
pub mod signing_keys;
pub mod throttle;
pub mod upkeep;
pub mod users;

use crate::config::Database;

/// A connection to either database.
pub struct Db;

/// Why the database could not do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// It is locked, full, read-only, overloaded or gone: try again later.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// What it holds can't be read.
    #[error("the database holds something unreadable: {0}")]
    Corrupt(String),
    /// It was written by a newer version of this program.
    #[error("{0}")]
    Schema(String),
    /// A query failed for another reason.
    #[error("the database refused: {0}")]
    Other(String),
}

/// The database, shared by everything that runs.
#[derive(Clone)]
pub struct Store;

impl Store {
    /// Opens the database, brings its schema up to date, and starts the writer.
    pub fn open(_settings: &Database) -> Result<Self, StoreError> {
        todo!()
    }

    /// Runs a closure that only reads. SQLite runs it where it stands.
    pub async fn read<T, F>(&self, _work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut Db) -> Result<T, StoreError> + Send + 'static,
    {
        todo!()
    }

    /// Runs a closure in one transaction: committed and durable when this answers with `Ok`.
    /// It may run more than once, so it must not do anything but call store functions.
    pub async fn write<T, F>(&self, _work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut Db) -> Result<T, StoreError> + Send + 'static,
    {
        todo!()
    }

    /// [`Store::write`] for commands, which wait.
    pub fn write_blocking<T, F>(&self, _work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut Db) -> Result<T, StoreError> + Send + 'static,
    {
        todo!()
    }

    /// [`Store::read`] for commands, which wait.
    pub fn read_blocking<T, F>(&self, _work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut Db) -> Result<T, StoreError> + Send + 'static,
    {
        todo!()
    }
}
