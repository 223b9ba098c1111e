//! Fresh databases for tests: every test of the store runs on both.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::Deref;
use std::sync::{Arc, Barrier, Mutex};

use diesel::{Connection, PgConnection, RunQueryDsl};

use super::{Db, Store, StoreError, clients, sessions, users};
use crate::config::{Database, DatabaseUrl};
use crate::model::client::Metadata;
use crate::model::{
    Acr, Amr, Authentication, Claims, Client, ClientId, Details, Digest, Grant, GrantId,
    RefreshState, Scopes, Session, SessionId, Timestamp, User, UserId, Username, days,
};

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
    home: Home,
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
        Self { store, settings, home }
    }

    /// A second database beside this one, in which nothing is yet.
    pub(crate) fn empty_database(&self) -> Database {
        let url = match (&self.settings.url, &self.home) {
            (DatabaseUrl::Postgres(url), Home::Server { admin, name }) => {
                run(admin, &format!("CREATE DATABASE {name}_2"));
                DatabaseUrl::Postgres(url.expose().replace(name, &format!("{name}_2")).into())
            }
            (DatabaseUrl::Sqlite(file), _) => DatabaseUrl::Sqlite(file.with_extension("2")),
            (DatabaseUrl::Postgres(_), Home::Folder { .. }) => unreachable!("no server's home"),
        };
        Database { url, ..self.settings.clone() }
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
            for name in [name.clone(), format!("{name}_2")] {
                run(admin, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
            }
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

/// The moment at which tests happen.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// An identifier made from a number.
pub(crate) fn id<T>(make: fn(Timestamp, &[u8; 10]) -> T, number: u8) -> T {
    make(NOW, &[number; 10])
}

/// A person.
pub(crate) fn user(number: u8) -> User {
    let address = format!("person{number}@example.org");
    User {
        id: id(UserId::new, number),
        username: Username::canonical(&address),
        email: address,
        email_verified: true,
        name: format!("Person {number}"),
        claims: Claims::default(),
        admin: false,
        disabled_at: None,
        totp: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

/// An app.
pub(crate) fn client(name: &str) -> Client {
    let metadata = serde_json::json!({
        "redirect_uris": [format!("https://{name}.example.org/callback")],
        "client_name": name
    });
    Client {
        id: ClientId::parse(name).unwrap(),
        metadata: Metadata::from_json(metadata.as_object().unwrap().clone()).unwrap(),
        secrets: Vec::new(),
        created_at: NOW,
        updated_at: NOW,
    }
}

/// How they all signed in.
pub(crate) fn authentication() -> Authentication {
    Authentication { time: NOW, acr: Acr::TwoFactor, amr: vec![Amr::Pwd, Amr::Otp, Amr::Mfa] }
}

/// A session of [`user`] 1.
pub(crate) fn session(number: u8) -> Session {
    Session {
        id: id(SessionId::new, number),
        cookie: Digest::of(format!("cookie {number}")),
        user_id: id(UserId::new, 1),
        authentication: authentication(),
        persistent: false,
        user_agent: "Browser".into(),
        created_at: NOW,
        seen_at: NOW,
        ended_at: None,
        only_for: None,
    }
}

/// A grant of [`user`] 1 to the app "notes" in [`session`] 1.
pub(crate) fn grant(number: u8) -> Grant {
    Grant {
        id: id(GrantId::new, number),
        code: Digest::of(format!("code {number}")),
        user_id: id(UserId::new, 1),
        client_id: ClientId::parse("notes").unwrap(),
        session_id: id(SessionId::new, 1),
        scopes: Scopes::parse("openid email").unwrap(),
        details: Details::default(),
        authentication: authentication(),
        offline: false,
        refresh: Some(refresh(0)),
        created_at: NOW,
        expires_at: NOW + days(30),
        ended_at: None,
    }
}

/// A generation of refresh tokens.
pub(crate) fn refresh(generation: i64) -> RefreshState {
    RefreshState {
        generation,
        digest: Digest::of(format!("token {generation}")),
        advances: vec![NOW; usize::try_from(generation).unwrap()],
    }
}

impl TestStore {
    /// Adds [`user`] 1, the app "notes" and [`session`] 1.
    pub(crate) fn furnish(&self) {
        self.write_blocking(|db| {
            assert!(users::insert(db, &user(1), "$argon2id$1")?);
            assert!(clients::insert(db, &client("notes"))?);
            sessions::insert(db, &session(1))
        })
        .unwrap();
    }

    /// How many of `callers` that write at once, over two nodes, are told `true`.
    pub(crate) fn winners<F>(&self, callers: usize, work: F) -> usize
    where
        F: Fn(&mut Db, usize) -> Result<bool, StoreError> + Clone + Send + 'static,
    {
        let nodes = [self.again(), self.again()];
        let ready = Arc::new(Barrier::new(callers));
        let threads: Vec<_> = (0..callers)
            .map(|caller| {
                let (node, ready, work) = (nodes[caller % 2].clone(), ready.clone(), work.clone());
                std::thread::spawn(move || {
                    ready.wait();
                    node.write_blocking(move |db| work(db, caller)).unwrap()
                })
            })
            .collect();
        threads.into_iter().map(|each| usize::from(each.join().unwrap())).sum()
    }
}
