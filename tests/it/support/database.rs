//! A fresh database for each test, on either engine, gone afterwards.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A database of a test's own.
pub struct Database {
    pub url: String,
    drop: Option<(String, String)>,
}

impl Database {
    /// Makes one; SQLite's lies in `folder`.
    pub fn fresh(backend: Backend, folder: &Path) -> Self {
        match backend {
            Backend::Sqlite => Self {
                url: format!("sqlite://{}", folder.join("hatcheck.sqlite").display()),
                drop: None,
            },
            Backend::Postgres => {
                static COUNT: AtomicU32 = AtomicU32::new(0);
                let admin = std::env::var("HATCHECK_TEST_POSTGRES")
                    .expect("HATCHECK_TEST_POSTGRES names no server: run the tests with ./check, which starts one");
                let count = COUNT.fetch_add(1, Ordering::Relaxed);
                let name = format!("it_{}_{count}", std::process::id());
                let mut connection = PgConnection::establish(&admin).expect("PostgreSQL is there");
                connection.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
                let (server, _) = admin.rsplit_once('/').unwrap();
                Self { url: format!("{server}/{name}"), drop: Some((admin, name)) }
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some((admin, name)) = self.drop.take()
            && let Ok(mut connection) = PgConnection::establish(&admin)
        {
            let _ =
                connection.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}
