//! Connections of an app that stay, beside a server that was really started: they end with the person's session.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use actix_web::{App, HttpServer};
use hatcheck_guard::Guard;
use hatcheck_guard::streams::Streams;
use serde_json::{Value, json};

use crate::support::client::claims_of;
use crate::support::listening::{Reader, Socket};
use crate::support::*;
use crate::{both_with, streaming_app};

/// The app of the guard's example, which the issuer tells of sign-outs.
async fn notes(app: &TestApp) -> (TestClient, String, Streams) {
    let guard = Guard::builder(&app.issuer, "journal").build().unwrap();
    let notes = streaming_app::notes(guard.scope("profile").token_in_url(), "journal");
    let streams = notes.streams.clone();
    let factory = move || App::new().configure(|routes| streaming_app::routes(routes, &notes));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = HttpServer::new(factory).workers(1).disable_signals();
    actix_web::rt::spawn(server.listen(listener).unwrap().run());
    let members = json!({
        "backchannel_logout_uri": format!("{base}/signed-out"),
        "backchannel_logout_session_required": true,
    });
    (app.add_client("journal", members).await, base, streams)
}

async fn tokens(app: &TestApp, browser: &mut Browser, client: &TestClient) -> Tokens {
    let code = app.authorize(browser, client, "ada@example.org", &[]).await;
    client.redeem(&code).await.tokens()
}

both_with! {
    &crate::support::site::REACHING_SITES;

    async fn who_signs_out_is_cut_off_from_open_connections_within_two_seconds(app: TestApp) {
        let (client, base, streams) = notes(&app).await;
        let mut browser = app.browser();
        let mine = tokens(&app, &mut browser, &client).await;
        let (claims, id) = (claims_of(&mine.access_token), claims_of(mine.id_token.as_ref().unwrap()));
        assert!(claims["sid"].is_string() && claims["sid"] == id["sid"]);
        for token in [&mine.access_token, mine.refresh_token.as_ref().unwrap()] {
            let facts = client.post("/introspect", &[("token", token)]).await.json();
            assert_eq!(facts["sid"], id["sid"], "{facts}");
        }
        let mut elsewhere = app.browser();
        let other = tokens(&app, &mut elsewhere, &client).await;
        let mut socket = Socket::open(&format!("{base}/live/socket"), &mine.access_token).await.unwrap();
        let mut events = Reader::open(&format!("{base}/live/events"), &mine.access_token).await;
        let mut lines = Reader::open(&format!("{base}/live/lines"), &mine.access_token).await;
        let mut stays = Socket::open(&format!("{base}/live/socket"), &other.access_token).await.unwrap();
        for kind in [
            socket.system().await.0, events.system().await.0, lines.system().await.0, stays.system().await.0,
        ] {
            assert_eq!(kind, "CONNECTED");
        }

        let page = browser.open(&app.url("/account")).await.page();
        let begun = Instant::now();
        browser.submit(&page, &[], Some("Sign out")).await.page();
        for last in [socket.system().await, events.system().await, lines.system().await] {
            assert_eq!((last.0.as_str(), &last.1["code"]), ("ERROR", &json!("INVALID_TOKEN")));
        }
        assert_eq!((socket.close_code().await, events.hear().await, lines.hear().await), (4401, None, None));
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());

        let again = Reader::open(&format!("{base}/live/events"), &mine.access_token).await;
        assert_eq!(again.status(), 401);
        stays.say("still here").await;
        assert_eq!(stays.hear().await, "still here");
        stays.close().await;
        soon("none is open", async || streams.statistics().active == 0).await;
    }

    async fn a_refreshed_token_keeps_a_connection_open_and_a_strangers_does_not(app: TestApp) {
        let (client, base, _) = notes(&app).await;
        let mine = tokens(&app, &mut app.browser(), &client).await;
        let mut socket = Socket::open(&format!("{base}/live/socket"), &mine.access_token).await.unwrap();
        let connected = socket.system().await.1;
        assert_eq!(connected["expires_at"], claims_of(&mine.access_token)["exp"]);
        app.later(60);
        let fresh = client.refresh(mine.refresh_token.as_ref().unwrap()).await.tokens();
        socket.bring(&fresh.access_token).await;
        let (kind, payload): (String, Value) = socket.system().await;
        let expected = claims_of(&fresh.access_token)["exp"].clone();
        assert_eq!((kind.as_str(), &payload["expires_at"]), ("TOKEN_ACCEPTED", &expected));
        app.add_user("eve@example.org", "Eve", None).await;
        let code = app.authorize(&mut app.browser(), &client, "eve@example.org", &[]).await;
        let eves = client.redeem(&code).await.tokens();
        socket.bring(&eves.access_token).await;
        let (kind, payload) = socket.system().await;
        assert_eq!((kind.as_str(), &payload["code"]), ("ERROR", &json!("INVALID_TOKEN")));
    }
}
