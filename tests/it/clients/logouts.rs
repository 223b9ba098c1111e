//! openid-client and the ends of sessions: RP-Initiated, Front-Channel and Back-Channel Logout 1.0.

use serde_json::{Value, json};
use url::Url;

use super::party::{Node, Party};
use crate::login::is_signed_in;
use crate::support::html::tags;
use crate::support::site::{Heard, listening, logout_tokens};
use crate::support::*;
use crate::{both, both_with};

/// Where the app sends the browser to sign out, and to where from there.
async fn end_session(party: &Party<'_>) -> (String, String) {
    let uri = party.client.row.metadata.post_logout_redirect_uris[0].as_str().to_owned();
    let params = json!({ "post_logout_redirect_uri": uri, "state": "a&b c" });
    let url = party.does("end_session", json!({ "params": params })).await;
    (url.as_str().unwrap().to_owned(), format!("{uri}?state=a%26b%20c"))
}

/// An app that listens for the end of sessions, of a sector of its own.
async fn listener(app: &TestApp, id: &str, more: Value) -> (TestClient, Heard) {
    let (url, heard) = listening(Some(200));
    let mut members = json!({
        "backchannel_logout_uri": format!("{url}/back"),
        "backchannel_logout_session_required": true,
    });
    for (name, value) in more.as_object().unwrap() {
        members[name] = value.clone();
    }
    (app.add_client(id, members).await, heard)
}

both! {
    async fn openid_client_signs_out_and_comes_back_with_its_state(app: TestApp) {
        let node = Node::start();
        let one = crate::subjects::pairwise(&app, "one", "a.example").await;
        for client in [app.client("notes").await, one] {
            let party = node.party(&app, client, json!({})).await;
            let mut browser = app.browser();
            party.sign_in(&app, &mut browser, json!({})).await;
            assert!(is_signed_in(&app, &mut browser).await);
            let (url, back) = end_session(&party).await;
            assert_eq!(browser.open(&url).await.away().as_str(), back);
            assert!(!is_signed_in(&app, &mut browser).await);
        }
    }

    async fn openid_client_finds_its_session_in_the_frame_of_front_channel_logout(app: TestApp) {
        let node = Node::start();
        for kind in ["public", "pairwise"] {
            let members = json!({
                "subject_type": kind,
                "frontchannel_logout_uri": format!("https://{kind}.example/gone"),
                "frontchannel_logout_session_required": true,
            });
            let framed = node.party(&app, app.add_client(kind, members).await, json!({})).await;
            let notes = node.party(&app, app.client("notes").await, json!({})).await;
            let mut browser = app.browser();
            let told = framed.sign_in(&app, &mut browser, json!({})).await;
            notes.sign_in(&app, &mut browser, json!({})).await;
            let (url, back) = end_session(&notes).await;
            let page = browser.open(&url).await.page();
            assert!(page.text().contains("You are signed out"), "{}", page.text());
            let all = tags(&page.body);
            let frame = all.iter().find(|tag| tag.name == "iframe").unwrap();
            let src: Url = frame.attribute("src").unwrap().parse().unwrap();
            assert_eq!(src.host_str(), Some(format!("{kind}.example").as_str()));
            let claims = &told["claims"];
            assert_eq!(json!(param(&src, "iss")), claims["iss"]);
            assert_eq!(json!(param(&src, "sid")), claims["sid"]);
            let next = all.iter().find(|tag| tag.attribute("id") == Some("next")).unwrap();
            assert_eq!(next.attribute("href"), Some(back.as_str()));
        }
    }
}

both_with! { &crate::support::site::REACHING_SITES;
    async fn jose_believes_the_logout_tokens_of_public_and_of_pairwise_apps(app: TestApp) {
        let node = Node::start();
        let (diary, heard_by_diary) = listener(&app, "diary", json!({})).await;
        let signed = json!({ "subject_type": "pairwise", "id_token_signed_response_alg": "ES256" });
        let (album, heard_by_album) = listener(&app, "album", signed.clone()).await;
        let diary = node.party(&app, diary, json!({})).await;
        let album = node.party(&app, album, json!({ "metadata": signed })).await;
        let mut browser = app.browser();
        let of_diary = diary.sign_in(&app, &mut browser, json!({})).await;
        let of_album = album.sign_in(&app, &mut browser, json!({})).await;
        assert_ne!(of_diary["claims"]["sub"], of_album["claims"]["sub"]);
        let (url, back) = end_session(&diary).await;
        assert_eq!(browser.open(&url).await.away().as_str(), back);
        for (party, other, heard, told) in [
            (&diary, &album, heard_by_diary, of_diary),
            (&album, &diary, heard_by_album, of_album),
        ] {
            soon("the app is told", async || logout_tokens(&heard).len() == 1).await;
            let token = json!({ "token": logout_tokens(&heard).remove(0) });
            let payload = party.does("logout", token.clone()).await;
            assert_eq!(payload["sub"], told["claims"]["sub"], "the name that this app knows");
            other.refuses("logout", token).await;
        }
    }
}
