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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{TestStore, grant, on_both_databases, user};
    use crate::store::{grants, secrets, users};

    on_both_databases!(
        what_was_answered_is_there_after_a_restart,
        a_refusal_is_committed,
        an_error_undoes_all_of_its_own_transaction,
        a_panic_undoes_its_transaction_and_nothing_else,
        two_starts_at_once_both_come_up,
        a_newer_schema_is_refused,
        waiting_for_an_answer_works_on_every_runtime,
    );

    fn what_was_answered_is_there_after_a_restart(store: &TestStore) {
        store.furnish();
        assert!(store.write_blocking(|db| grants::insert(db, &grant(1), None)).unwrap());
        let found = store.again().read_blocking(|db| grants::standing(db, grant(1).id)).unwrap();
        assert_eq!(found.unwrap().grant, grant(1));
    }

    fn a_refusal_is_committed(store: &TestStore) {
        let refusal: Result<(), &str> = store
            .write_blocking(|db| secrets::insert(db, "a", "1").map(|_| Err("refused")))
            .unwrap();
        assert!(refusal.is_err());
        assert!(store.read_blocking(|db| secrets::find(db, "a")).unwrap().is_some());
    }

    fn an_error_undoes_all_of_its_own_transaction(store: &TestStore) {
        let failed: Result<(), _> = store.write_blocking(|db| {
            secrets::insert(db, "a", "1")?;
            Err(StoreError::Other("no".into()))
        });
        assert!(matches!(failed, Err(StoreError::Other(_))));
        assert!(store.write_blocking(|db| secrets::insert(db, "a", "1")).unwrap());
    }

    fn a_panic_undoes_its_transaction_and_nothing_else(store: &TestStore) {
        use diesel::Connection;
        let failed: Result<(), _> = store.write_blocking(|db| {
            secrets::insert(db, "a", "1")?;
            db.transaction(|db| {
                secrets::insert(db, "b", "1")?;
                panic!("on purpose")
            })
        });
        assert!(matches!(failed, Err(StoreError::Other(_))));
        assert!(store.write_blocking(|db| secrets::insert(db, "a", "1")).unwrap());
        assert_eq!(store.read_blocking(secrets::list).unwrap().len(), 1);
    }

    fn two_starts_at_once_both_come_up(store: &TestStore) {
        let empty = store.empty_database();
        let starts: Vec<_> = (0..4)
            .map(|_| {
                let settings = empty.clone();
                std::thread::spawn(move || Store::open(&settings).map(drop))
            })
            .collect();
        for start in starts {
            start.join().unwrap().unwrap();
        }
        let store = Store::open(&empty).unwrap();
        assert!(store.write_blocking(|db| users::insert(db, &user(1), "hash")).unwrap());
    }

    fn a_newer_schema_is_refused(store: &TestStore) {
        use diesel::connection::SimpleConnection;
        let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')";
        store.write_blocking(|db| Ok(db.batch_execute(newer)?)).unwrap();
        let refused = Store::open(&store.settings).err().unwrap();
        assert!(matches!(refused, StoreError::Schema(_)));
        assert!(
            refused.to_string().contains("newer version of hatcheck: it holds the migrations 9999")
        );
    }

    fn waiting_for_an_answer_works_on_every_runtime(store: &TestStore) {
        let store = (**store).clone();
        actix_web::rt::System::new().block_on(async move {
            assert!(store.write(|db| secrets::insert(db, "a", "1")).await.unwrap());
            assert!(store.read(|db| secrets::find(db, "a")).await.unwrap().is_some());
            assert_eq!(store.write_blocking(secrets::list).unwrap().len(), 1);
            let another_loop = std::thread::spawn(move || {
                actix_web::rt::System::new()
                    .block_on(store.write(|db| secrets::insert(db, "b", "2")))
            });
            assert!(another_loop.join().unwrap().unwrap());
        });
    }
}
