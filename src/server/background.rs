//! What goes on beside requests: sweeping what expired, writing when sessions were last seen, telling apps of sign-outs.

use std::time::Duration;

use actix_web::rt;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::courier;
use crate::http::App;
use crate::{session, store};

/// How often sessions' last use is written.
const FLUSH_EVERY: Duration = Duration::from_mins(1);
/// Once in so many flushes what expired is swept.
const FLUSHES_PER_SWEEP: u32 = 5;
/// Rows of each kind in one transaction: few, so that requests hardly wait for it.
const BATCH: i64 = 200;
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
        let task = rt::spawn(run(app.clone()));
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

async fn run(app: App) {
    loop {
        for _ in 0..FLUSHES_PER_SWEEP {
            sleep(FLUSH_EVERY).await;
            flush(&app).await;
        }
        sweep(&app).await;
    }
}

async fn flush(app: &App) {
    if let Err(error) = session::flush(app).await {
        tracing::warn!(%error, "when sessions were last seen can't be written; it is tried again");
    }
}

async fn sweep(app: &App) {
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
