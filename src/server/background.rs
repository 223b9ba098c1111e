//! What goes on beside requests: rolling keys (OpenID Connect Core section 10.1.1), sweeping what expired, writing when
//! sessions were last seen, ending those that ran out, telling apps of sign-outs.

use std::time::Duration;

use actix_web::{rt, web};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::courier;
use crate::http::App;
use crate::model::EventKind;
use crate::{keys, session, store};

/// How often sessions' last use is written.
const FLUSH_EVERY: Duration = Duration::from_mins(1);
/// Once in so many flushes what expired is swept, and keys whose time has come are followed by the next.
const FLUSHES_PER_SWEEP: u32 = 5;
/// Rows of each kind in one transaction: few, so that requests hardly wait for it.
const BATCH: i64 = 200;
/// Sessions that ran out and are ended in one transaction: each may have several apps to be told.
const SESSIONS: i64 = 50;
/// Between batches, requests have the database for themselves.
const BETWEEN_BATCHES: Duration = Duration::from_millis(200);

/// The background's task.
pub(super) struct Background {
    app: App,
    task: JoinHandle<()>,
    courier: JoinHandle<()>,
}

impl Background {
    pub(super) fn start(app: App) -> Self {
        remind(&app);
        let task = rt::spawn(run(app.clone(), FLUSH_EVERY));
        let courier = courier::start(app.clone());
        Self { app, task, courier }
    }

    /// Ends it, and writes what was only in memory.
    pub(super) async fn end(self) {
        self.task.abort();
        self.courier.abort();
        flush(&self.app).await;
    }
}

async fn run(app: App, flush_every: Duration) {
    loop {
        roll_keys(&app).await;
        for _ in 0..FLUSHES_PER_SWEEP {
            sleep(flush_every).await;
            flush(&app).await;
            remind(&app);
        }
        expire(&app).await;
        sweep(&app).await;
    }
}

/// Says once a minute that anybody may be anybody here.
fn remind(app: &App) {
    if app.settings().development.enabled {
        tracing::warn!(
            "development.enabled is true: whoever reaches this server signs in as a test person"
        );
    }
}

async fn flush(app: &App) {
    if let Err(error) = session::flush(app).await {
        tracing::warn!(%error, "when sessions were last seen can't be written; it is tried again");
    }
    let used = app.used().unwritten();
    if used.is_empty() {
        return;
    }
    let (to_write, now) = (used.clone(), app.now());
    match app.write(move |db| store::registrations::touch(db, &to_write, now)).await {
        Ok(()) => app.used().written(&used),
        Err(error) => {
            tracing::warn!(%error, "which apps were used can't be written; it is tried again");
        }
    }
}

/// Removes apps that registered themselves and were never used.
async fn sweep_apps(app: &App) -> Result<(), store::StoreError> {
    let before = app.now() - app.settings().registration.unused;
    for id in app.read(move |db| store::registrations::unused(db, before, BATCH)).await? {
        let event = app.event(EventKind::ClientDeleted, None, Some(&id), "never used");
        app.write(move |db| store::registrations::sweep(db, &id, &event)).await?;
    }
    Ok(())
}

/// Beside the event loop: an RSA key takes a while to make.
async fn roll_keys(app: &App) {
    let app = app.clone();
    let rolled = web::block(move || {
        keys::rotate_if_due(app.store(), app.vault(), app.settings(), app.now())
    });
    match rolled.await {
        Ok(Ok(algorithms)) => {
            for algorithm in algorithms {
                tracing::info!(%algorithm, "the next signing key is published");
            }
        }
        Ok(Err(error)) => tracing::warn!(%error, "keys can't be rolled; it is tried again"),
        Err(error) => tracing::warn!(%error, "keys were not rolled; it is tried again"),
    }
}

