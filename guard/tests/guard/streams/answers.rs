//! Server-sent events and answers line by line.

use hatcheck_guard::streams::Ending;
use serde_json::json;

use super::Live;
use crate::support::{START, Scene, soon};

#[actix_web::test]
async fn events_and_lines_carry_what_is_sent_and_end_with_who_reads() {
    let scene = Scene::new().await;
    let live = Live::start(&scene);
    for (way, media_type) in [("events", "text/event-stream"), ("lines", "application/x-ndjson")] {
        let mut reader = live.answer(way, &scene.token()).await;
        assert_eq!((reader.status(), reader.header("content-type")), (200, media_type));
        assert_eq!(reader.header("cache-control"), "no-store");
        let (kind, payload) = reader.system().await;
        assert_eq!((kind.as_str(), &payload["expires_at"]), ("CONNECTED", &json!(START + 900)));
        let connection = live.streams.find(payload["connection"].as_str().unwrap()).unwrap();
        connection.send("good morning").unwrap();
        assert_eq!(reader.hear().await.as_deref(), Some("good morning"));
        drop(reader);
        // It is found out when something is sent
        soon("it is gone", || connection.send("anybody there?").is_err()).await;
        assert_eq!(connection.ending(), Some(Ending::Left));
    }
}

#[actix_web::test]
async fn a_fresh_token_comes_by_another_request() {
    let scene = Scene::new().await;
    let live = Live::start(&scene);
    for way in ["events", "lines"] {
        let mut reader = live.answer(way, &scene.token()).await;
        let id = reader.system().await.1["connection"].as_str().unwrap().to_owned();
        scene.later(870);
        assert_eq!(reader.system().await.0, "TOKEN_EXPIRING");
        let eve = scene.token_with(&json!({"sub": "eve"}));
        assert_eq!(live.renew(&id, &eve).await, 403);
        assert_eq!(live.renew("unknown", &scene.token()).await, 404);
        assert_eq!(live.renew(&id, "x.y.z").await, 401);
        assert_eq!(live.renew(&id, &scene.token()).await, 204);
        let expected = json!({"expires_at": scene.now() + 900});
        assert_eq!(reader.system().await, ("TOKEN_ACCEPTED".to_owned(), expected));
        scene.later(960);
        let (kind, payload) = reader.system().await;
        // One look may find both due
        let (kind, payload) =
            if kind == "TOKEN_EXPIRING" { reader.system().await } else { (kind, payload) };
        assert_eq!((kind.as_str(), &payload["code"]), ("ERROR", &json!("TOKEN_EXPIRED")));
        assert_eq!(reader.hear().await, None);
        assert!(live.streams.find(&id).is_none());
        assert_eq!(live.renew(&id, &scene.token()).await, 404);
    }
}
