//! What durable writes cost on SQLite: alone, where each pays for its own commit, and together, where one commit serves
//! all that have queued meanwhile.

#![expect(clippy::expect_used, reason = "a bench that can't begin has nobody to answer to")]

use std::sync::atomic::{AtomicU64, Ordering};

use divan::Bencher;
use divan::counter::ItemsCount;
use hatcheck::config::{Database, DatabaseUrl};
use hatcheck::model::{
    Acr, Amr, Authentication, Claims, ClientId, Digest, Grant, GrantId, Scopes, Session, SessionId,
    Timestamp, User, UserId, Username,
};
use hatcheck::store::{Store, grants, sessions, users};

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

fn main() {
    divan::main();
}

/// A database with one person, one session, and numbers that were not used yet.
struct Filled {
    store: Store,
    session: Session,
    next: AtomicU64,
    _folder: tempfile::TempDir,
}

impl Filled {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = DatabaseUrl::Sqlite(folder.path().join("bench.sqlite"));
        let store = Store::open(&Database { url, connections: 1 }).expect("a store");
        let user = user();
        let session = session(user.id);
        let inserted = session.clone();
        let made = store.write_blocking(move |db| {
            users::insert(db, &user, "no hash")?;
            sessions::insert(db, &inserted)
        });
        made.expect("a person with a session");
        Self { store, session, next: AtomicU64::new(1), _folder: folder }
    }

    /// A grant as a redeemed code leaves it.
    fn grant(&self) -> Grant {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut random = [0; 10];
        random[..8].copy_from_slice(&number.to_le_bytes());
        Grant {
            id: GrantId::new(NOW, &random),
            code: Digest::of(number.to_le_bytes()),
            user_id: self.session.user_id,
            client_id: ClientId::parse("notes").expect("a client_id"),
            session_id: self.session.id,
            scopes: Scopes::parse("openid profile email").expect("scopes"),
            details: hatcheck::model::Details::default(),
            authentication: self.session.authentication.clone(),
            offline: false,
            refresh: None,
            created_at: NOW,
            expires_at: NOW,
            ended_at: None,
        }
    }
}

fn user() -> User {
    User {
        id: UserId::new(NOW, &[1; 10]),
        username: Username::for_new_account("ada@hat.example").expect("a user name"),
        email: "ada@hat.example".to_owned(),
        email_verified: true,
        name: "Ada".to_owned(),
        claims: Claims::default(),
        admin: false,
        disabled_at: None,
        totp: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

fn session(user_id: UserId) -> Session {
    Session {
        id: SessionId::new(NOW, &[2; 10]),
        cookie: Digest::of("cookie"),
        user_id,
        authentication: Authentication { time: NOW, acr: Acr::OneFactor, amr: vec![Amr::Pwd] },
        persistent: false,
        user_agent: "bench".to_owned(),
        created_at: NOW,
        seen_at: NOW,
        ended_at: None,
        only_for: None,
    }
}

/// Redeems this many codes from as many threads, and waits for all.
#[divan::bench(args = [1, 8, 32], sample_size = 10)]
fn redeem_at_once(bencher: Bencher<'_, '_>, together: usize) {
    let filled = Filled::new();
    bencher.counter(ItemsCount::new(together)).bench_local(|| {
        std::thread::scope(|scope| {
            for _ in 0..together {
                scope.spawn(|| {
                    let grant = filled.grant();
                    let done =
                        filled.store.write_blocking(move |db| grants::insert(db, &grant, None));
                    assert!(done.expect("a commit"));
                });
            }
        });
    });
}

#[divan::bench]
fn see_whether_a_grant_stands(bencher: Bencher<'_, '_>) {
    let filled = Filled::new();
    let grant = filled.grant();
    let id = grant.id;
    filled.store.write_blocking(move |db| grants::insert(db, &grant, None)).expect("a grant");
    let threads = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    bencher.bench_local(|| threads.block_on(filled.store.read(move |db| grants::standing(db, id))));
}
