//! `/health/live`: it runs. `/health/ready`: a write and a signature just worked.

use std::time::{Duration, Instant};

use actix_web::http::header;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::http::{App, handler};
use crate::model::Algorithm;
use crate::store;

/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long a finding is given to others who ask: nobody makes us write by asking often.
const LASTING: Duration = Duration::from_secs(1);

/// The last finding, shared by all event loops; one of them looks at a time.
#[derive(Default)]
pub(super) struct Probe(Mutex<Option<(Instant, Finding)>>);

/// What works: `ok`, or why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Finding {
    status: &'static str,
    database: &'static str,
    signature: &'static str,
}

/// The routes of this file.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/health/live")
                .route(web::get().to(handler(live)))
                .route(web::head().to(handler(live))),
        )
        .service(
            web::resource("/health/ready")
                .route(web::get().to(handler(ready)))
                .route(web::head().to(handler(ready))),
        );
}

async fn live() -> HttpResponse {
    answer(HttpResponse::Ok()).json(serde_json::json!({"status": "ok"}))
}

async fn ready(app: web::Data<App>, probe: web::Data<Probe>) -> HttpResponse {
    let finding = probe.find(&app).await;
    let builder = if finding.status == "ok" {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    answer(builder).json(finding)
}

fn answer(mut builder: HttpResponseBuilder) -> HttpResponseBuilder {
    builder.insert_header((header::CACHE_CONTROL, "no-store"));
    builder
}

impl Probe {
    async fn find(&self, app: &App) -> Finding {
        let mut last = self.0.lock().await;
        if let Some((at, finding)) = &*last
            && at.elapsed() < LASTING
        {
            return finding.clone();
        }
        let (database, signature) = tokio::join!(write(app), sign(app));
        let status = if database == "ok" && signature == "ok" { "ok" } else { "failed" };
        let finding = Finding { status, database, signature };
        *last = Some((Instant::now(), finding.clone()));
        finding
    }
}

async fn write(app: &App) -> &'static str {
    let now = app.now();
    match timeout(PATIENCE, app.write(move |db| store::upkeep::probe(db, now))).await {
        Ok(Ok(())) => "ok",
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready: the database takes no write");
            "a write failed"
        }
        Err(_) => {
            tracing::warn!("not ready: the database took no write in four seconds");
            "a write took too long"
        }
    }
}

async fn sign(app: &App) -> &'static str {
    let keys = match timeout(PATIENCE, app.keys()).await {
        Ok(Ok(keys)) => keys,
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready: the signing keys can't be read");
            return "the keys can't be read";
        }
        Err(_) => return "reading the keys took too long",
    };
    let now = app.now();
    let Some(algorithm) = Algorithm::ALL.into_iter().find(|each| keys.signs_with(*each, now))
    else {
        return "no key signs now";
    };
    match keys.sign(algorithm, "JWT", &serde_json::json!({"probe": now.seconds()}), now) {
        Ok(_) => "ok",
        Err(error) => {
            tracing::warn!(%error, "not ready: a signature failed");
            "a signature failed"
        }
    }
}
