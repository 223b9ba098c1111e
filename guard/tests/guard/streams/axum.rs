//! The same for axum.

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hatcheck_guard::Answer;
use hatcheck_guard::streams::{Body, Streams};
use serde_json::json;

use crate::listening::Reader;
use crate::support::{START, Scene, soon};

async fn events(State(streams): State<Streams>, request: Request) -> Result<Body, Answer> {
    streams.open_events(request.extensions())
}

async fn lines(State(streams): State<Streams>, request: Request) -> Result<Body, Answer> {
    streams.open_lines(request.extensions())
}

async fn renew(
    State(streams): State<Streams>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Answer> {
    let found = streams.renew(request.extensions(), &id)?;
    let status = if found { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND };
    Ok(status.into_response())
}

async fn start(streams: Streams) -> String {
    let guarded = Router::new()
        .route("/events", get(events))
        .route("/lines", get(lines))
        .route("/connections/{id}/token", post(renew))
        .layer(streams.rule());
    let app = guarded.route("/forgotten", get(events)).with_state(streams);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    base
}

#[tokio::test]
async fn events_and_lines_are_renewed_and_end_with_their_token() {
    let scene = Scene::new().await;
    let streams = Streams::builder(scene.guard().scope("notes:read")).build();
    let base = start(streams.clone()).await;
    let http = reqwest::Client::new();
    for (path, media_type) in [("events", "text/event-stream"), ("lines", "application/x-ndjson")] {
        let mut reader = Reader::open(&format!("{base}/{path}"), &scene.token()).await;
        assert_eq!((reader.status(), reader.header("content-type")), (200, media_type));
        let (kind, payload) = reader.system().await;
        assert_eq!(kind, "CONNECTED");
        let url = format!("{base}/connections/{}/token", payload["connection"].as_str().unwrap());
        scene.later(840);
        assert_eq!(reader.system().await.0, "TOKEN_EXPIRING");
        let renewed = http.post(&url).bearer_auth(scene.token()).send().await.unwrap();
        assert_eq!(renewed.status(), 204);
        assert_eq!(reader.system().await.0, "TOKEN_ACCEPTED");
        let eve = scene.token_with(&json!({"sub": "eve"}));
        assert_eq!(http.post(&url).bearer_auth(eve).send().await.unwrap().status(), 403);
        scene.later(960);
        let mut last = reader.system().await;
        if last.0 == "TOKEN_EXPIRING" {
            last = reader.system().await;
        }
        assert_eq!(last.1["code"], "TOKEN_EXPIRED");
        assert_eq!(reader.hear().await, None);
    }
    assert!(scene.now() > START);
    soon("none is left", || streams.statistics().active == 0).await;
    assert_eq!(Reader::open(&format!("{base}/events"), "x").await.status(), 401);
    assert_eq!(Reader::open(&format!("{base}/forgotten"), &scene.token()).await.status(), 500);
}