/// Ends sessions that ran out, so that their apps are told as of any other end.
async fn expire(app: &App) {
    let settings = app.settings().sessions;
    loop {
        let now = app.now();
        match app.write(move |db| store::sessions::end_expired(db, &settings, now, SESSIONS)).await
        {
            Ok(0) => return,
            Ok(_) => sleep(BETWEEN_BATCHES).await,
            Err(error) => {
                tracing::warn!(%error, "sessions that ran out can't be ended; it is tried again");
                return;
            }
        }
    }
}

async fn sweep(app: &App) {
    if let Err(error) = sweep_apps(app).await {
        tracing::warn!(%error, "apps that were never used can't be swept; it is tried again");
    }
    loop {
        let now = app.now();
        match app.write(move |db| store::upkeep::sweep(db, now, BATCH)).await {
            Ok(swept) if i64::try_from(swept).is_ok_and(|swept| swept >= BATCH) => {
                sleep(BETWEEN_BATCHES).await;
            }
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(%error, "what expired can't be swept; it is tried again");
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use serde_json::json;

    use super::*;
    use crate::config::Settings;
    use crate::http::Clock;
    use crate::model::client::Metadata;
    use crate::model::{Client, ClientId, Digest};

    fn client(id: &str, app: &App) -> Client {
        let metadata = json!({"redirect_uris": ["https://rp.example/cb"]});
        Client {
            id: ClientId::parse(id).unwrap(),
            metadata: Metadata::from_json(metadata.as_object().unwrap().clone()).unwrap(),
            secrets: Vec::new(),
            created_at: app.now(),
            updated_at: app.now(),
        }
    }

    async fn register(app: &App, id: &str) {
        let (client, token) = (client(id, app), Digest::of(id));
        assert!(
            app.write(move |db| store::registrations::insert(db, &client, &token)).await.unwrap()
        );
    }

    async fn apps(app: &App) -> Vec<String> {
        let all = app.read(|db| store::clients::list(db, None, 10)).await.unwrap();
        all.iter().map(|client| client.id.to_string()).collect()
    }

    /// Lets the timer run until an app is gone.
    async fn until_gone(app: &App, id: &str) {
        let task = rt::spawn(run(app.clone(), Duration::from_millis(2)));
        let begun = Instant::now();
        while apps(app).await.iter().any(|each| each == id) {
            assert!(begun.elapsed() < Duration::from_secs(20), "{id} is never swept");
            sleep(Duration::from_millis(5)).await;
        }
        task.abort();
    }

    #[actix_web::test]
    async fn rfc_7591_5_apps_that_registered_themselves_and_were_never_used_go_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let settings = "issuer = \"http://localhost:8080\"\n[registration]\nunused = \"2d\"";
        let settings = Settings::parse(settings, folder.path()).unwrap();
        let clock = Clock::system();
        let app = App::open(settings, clock.clone()).unwrap();
        register(&app, "used").await;
        register(&app, "unused").await;
        let of_admin = client("of-an-admin", &app);
        assert!(app.write(move |db| store::clients::insert(db, &of_admin)).await.unwrap());
        clock.advance(86_400);
        register(&app, "young").await;
        // Known in memory alone, as after a request a moment ago: it is written before anything is swept
        app.used().note(&ClientId::parse("used").unwrap(), app.now());
        clock.advance(86_401);
        until_gone(&app, "unused").await;
        assert_eq!(apps(&app).await, ["of-an-admin", "used", "young"]);
        let events = app.read(|db| store::events::latest(db, 10)).await.unwrap();
        let gone: Vec<_> =
            events.iter().filter(|event| event.kind == EventKind::ClientDeleted).collect();
        assert_eq!(gone.len(), 1);
        assert_eq!(
            (gone[0].client_id.as_ref().unwrap().as_str(), gone[0].detail.as_str()),
            ("unused", "never used")
        );
        clock.advance(10 * 86_400);
        until_gone(&app, "young").await;
        assert_eq!(apps(&app).await, ["of-an-admin", "used"]);
    }
}
