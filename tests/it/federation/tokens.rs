//! The provider's own tokens, for an app that calls the provider's APIs.

use futures_util::future::join_all;

use super::mock::Mock;
use super::*;
use crate::support::peer::AUTHORITY;

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

struct Kept {
    mock: Mock,
    hat: TestApp,
    journal: TestClient,
    other: TestClient,
}

async fn kept(backend: Backend) -> Kept {
    let mock = Mock::start().await;
    let text = format!(
        "[outgoing]\nallowed_networks = [\"127.0.0.0/8\"]\nextra_ca = \"{AUTHORITY}\"\n[connectors.up]\ntitle = \"Upstream\"\n\
         issuer = \"{}\"\nclient_id = \"hat\"\ntokens_for = [\"journal\"]\n",
        mock.peer.base
    );
    let hat = TestApp::start_with_file(backend, &text).await;
    let members = json!({"skip_consent": true, "grant_types": ["authorization_code", "refresh_token", EXCHANGE]});
    let journal = hat.add_client("journal", members.clone()).await;
    let other = hat.add_client("other", members).await;
    Kept { mock, hat, journal, other }
}

impl Kept {
    /// Signs Mia in to an app by the provider, which gives these tokens; the app's access token.
    async fn sign_in(&self, app: &TestClient, tokens: &Value) -> String {
        let mut browser = self.hat.browser();
        let page = browser.open(&app.authorization_url(&[("scope", "openid")])).await.page();
        let request = browser.open(&link_to(&page, "Upstream")).await.away();
        let claims = self.mock.claims(&self.hat, &param(&request, "nonce").unwrap(), &json!({}));
        let mut answer =
            json!({"token_type": "Bearer", "id_token": self.mock.key.sign("JWT", &claims)});
        answer.as_object_mut().unwrap().extend(tokens.as_object().unwrap().clone());
        self.mock.peer.publish("/token", &answer);
        self.mock.tells(&json!({"sub": "s-1"}));
        let mut back = url::Url::parse(&self.hat.url("/login/callback/up")).unwrap();
        back.query_pairs_mut()
            .append_pair("state", &param(&request, "state").unwrap())
            .append_pair("code", "c")
            .append_pair("iss", &self.mock.peer.base);
        let back = browser.open(back.as_str()).await.away();
        app.redeem(&param(&back, "code").unwrap()).await.tokens().access_token
    }

    async fn exchange(&self, app: &TestClient, token: &str, target: &str) -> Answer {
        let fields = [
            ("grant_type", EXCHANGE),
            ("subject_token", token),
            ("subject_token_type", ACCESS_TOKEN),
            ("audience", target),
        ];
        app.post("/token", &fields).await
    }

    /// What the token endpoint of the provider was asked with since it was asked so often.
    fn refreshes(&self) -> usize {
        self.mock
            .peer
            .bodies("/token")
            .iter()
            .filter(|body| body.contains("refresh_token="))
            .count()
    }
}

on_both!(
    kept;
    an_app_that_is_named_gets_the_providers_token,
    of_many_who_need_a_newer_one_one_asks,
    without_a_refresh_token_the_person_signs_in_again,
);

async fn an_app_that_is_named_gets_the_providers_token(all: Kept) {
    let tokens = json!({"access_token": "theirs-1", "expires_in": 3600, "scope": "mail calendar"});
    let token = all.sign_in(&all.journal, &tokens).await;
    let issuer = all.mock.peer.base.clone();
    let given = all.exchange(&all.journal, &token, &issuer).await;
    assert_eq!(given.status, 200, "{}", given.body);
    let given = given.json();
    assert_eq!(
        (&given["access_token"], &given["scope"]),
        (&json!("theirs-1"), &json!("mail calendar"))
    );
    assert_eq!(given["issued_token_type"], json!(ACCESS_TOKEN));
    assert!((3_500..=3_600).contains(&given["expires_in"].as_u64().unwrap()), "{given}");
    assert_eq!(given["refresh_token"], json!(null), "that stays here");

    let others = all.sign_in(&all.other, &tokens).await;
    let refused = all.exchange(&all.other, &others, &issuer).await;
    assert_eq!(refused.error(), (400, "invalid_target".to_owned()), "an app that is not named");
    let refused = all.exchange(&all.journal, &others, &issuer).await;
    assert_eq!(refused.error(), (400, "invalid_request".to_owned()), "another app's token");
    let refused = all.exchange(&all.journal, "x", &issuer).await;
    assert_eq!(refused.error(), (400, "invalid_request".to_owned()));

    let id = all.hat.person("mia@mock.example").await.id;
    let sealed = all.hat.app.read(move |db| {
        let identity = hatcheck::store::identities::of_user(db, id)?.remove(0);
        hatcheck::store::upstream_tokens::of(db, &identity)
    });
    let sealed = sealed.await.unwrap().unwrap().sealed;
    assert!(!sealed.contains("theirs"), "it is encrypted: {sealed}");
}

async fn of_many_who_need_a_newer_one_one_asks(all: Kept) {
    let tokens = json!({"access_token": "old", "refresh_token": "r-1", "expires_in": 20});
    let token = all.sign_in(&all.journal, &tokens).await;
    let newer = json!({"access_token": "new", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "r-2"});
    all.mock.peer.publish("/token", &newer);
    let node = all.hat.second_node().await;
    let there = all.journal.at(&node.base);
    let issuer = all.mock.peer.base.clone();
    let asking = (0..10).map(|n| {
        let app = if n % 2 == 0 { &all.journal } else { &there };
        all.exchange(app, &token, &issuer)
    });
    for given in join_all(asking).await {
        assert_eq!(given.json()["access_token"], json!("new"), "{}", given.body);
    }
    assert_eq!(all.refreshes(), 1);
}

async fn without_a_refresh_token_the_person_signs_in_again(all: Kept) {
    let issuer = all.mock.peer.base.clone();
    let token = all.sign_in(&all.journal, &json!({"access_token": "old", "expires_in": 5})).await;
    let gone = all.exchange(&all.journal, &token, &issuer).await;
    assert_eq!(gone.error(), (400, "invalid_target".to_owned()));
    let tokens = json!({"access_token": "old", "refresh_token": "r-1", "expires_in": 5});
    let token = all.sign_in(&all.journal, &tokens).await;
    all.mock.peer.answer_with("/token", 400, "application/json", r#"{"error":"invalid_grant"}"#);
    let refused = all.exchange(&all.journal, &token, &issuer).await;
    assert_eq!(refused.error(), (400, "invalid_target".to_owned()), "{}", refused.body);
    assert!(!refused.body.contains("r-1"), "{}", refused.body);
}
