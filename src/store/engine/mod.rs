//! How closures reach a connection: SQLite's writer and readers, PostgreSQL's pool.

mod error;
mod migrate;
mod postgres;
mod sqlite;
mod writer;

use std::sync::Arc;

pub use error::StoreError;

use super::Db;
use crate::config::{Database, DatabaseUrl};
use postgres::{Kind, Postgres};
use sqlite::Sqlite;

/// The database, shared by everything that runs.
#[derive(Clone)]
pub struct Store(Arc<Engine>);

enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Store {
    /// Opens the database, brings its schema up to date, and starts the writer.
    pub fn open(settings: &Database) -> Result<Self, StoreError> {
        let engine = match &settings.url {
            DatabaseUrl::Sqlite(file) => Engine::Sqlite(Sqlite::open(file)?),
            DatabaseUrl::Postgres(url) => {
                Engine::Postgres(Postgres::open(url, settings.connections)?)
            }
        };
        Ok(Self(Arc::new(engine)))
    }

    /// Runs a closure that only reads. SQLite runs it where it stands.
    /// Each query sees what is committed when it runs: what must fit together is read by one query.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut Db) -> Result<T, StoreError> + Send + 'static,
    {
        match &*self.0 {
            Engine::Sqlite(sqlite) => sqlite.read(work),
            Engine::Postgres(pool) => pool.run(Kind::Read, work).await,
        }
    }

    /// Runs a closure in one transaction: committed and durable when this answers with `Ok`.
    /// It may run more than once, so it must not do anything but call store functions.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut Db) -> Result<T, StoreError> + Send + 'static,
    {
        match &*self.0 {
            Engine::Sqlite(sqlite) => {
                let (answer, answered) = tokio::sync::oneshot::channel();
                // Who asked may have gone; the commit stands all the same.
                sqlite.writer.queue(work, move |outcome| drop(answer.send(outcome)))?;
                answered.await.unwrap_or_else(|_| Err(stopped()))
            }
            Engine::Postgres(pool) => pool.run(Kind::Write, work).await,
        }
    }

    /// [`Store::write`] for commands, which wait.
    pub fn write_blocking<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut Db) -> Result<T, StoreError> + Send + 'static,
    {
        match &*self.0 {
            Engine::Sqlite(sqlite) => {
                let (answer, answered) = std::sync::mpsc::sync_channel(1);
                sqlite.writer.queue(work, move |outcome| drop(answer.send(outcome)))?;
                answered.recv().unwrap_or_else(|_| Err(stopped()))
            }
            Engine::Postgres(pool) => pool.run_blocking(Kind::Write, &work),
        }
    }

    /// [`Store::read`] for commands, which wait.
    pub fn read_blocking<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut Db) -> Result<T, StoreError> + Send + 'static,
    {
        match &*self.0 {
            Engine::Sqlite(sqlite) => sqlite.read(work),
            Engine::Postgres(pool) => pool.run_blocking(Kind::Read, &work),
        }
    }
}

fn stopped() -> StoreError {
    StoreError::unavailable("the writer has stopped")
}
