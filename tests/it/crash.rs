//! What a client was told of survives kill -9.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::sleep;

use crate::support::client::VERIFIER;
use crate::support::database::Database;
use crate::support::{Backend, Browser, Process, TestClient, param};

/// What clients hold that they have received answers for.
#[derive(Default)]
struct Promised {
    refresh_tokens: Vec<String>,
    redeemed: Vec<String>,
    revoked: Vec<String>,
}

/// How often the server is killed: more in a nightly run.
fn kills() -> u64 {
    std::env::var("HATCHECK_TEST_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(25)
}

async fn killed_again_and_again(backend: Backend) {
    let folder = TempDir::new().unwrap();
    let database = Database::fresh(backend, folder.path());
    let mut server = Process::start(folder.path(), &database.url).await;
    let browser = server.signed_in().await;
    let promised = Arc::new(Mutex::new(Promised::default()));
    for round in 0..kills() {
        let stop = Arc::new(AtomicBool::new(false));
        let clients: Vec<_> = (0..4)
            .map(|number| {
                let work = Work {
                    browser: browser.clone(),
                    notes: server.notes(),
                    promised: promised.clone(),
                };
                actix_web::rt::spawn(work.until(stop.clone(), number))
            })
            .collect();
        sleep(Duration::from_millis(40 + round * 37 % 260)).await;
        server.kill();
        stop.store(true, Ordering::Relaxed);
        for client in clients {
            client.await.unwrap();
        }
        server.serve().await;
        everything_holds(&server.notes(), &promised).await;
    }
}

async fn everything_holds(notes: &TestClient, promised: &Mutex<Promised>) {
    let held = std::mem::take(&mut *promised.lock().unwrap());
    for token in held.revoked {
        assert_eq!(notes.refresh(&token).await.status, 400, "a revoked token is good again");
    }
    let mut next = Vec::new();
    for token in held.refresh_tokens {
        next.extend(notes.refresh(&token).await.tokens().refresh_token);
    }
    for code in held.redeemed {
        assert_eq!(notes.redeem(&code).await.status, 400, "a redeemed code is good again");
    }
    // A few go on to the next round; all of them would make each round longer than the last
    next.truncate(8);
    promised.lock().unwrap().refresh_tokens = next;
}

struct Work {
    browser: Browser,
    notes: TestClient,
    promised: Arc<Mutex<Promised>>,
}

impl Work {
    async fn until(mut self, stop: Arc<AtomicBool>, number: usize) {
        let mut turn = number;
        while !stop.load(Ordering::Relaxed) {
            if self.step(turn % 3).await.is_none() {
                sleep(Duration::from_millis(5)).await;
            }
            turn += 1;
        }
    }

    /// One flow; `None` when the server was gone in the middle of it.
    async fn step(&mut self, kind: usize) -> Option<()> {
        let url = self.browser.try_open(&self.notes.authorization_url(&[])).await?;
        let code = param(&url, "code").unwrap_or_else(|| panic!("no code: {url}"));
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &self.notes.redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        let tokens = self.post("/token", &fields).await?.tokens();
        let refresh_token = tokens.refresh_token.unwrap();
        match kind {
            0 => self.promised.lock().unwrap().redeemed.push(code),
            1 => {
                let revocation = [("token", refresh_token.as_str())];
                assert_eq!(self.post("/revoke", &revocation).await?.status, 200);
                self.promised.lock().unwrap().revoked.push(refresh_token);
            }
            _ => {
                self.promised.lock().unwrap().refresh_tokens.push(refresh_token.clone());
                let refresh =
                    [("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str())];
                let next = self.post("/token", &refresh).await?.tokens().refresh_token.unwrap();
                let mut promised = self.promised.lock().unwrap();
                promised.refresh_tokens.retain(|token| *token != refresh_token);
                promised.refresh_tokens.push(next);
            }
        }
        Some(())
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Option<crate::support::Answer> {
        self.notes.try_send(path, Some((&self.notes.id, &self.notes.secret)), fields).await.ok()
    }
}

#[actix_web::test]
async fn cra_01_every_answer_holds_after_kill_9_on_sqlite() {
    killed_again_and_again(Backend::Sqlite).await;
}

#[actix_web::test]
async fn cra_01_every_answer_holds_after_kill_9_on_postgres() {
    killed_again_and_again(Backend::Postgres).await;
}
