//! What a stranger, a slow reader and a lost device can't do to an app.

use std::time::Duration;

use hatcheck_guard::streams::Ending;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Live;
use crate::support::{Scene, soon};

#[actix_web::test]
async fn one_person_and_all_together_have_only_so_many() {
    let scene = Scene::new().await;
    let live = Live::with(&scene.guard(), |settings| settings.most(3, 2));
    let [ada, eve, bob] = ["ada", "eve", "bob"].map(|sub| scene.token_with(&json!({"sub": sub})));
    let first = live.answer("lines", &ada).await;
    let _second = live.answer("events", &ada).await;
    let third = live.answer("events", &ada).await;
    assert_eq!((third.status(), third.header("content-type")), (503, "application/json"));
    let _eve = live.answer("lines", &eve).await;
    let mut refused = live.answer("lines", &bob).await;
    assert_eq!(refused.status(), 503);
    let body: Value = serde_json::from_str(&refused.hear().await.unwrap()).unwrap();
    assert_eq!(body["payload"]["code"], "TOO_MANY_CONNECTIONS");
    let statistics = live.streams.statistics();
    assert_eq!((statistics.active, statistics.total), (3, 3));
    assert_eq!(statistics.refused.get("TOO_MANY_CONNECTIONS"), Some(&2));
    drop(first);
    soon("there is room again", || {
        live.streams.send("hello", |_| true);
        live.streams.statistics().active == 2
    })
    .await;
    assert_eq!(live.answer("lines", &bob).await.status(), 200);
}

#[actix_web::test]
async fn who_does_not_read_is_closed_and_holds_up_nobody() {
    let scene = Scene::new().await;
    let live = Live::with(&scene.guard(), |settings| settings.queue(4));
    let mut slow = live.answer("lines", &scene.token()).await;
    let id = slow.system().await.1["connection"].as_str().unwrap().to_owned();
    let connection = live.streams.find(&id).unwrap();
    let long = "x".repeat(100_000);
    let mut sent = 0;
    while connection.send(long.clone()).is_ok() {
        sent += 1;
        assert!(sent < 10_000, "all of it is kept");
        tokio::task::yield_now().await;
    }
    assert_eq!(connection.ending(), Some(Ending::Slow));
    assert_eq!(live.streams.statistics().active, 0);
}

#[actix_web::test]
async fn a_device_that_is_gone_without_a_word_is_noticed() {
    let scene = Scene::new().await;
    let live = Live::start(&scene);
    let address = live.base.strip_prefix("http://").unwrap();
    // It answers no ping
    let mut device = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /live/socket?token={} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        scene.token()
    );
    device.write_all(request.as_bytes()).await.unwrap();
    soon("it is open", || live.streams.statistics().active == 1).await;
    let connection = live.streams.all(|_| true).remove(0);
    scene.later(30);
    let mut read = Vec::new();
    while !read.ends_with(&[0x89, 0]) {
        let more = tokio::time::timeout(Duration::from_secs(5), device.read_buf(&mut read));
        assert_ne!(more.await.expect("no ping came").unwrap(), 0);
    }
    scene.later(30);
    soon("it is given up", || connection.ending() == Some(Ending::Left)).await;
}

#[actix_web::test]
async fn what_is_sent_without_end_is_not_kept() {
    let scene = Scene::new().await;
    let live = Live::start(&scene);
    let mut socket = live.socket(&scene.token()).await.unwrap();
    let id = socket.system().await.1["connection"].as_str().unwrap().to_owned();
    let connection = live.streams.find(&id).unwrap();
    socket.say(&"x".repeat(70_000)).await;
    soon("it is closed", || connection.ending().is_some()).await;
}
