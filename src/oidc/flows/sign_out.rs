//! `/end-session`, as browsers meet it.

use actix_web::test::TestRequest;
use serde_json::json;

use super::authorize::InBrowser;
use super::{Answer, ISSUER, TestStore, World, on_both};
use crate::model::{Algorithm, Session, SessionId};
use crate::store;

on_both!(
    pain_9_an_expired_hint_signs_out_and_leads_back,
    pain_9_nothing_at_all_signs_out_after_one_click,
    lgo_01_lgo_02_and_lgo_05_what_is_not_proved_is_asked_and_leads_nowhere,
);

const OUT: &str = "https://rp.example/out";

impl World {
    /// An ID token that expired long ago.
    async fn hint(&self, client: &str, session: &Session, typ: &str) -> String {
        let claims = json!({
            "iss": ISSUER, "sub": session.user_id, "aud": client, "sid": session.id, "iat": 1, "exp": 2,
        });
        let keys = self.app.keys().await.unwrap();
        keys.sign(Algorithm::RS256, typ, &claims, self.app.now()).unwrap()
    }

    async fn end(&self, params: &[(&str, &str)]) -> Answer {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let uri = format!("/end-session?{}", query.extend_pairs(params).finish());
        self.call(TestRequest::get().uri(&uri).in_browser()).await
    }

    async fn decide(&self, fields: &[(&str, &str)]) -> Answer {
        let post = TestRequest::post().uri("/end-session").set_form(fields);
        self.call(post.in_browser()).await
    }

    async fn has_ended(&self, id: SessionId) -> bool {
        let session = self.app.read(move |db| store::sessions::find(db, id)).await.unwrap();
        session.unwrap().ended_at.is_some()
    }
}

fn page(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

fn csrf(answer: &Answer) -> String {
    let page = page(answer);
    let (_, after) = page.split_once("name=\"csrf\" value=\"").unwrap();
    after.split('"').next().unwrap().to_owned()
}

async fn signed_in(store: TestStore) -> (World, Session) {
    let world = World::on(store).await;
    world.register("notes", json!({"post_logout_redirect_uris": [OUT]})).await;
    let session = world.sign_in().await;
    (world, session)
}

async fn pain_9_an_expired_hint_signs_out_and_leads_back(store: TestStore) {
    let (world, session) = signed_in(store).await;
    let hint = world.hint("notes", &session, "JWT").await;
    let params =
        [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", OUT), ("state", "a&b")];
    let answer = world.end(&params).await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), Some("https://rp.example/out?state=a%26b"));
    assert!(answer.header("set-cookie").unwrap().starts_with("__Host-hatcheck-session=;"));
    assert!(world.has_ended(session.id).await);
    let again = world.end(&params).await;
    assert_eq!(again.header("location"), Some("https://rp.example/out?state=a%26b"));
}

async fn pain_9_nothing_at_all_signs_out_after_one_click(store: TestStore) {
    let (world, session) = signed_in(store).await;
    let asked = world.end(&[]).await;
    assert_eq!((asked.status, world.has_ended(session.id).await), (200, false));
    assert!(page(&asked).contains("ada@example.org"));
    let token = csrf(&asked);
    let forged = world.decide(&[("csrf", "x"), ("decision", "allow")]).await;
    assert_eq!((forged.status, world.has_ended(session.id).await), (403, false), "CSR-01");
    let stay = world.decide(&[("csrf", &token), ("decision", "deny")]).await;
    assert_eq!((stay.status, world.has_ended(session.id).await), (303, false));
    let done = world.decide(&[("csrf", &token), ("decision", "allow")]).await;
    assert_eq!((done.status, world.has_ended(session.id).await), (200, true));
    assert!(page(&done).contains("You are signed out"), "{}", page(&done));
}

async fn lgo_01_lgo_02_and_lgo_05_what_is_not_proved_is_asked_and_leads_nowhere(store: TestStore) {
    let (world, session) = signed_in(store).await;
    let hint = world.hint("notes", &session, "JWT").await;
    let others = world.hint("other", &session, "JWT").await;
    let logout_token = world.hint("notes", &session, "logout+jwt").await;
    for params in [
        vec![
            ("id_token_hint", hint.as_str()),
            ("post_logout_redirect_uri", "https://evil.example/"),
        ],
        vec![
            ("id_token_hint", hint.as_str()),
            ("post_logout_redirect_uri", "https://rp.example/out?foo=bar"),
        ],
        vec![("id_token_hint", others.as_str()), ("post_logout_redirect_uri", OUT)],
        vec![("id_token_hint", others.as_str()), ("client_id", "notes")],
        vec![("id_token_hint", logout_token.as_str()), ("post_logout_redirect_uri", OUT)],
        vec![("post_logout_redirect_uri", OUT), ("state", "s")],
        vec![("client_id", "nobody")],
        vec![("state", "a"), ("state", "b")],
    ] {
        let answer = world.end(&params).await;
        assert_eq!((answer.status, answer.header("location")), (400, None), "{params:?}");
        assert!(page(&answer).contains("Sign-out request"), "{}", page(&answer));
        assert!(!world.has_ended(session.id).await, "{params:?}");
    }
    let asked = world.end(&[("client_id", "notes"), ("post_logout_redirect_uri", OUT)]).await;
    assert_eq!(asked.status, 200, "by client_id alone it is asked");
    let token = csrf(&asked);
    let fields = [
        ("csrf", token.as_str()),
        ("decision", "allow"),
        ("client_id", "notes"),
        ("post_logout_redirect_uri", OUT),
    ];
    let done = world.decide(&fields).await;
    assert_eq!((done.status, done.header("location")), (303, Some(OUT)));
    assert!(world.has_ended(session.id).await);
}
