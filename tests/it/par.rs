//! Pushed authorization requests: RFC 9126.

use serde_json::{Value, json};

use crate::both;
use crate::support::client::{CHALLENGE, claims_of};
use crate::support::jose::{self, AppKeys};
use crate::support::{Backend, Landing, TestApp, param};

const PERSON: &str = "ada@example.org";

both! {
    async fn rfc_9126_4_client_id_and_request_uri_are_enough(app: TestApp) {
        let notes = app.client("notes").await;
        let answer = notes.push(&[]).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_eq!(answer.headers["cache-control"], "no-store");
        let json = answer.json();
        assert_eq!(json["expires_in"], 60);
        let uri = json["request_uri"].as_str().unwrap();
        assert!(uri.starts_with("urn:ietf:params:oauth:request_uri:"), "{uri}");
        assert!(!uri.contains("pushed"), "nothing of it is readable");
        let back = app.answered(&notes.pushed_url(uri, &[])).await;
        assert_eq!(param(&back, "state").as_deref(), Some("pushed state"));
        assert_eq!(param(&back, "iss").as_deref(), Some(app.issuer.as_str()));
        let tokens = notes.redeem(&param(&back, "code").unwrap()).await.tokens();
        assert_eq!(claims_of(&tokens.id_token.unwrap())["nonce"], "pushed nonce");
        assert_eq!(tokens.scope, "email openid");
    }

    async fn r84_what_stands_outside_never_overrides_what_was_pushed(app: TestApp) {
        let notes = app.client("notes").await;
        let pushed = notes.pushed(&[("state", "")]).await;
        let around = [
            ("state", "outer state"), ("nonce", "outer nonce"), ("scope", "openid"),
            ("redirect_uri", "https://evil.example/"), ("response_type", "token"),
        ];
        let back = app.answered(&notes.pushed_url(&pushed, &around)).await;
        assert!(back.as_str().starts_with(&notes.redirect_uri), "{back}");
        assert_eq!(param(&back, "state"), None);
        let tokens = notes.redeem(&param(&back, "code").unwrap()).await.tokens();
        assert_eq!(claims_of(&tokens.id_token.unwrap())["nonce"], "pushed nonce");
    }

    async fn par_01_and_r85_a_request_uri_is_good_for_its_client_alone(app: TestApp) {
        let (notes, photos) = (app.client("notes").await, app.client("photos").await);
        let pushed = photos.pushed(&[]).await;
        let page = app.error(&notes.pushed_url(&pushed, &[])).await;
        assert!(page.starts_with("page 400") && page.contains("request_uri"), "{page}");
        let back = app.answered(&photos.pushed_url(&pushed, &[])).await;
        assert!(param(&back, "code").is_some(), "its own client still uses it: {back}");
        for junk in ["urn:ietf:params:oauth:request_uri:", "urn:ietf:params:oauth:request_uri:AAAA"] {
            assert!(app.error(&notes.pushed_url(junk, &[])).await.starts_with("page 400"), "{junk}");
        }
    }

    async fn par_02_and_r85_it_may_be_opened_twice_and_answered_once(app: TestApp) {
        let notes = app.client("notes").await;
        let pushed = notes.pushed_url(&notes.pushed(&[]).await, &[]);
        let mut abandoned = app.browser();
        let waiting = abandoned.open(&pushed).await.page();
        let back = app.answered(&pushed).await;
        assert!(param(&back, "code").is_some(), "{back}");
        assert_eq!(app.error(&pushed).await, "invalid_request_uri", "used");
        // The first tab comes too late
        let fields = [("username", PERSON), ("password", crate::support::PASSWORD)];
        let mut landing = abandoned.submit(&waiting, &fields, None).await;
        if let Landing::Page(page) = &landing {
            landing = abandoned.submit(&page.clone(), &[], Some("allow")).await;
        }
        assert_eq!(param(&landing.away(), "error").as_deref(), Some("invalid_request_uri"));

        let late = notes.pushed_url(&notes.pushed(&[]).await, &[]);
        app.later(60);
        assert_eq!(app.error(&late).await, "invalid_request_uri", "past its time");
    }

    async fn cra_08_of_two_answers_at_once_on_two_nodes_one_is_given(app: TestApp) {
        let notes = app.client("notes").await;
        let node = app.second_node().await;
        app.authorize(&mut app.browser(), &notes, PERSON, &[("scope", "openid email")]).await;
        for _ in 0..5 {
            let pushed = notes.pushed_url(&notes.at(&node.base).pushed(&[]).await, &[]);
            let mut browsers = Vec::new();
            for _ in 0..4 {
                browsers.push(app.signed_in(PERSON).await);
            }
            let opened = browsers.into_iter().enumerate().map(|(n, browser)| {
                let mut browser = if n % 2 == 0 { browser } else { browser.at(&node.base) };
                let pushed = pushed.clone();
                actix_web::rt::spawn(async move { browser.open(&pushed).await.away() })
            });
            let opened: Vec<_> = opened.collect();
            let mut given = 0;
            for each in opened {
                let back = each.await.unwrap();
                match param(&back, "code") {
                    Some(_) => given += 1,
                    None => assert_eq!(param(&back, "error").as_deref(), Some("invalid_request_uri")),
                }
            }
            assert_eq!(given, 1);
        }
    }

    async fn a_sign_in_that_takes_longer_than_the_request_uri_lives_still_succeeds(app: TestApp) {
        let notes = app.client("notes").await;
        let pushed = notes.pushed_url(&notes.pushed(&[]).await, &[]);
        let mut browser = app.browser();
        let page = browser.open(&pushed).await.page();
        app.later(3_600);
        let fields = [("username", PERSON), ("password", crate::support::PASSWORD)];
        let mut landing = browser.submit(&page, &fields, None).await;
        if let Landing::Page(page) = &landing {
            landing = browser.submit(&page.clone(), &[], Some("allow")).await;
        }
        assert!(param(&landing.away(), "code").is_some());
    }

    async fn par_03_who_must_push_cannot_go_without(app: TestApp) {
        let keys = AppKeys::new();
        let members = json!({"require_pushed_authorization_requests": true, "jwks": keys.jwks()});
        let client = app.add_client("pusher", members).await;
        assert_eq!(app.error(&client.authorization_url(&[])).await, "invalid_request");
        let claims = json!({"redirect_uri": client.redirect_uri, "scope": "openid", "nonce": "n"});
        let signed = keys.sign("ES256", &claims);
        let by_value = client.authorization_url(&[("request", &signed)]);
        assert_eq!(app.error(&by_value).await, "invalid_request", "a request object is no way around it");
        let back = app.answered(&client.pushed_url(&client.pushed(&[]).await, &[])).await;
        assert!(param(&back, "code").is_some(), "{back}");
    }

    async fn r83_and_r86_what_the_authorization_endpoint_refuses_is_refused_at_once(app: TestApp) {
        let notes = app.client("notes").await;
        for (more, expected) in [
            (vec![("redirect_uri", "https://evil.example/")], "invalid_request"),
            (vec![("redirect_uri", "")], "invalid_request"),
            (vec![("response_type", "")], "invalid_request"),
            (vec![("scope", "email")], "invalid_scope"),
            (vec![("code_challenge", ""), ("code_challenge_method", ""), ("nonce", "")], "invalid_request"),
            (vec![("code_challenge_method", "plain")], "invalid_request"),
            (vec![("prompt", "none login")], "invalid_request"),
            (vec![("request_uri", "urn:ietf:params:oauth:request_uri:x")], "invalid_request"),
            (vec![("request_uri", "https://notes.example/r")], "invalid_request"),
            (vec![("request", "a.b.c")], "invalid_request_object"),
        ] {
            let answer = notes.push(&more).await;
            assert_eq!(answer.error(), (400, expected.to_owned()), "{more:?}");
        }
        let wrong = notes.send("/par", Some((&notes.id, "wrong")), &notes.to_push(&[])).await;
        assert_eq!(wrong.error(), (401, "invalid_client".to_owned()));
        let nobody = notes.send("/par", None, &notes.to_push(&[])).await;
        assert_eq!(nobody.error(), (401, "invalid_client".to_owned()));
        let put = app.http.put(app.url("/par")).send().await.unwrap();
        assert_eq!(put.status(), 405);
        let long = "s".repeat(1_000);
        let nonce = "n".repeat(384);
        let back = app.answered(&notes.pushed_url(&notes.pushed(&[("state", &long), ("nonce", &nonce)]).await, &[])).await;
        assert_eq!(param(&back, "state"), Some(long));
    }

    async fn rfc_9126_3_request_objects_are_pushed_as_well(app: TestApp) {
        let keys = AppKeys::new();
        let members = json!({"jwks": keys.jwks(), "require_signed_request_object": true, "request_object_signing_alg": "PS256"});
        let client = app.add_client("signer", members).await;
        let now = app.app.now().seconds();
        let claims = json!({
            "iss": client.id, "aud": [app.issuer, "https://other.example"], "exp": now + 60, "nbf": now + 8,
            "client_id": client.id, "redirect_uri": client.redirect_uri, "response_type": "code",
            "scope": "openid", "state": "signed state", "nonce": "n", "jti": "one",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        });
        let push_object = async |text: &str| {
            client.post("/par", &[("client_id", client.id.as_str()), ("request", text), ("state", "outside")]).await
        };
        let answer = push_object(&keys.sign("PS256", &claims)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let pushed = answer.json()["request_uri"].as_str().unwrap().to_owned();
        let back = app.answered(&client.pushed_url(&pushed, &[])).await;
        assert_eq!(param(&back, "state").as_deref(), Some("signed state"), "{back}");
        let with = |name: &str, value: Value| {
            let mut claims = claims.clone();
            claims[name] = value;
            claims
        };
        for (what, text) in [
            ("alg none", jose::unsigned(&claims)),
            ("another algorithm", keys.sign("RS256", &claims)),
            ("expired", keys.sign("PS256", &with("exp", json!(now - 100)))),
            ("another audience", keys.sign("PS256", &with("aud", json!("https://other.example")))),
            ("a request_uri inside", keys.sign("PS256", &with("request_uri", json!("urn:x")))),
            ("another client", keys.sign("PS256", &with("client_id", json!("notes")))),
        ] {
            assert_eq!(push_object(&text).await.error(), (400, "invalid_request_object".into()), "{what}");
        }
        let plain = client.push(&[]).await;
        assert_eq!(plain.error(), (400, "invalid_request".into()), "R103");
    }
}

#[actix_web::test]
async fn the_server_may_require_pushed_requests_of_everybody() {
    let app =
        TestApp::start_with(Backend::Sqlite, &[("HATCHECK_REQUESTS__REQUIRE_PUSHED", "true")])
            .await;
    let notes = app.client("notes").await;
    assert_eq!(app.error(&notes.authorization_url(&[])).await, "invalid_request");
    let back = app.answered(&notes.pushed_url(&notes.pushed(&[]).await, &[])).await;
    assert!(param(&back, "code").is_some(), "{back}");
    let discovery = app.get("/.well-known/openid-configuration").await.json();
    assert_eq!(discovery["require_pushed_authorization_requests"], true);
    assert_eq!(discovery["pushed_authorization_request_endpoint"], app.url("/par"));
}

#[actix_web::test]
async fn a_push_leaves_no_row() {
    let app = TestApp::start(Backend::Sqlite).await;
    let notes = app.client("notes").await;
    let spent = async || app.app.read(hatcheck::store::upkeep::revision).await.unwrap();
    let before = (spent().await, crate::authorize::strangers::rows(&app));
    for _ in 0..20 {
        let pushed = notes.pushed(&[]).await;
        app.browser().open(&notes.pushed_url(&pushed, &[])).await.page();
    }
    assert_eq!((spent().await, crate::authorize::strangers::rows(&app)), before);
}
