//! WebSocket: RFC 6455.

use hatcheck_guard::streams::{Ending, Event, Way};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Error;

use super::Live;
use crate::support::{START, Scene, soon};

#[actix_web::test]
async fn a_connection_is_known_from_its_first_message_to_its_end() {
    let scene = Scene::new().await;
    let live = Live::start(&scene);
    let mut events = live.streams.events();
    let token = scene.token_with(&json!({"sid": "s1"}));
    let mut socket = live.socket(&token).await.unwrap();
    let (kind, payload) = socket.system().await;
    assert_eq!((kind.as_str(), &payload["expires_at"]), ("CONNECTED", &json!(START + 900)));

    let connection = live.streams.find(payload["connection"].as_str().unwrap()).unwrap();
    assert_eq!((connection.way(), connection.connected_at()), (Way::WebSocket, START));
    let identity = connection.identity();
    assert_eq!((identity.subject.as_str(), identity.session_id.as_deref()), ("ada", Some("s1")));
    assert!(
        matches!(events.recv().await.unwrap(), Event::Connected(it) if it.id() == connection.id())
    );

    scene.later(10);
    socket.say("good morning").await;
    assert_eq!(socket.hear().await, "good morning");
    assert_eq!(connection.active_at(), START + 10);

    let url = format!("{}/live/connections", live.base);
    let listed = reqwest::Client::new().get(url).bearer_auth(&token).send().await.unwrap();
    let listed: Value = serde_json::from_str(&listed.text().await.unwrap()).unwrap();
    assert_eq!(listed["connections"][0]["id"], connection.id());
    assert_eq!(listed["statistics"], json!({"active": 1, "total": 1, "refused": {}}));

    socket.close().await;
    let ended = events.recv().await.unwrap();
    assert!(matches!(ended, Event::Disconnected(it, Ending::Left) if it.id() == connection.id()));
    assert_eq!(live.streams.statistics().active, 0);
    assert!(live.streams.find(connection.id()).is_none());
    assert_eq!(connection.ending(), Some(Ending::Left));
    assert!(connection.send("anybody there?").is_err());
}

#[actix_web::test]
async fn a_fresh_token_keeps_it_open_and_without_one_it_is_closed() {
    let scene = Scene::new().await;
    let live = Live::start(&scene);
    let mut socket = live.socket(&scene.token()).await.unwrap();
    assert_eq!(socket.system().await.0, "CONNECTED");
    scene.later(870);
    assert_eq!(
        socket.system().await,
        ("TOKEN_EXPIRING".to_owned(), json!({"expires_at": START + 900}))
    );
    socket.bring(&scene.token()).await;
    let fresh = START + 870 + 900;
    assert_eq!(socket.system().await, ("TOKEN_ACCEPTED".to_owned(), json!({"expires_at": fresh})));
    // An old one takes nothing away
    socket.bring(&scene.token_with(&json!({"exp": scene.now() + 10}))).await;
    assert_eq!(socket.system().await, ("TOKEN_ACCEPTED".to_owned(), json!({"expires_at": fresh})));
    scene.later(870);
    assert_eq!(socket.system().await, ("TOKEN_EXPIRING".to_owned(), json!({"expires_at": fresh})));
    socket.say("still here").await;
    assert_eq!(socket.hear().await, "still here");
    // Its exp, and the leeway of the guard
    scene.later(90);
    let (kind, payload) = socket.system().await;
    assert_eq!((kind.as_str(), &payload["code"]), ("ERROR", &json!("TOKEN_EXPIRED")));
    assert_eq!(socket.close_code().await, 4401);
    soon("nothing is left of it", || live.streams.statistics().active == 0).await;
}

#[actix_web::test]
async fn a_token_that_is_no_good_is_refused_and_changes_nothing() {
    let scene = Scene::new().await;
    let live = Live::start(&scene);
    let mut socket = live.socket(&scene.token()).await.unwrap();
    assert_eq!(socket.system().await.0, "CONNECTED");
    let late = scene.token_with(&json!({"exp": scene.now() - 61}));
    for (token, code) in [
        (scene.token_with(&json!({"sub": "eve"})), "INVALID_TOKEN"),
        (scene.token_with(&json!({"client_id": "other"})), "INVALID_TOKEN"),
        (scene.token_with(&json!({"scope": "openid"})), "INVALID_TOKEN"),
        (scene.token_with(&json!({"aud": "photos"})), "INVALID_TOKEN"),
        (late, "TOKEN_EXPIRED"),
        (String::new(), "INVALID_TOKEN"),
        ("x".repeat(20_000), "INVALID_TOKEN"),
    ] {
        socket.bring(&token).await;
        let (kind, payload) = socket.system().await;
        assert_eq!((kind.as_str(), &payload["code"]), ("ERROR", &json!(code)), "{token:.40}");
    }
    socket.say("still here").await;
    assert_eq!(socket.hear().await, "still here");
}

#[actix_web::test]
async fn nobody_opens_one_without_a_good_token() {
    let scene = Scene::new().await;
    let live = Live::start(&scene);
    let late = scene.token_with(&json!({"exp": scene.now() - 61}));
    let other = scene.token_with(&json!({"scope": "openid"}));
    let (token, none) = (scene.token(), String::new());
    let twice = format!("{token}&token={token}");
    for (token, status, code) in [
        (none, 401, "MISSING_TOKEN"),
        ("x.y.z".to_owned(), 401, "INVALID_TOKEN"),
        (twice, 400, "INVALID_TOKEN"),
        (late, 401, "TOKEN_EXPIRED"),
        (other, 403, "INVALID_TOKEN"),
    ] {
        let refused = live.socket(&token).await.err().unwrap();
        let Error::Http(answer) = refused else { panic!("{refused}") };
        assert_eq!(answer.status(), status, "{token:.40}");
        let body: Value = serde_json::from_slice(answer.body().as_ref().unwrap()).unwrap();
        assert_eq!(body["payload"]["code"], code, "{body}");
    }
    let statistics = live.streams.statistics();
    assert_eq!((statistics.active, statistics.total), (0, 0));
    let refused: Vec<_> = statistics.refused.into_iter().collect();
    assert_eq!(refused, [("INVALID_TOKEN", 3), ("MISSING_TOKEN", 1), ("TOKEN_EXPIRED", 1)]);
}
