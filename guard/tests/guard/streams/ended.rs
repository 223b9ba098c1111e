//! Sessions that end while connections are open: OpenID Connect Back-Channel Logout, RFC 7662.

use std::time::Duration;

use hatcheck_guard::Introspection;
use hatcheck_guard::streams::Ending;
use serde_json::json;
use tokio_tungstenite::tungstenite::Error;

use super::{Live, logout_token};
use crate::support::{Scene, soon};

#[actix_web::test]
async fn back_channel_logout_section_2_7_who_signed_out_is_cut_off_at_once_and_comes_back_no_more()
{
    let scene = Scene::new().await;
    let live = Live::start(&scene);
    let [ours, theirs] = ["s1", "s2"].map(|sid| scene.token_with(&json!({"sid": sid})));
    let mut socket = live.socket(&ours).await.unwrap();
    let mut events = live.answer("events", &ours).await;
    let mut lines = live.answer("lines", &ours).await;
    let mut other = live.socket(&theirs).await.unwrap();
    for kind in [
        socket.system().await.0,
        events.system().await.0,
        lines.system().await.0,
        other.system().await.0,
    ] {
        assert_eq!(kind, "CONNECTED");
    }
    assert_eq!(live.signed_out(&logout_token(&scene, &json!({}))).await, 200);
    for (kind, payload) in [socket.system().await, events.system().await, lines.system().await] {
        assert_eq!((kind.as_str(), &payload["code"]), ("ERROR", &json!("INVALID_TOKEN")));
    }
    assert_eq!(socket.close_code().await, 4401);
    assert_eq!((events.hear().await, lines.hear().await), (None, None));

    // An EventSource tries again with the token that it has
    assert_eq!(live.answer("events", &ours).await.status(), 401);
    let Err(Error::Http(answer)) = live.socket(&ours).await else { panic!("it is back") };
    assert_eq!(answer.status(), 401);
    other.bring(&ours).await;
    assert_eq!(other.system().await.0, "ERROR");
    other.say("still here").await;
    assert_eq!(other.hear().await, "still here");
    assert_eq!(live.signed_out(&logout_token(&scene, &json!({}))).await, 200, "told twice");
    assert_eq!(live.streams.statistics().active, 1);
}

#[actix_web::test]
async fn back_channel_logout_section_2_6_all_sessions_of_a_person_end_when_none_is_named() {
    let scene = Scene::new().await;
    let live = Live::start(&scene);
    let mut ada = live.socket(&scene.token_with(&json!({"sid": "s7"}))).await.unwrap();
    let mut eve = live.socket(&scene.token_with(&json!({"sub": "eve"}))).await.unwrap();
    assert_eq!(
        (ada.system().await.0, eve.system().await.0),
        ("CONNECTED".into(), "CONNECTED".into())
    );
    assert_eq!(live.signed_out(&logout_token(&scene, &json!({"sid": null}))).await, 400);
    let mut claims = json!({
        "iss": scene.issuer.url, "aud": "app", "iat": scene.now(), "exp": scene.now() + 120, "jti": "l1",
        "sub": "ada", "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    });
    let mut header = scene.key.header();
    header["typ"] = json!("logout+jwt");
    assert_eq!(live.signed_out(&scene.key.sign_with(&header, &claims)).await, 200);
    assert_eq!(ada.system().await.0, "ERROR");
    assert_eq!(ada.close_code().await, 4401);
    eve.say("still here").await;
    assert_eq!(eve.hear().await, "still here");
    // Signing in again gives a token of later
    scene.later(2);
    let mut again = live.socket(&scene.token_with(&json!({"sid": "s8"}))).await.unwrap();
    assert_eq!(again.system().await.0, "CONNECTED");

    header["typ"] = json!("at+jwt");
    claims["nonce"] = json!("n");
    for bad in [scene.key.sign_with(&header, &claims), scene.token(), "x".to_owned(), String::new()]
    {
        assert_eq!(live.signed_out(&bad).await, 400);
    }
    assert_eq!(live.streams.statistics().active, 2);
}

#[actix_web::test]
async fn rfc_7662_section_2_2_a_revoked_token_ends_the_connection() {
    let scene = Scene::new().await;
    let introspection = Introspection::new("notes", "se cret").keep(Duration::ZERO);
    let guard = scene.builder().introspection(introspection).build().unwrap();
    let live = Live::with(&guard, |settings| settings.recheck(Duration::from_millis(50)));
    let [first, second] = ["s1", "s2"].map(|sid| scene.token_with(&json!({"sid": sid})));
    for token in [&first, &second] {
        scene.issuer.set(|state| state.active.insert(token.clone(), json!({"active": true})));
    }
    let mut socket = live.socket(&first).await.unwrap();
    let mut other = live.answer("lines", &second).await;
    let id = socket.system().await.1["connection"].as_str().unwrap().to_owned();
    let connection = live.streams.find(&id).unwrap();
    assert_eq!(other.system().await.0, "CONNECTED");
    scene.issuer.set(|state| state.active.remove(&first));
    let (kind, payload) = socket.system().await;
    assert_eq!((kind.as_str(), &payload["code"]), ("ERROR", &json!("INVALID_TOKEN")));
    assert_eq!(socket.close_code().await, 4401);
    assert_eq!(connection.ending(), Some(Ending::SignedOut));
    soon("the other stays", || live.streams.statistics().active == 1).await;
}
