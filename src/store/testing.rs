//! Fresh databases for tests: every test of the store runs on both.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::Deref;
use std::sync::Mutex;

use diesel::{Connection, PgConnection, RunQueryDsl};

use super::Store;
use crate::config::{Database, DatabaseUrl};

/// Makes a `#[test]` on SQLite and one on PostgreSQL of each function that takes a `&TestStore`.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[test] fn $name() { super::$name(&$crate::store::testing::TestStore::sqlite()); })+
        }
        mod on_postgres {
            $(#[test] fn $name() { super::$name(&$crate::store::testing::TestStore::postgres()); })+
        }
    };
}
pub(crate) use on_both_databases;

/// A store on a database of its own, which goes with it.
pub(crate) struct TestStore {
    store: Option<Store>,
    pub(crate) settings: Database,
    _home: Home,
}

enum Home {
    Folder { _folder: tempfile::TempDir },
    Server { admin: String, name: String },
}

impl TestStore {
    /// On a file in a temporary folder.
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("hatcheck.db"));
        Self::open(url, Home::Folder { _folder: folder })
    }

    /// On a database of its own on the server that `HATCHECK_TEST_POSTGRES` names.
    pub(crate) fn postgres() -> Self {
        let admin = std::env::var("HATCHECK_TEST_POSTGRES").expect(
            "HATCHECK_TEST_POSTGRES has to hold the URL of a superuser's database on PostgreSQL: \
             ./check starts one and sets it",
        );
        let name = format!("hatcheck_{:016x}", RandomState::new().build_hasher().finish());
        run(&admin, &format!("CREATE DATABASE {name}"));
        let mut url = url::Url::parse(&admin).unwrap();
        url.set_path(&name);
        Self::open(DatabaseUrl::Postgres(url.to_string().into()), Home::Server { admin, name })
    }

    fn open(url: DatabaseUrl, home: Home) -> Self {
        let settings = Database { url, connections: 8 };
        let store = Some(Store::open(&settings).unwrap());
        Self { store, settings, _home: home }
    }

    /// Opens the same database a second time, as another node or a restart does.
    pub(crate) fn again(&self) -> Store {
        Store::open(&self.settings).unwrap()
    }
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        self.store.as_ref().unwrap()
    }
}

impl Drop for TestStore {
    fn drop(&mut self) {
        self.store = None;
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Self::Server { admin, name } = self {
            run(admin, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

fn run(admin: &str, sql: &str) {
    // PostgreSQL copies its template for each new database, and refuses when two do so at once.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock();
    let mut connection = PgConnection::establish(admin).unwrap();
    diesel::sql_query(sql).execute(&mut connection).unwrap();
}
