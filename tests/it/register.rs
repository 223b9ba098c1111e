//! Dynamic client registration and its management: RFC 7591, RFC 7592, OpenID Connect Registration 1.0.

use hatcheck::model::{Digest, InitialToken, hours};
use hatcheck::store;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::key::ClientKey;
use crate::support::peer::Peer;
use crate::support::*;
use crate::{both, both_with};

/// Anybody may register, and servers on this machine are reached.
pub const OPEN: [(&str, &str); 3] = [
    ("HATCHECK_REGISTRATION__MODE", "open"),
    ("HATCHECK_OUTGOING__ALLOWED_NETWORKS", "127.0.0.0/8"),
    ("HATCHECK_OUTGOING__EXTRA_CA", peer::AUTHORITY),
];
/// Those who are invited may register.
pub const INVITED: [(&str, &str); 1] = [("HATCHECK_REGISTRATION__MODE", "token")];

/// A request with a token and a body, if there are any.
pub async fn ask(
    app: &TestApp,
    method: Method,
    url: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> Answer {
    let mut request = app.http.request(method, url);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if let Some(body) = body {
        request = request.json(body);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: response.text().await.unwrap() }
}

async fn register(app: &TestApp, token: Option<&str>, metadata: &Value) -> Answer {
    ask(app, Method::POST, &app.url("/register"), token, Some(metadata)).await
}

fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}")).to_owned()
}

/// What the certification suite registers.
fn of_the_suite() -> Value {
    json!({
        "client_name": "suite kBmRvQiYJ2",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "redirect_uris": ["https://suite.example/callback", "https://suite.example/callback?a=b"],
        "token_endpoint_auth_method": "client_secret_basic",
        "jwks": ClientKey::new("RS256", "x").nameless().set(),
        "contacts": ["certification@oidf.example"],
        "initiate_login_uri": "https://suite.example/login",
        "logo_uri": "https://suite.example/logo.png",
        "policy_uri": "https://suite.example/policy",
        "tos_uri": "https://suite.example/terms",
        "post_logout_redirect_uris": ["https://suite.example/out"],
        "default_max_age": 3600,
        "require_auth_time": true,
        "id_token_signed_response_alg": "PS256",
    })
}

/// A client to act for, of a registration.
async fn client_of(app: &TestApp, registered: &Value) -> TestClient {
    let mut client = app.client(&text(registered, "client_id")).await;
    client.secret = text(registered, "client_secret");
    client
}

/// An initial access token, for so many apps.
pub async fn invite(app: &TestApp, uses_left: Option<u32>) -> String {
    let text = format!("invitation {uses_left:?}");
    let now = app.app.now();
    let token = InitialToken {
        name: text.clone(),
        digest: Digest::of(&text),
        uses_left,
        created_at: now,
        expires_at: now + hours(1),
    };
    assert!(app.app.write(move |db| store::initial_tokens::insert(db, &token)).await.unwrap());
    text
}

both_with! { &crate::register::OPEN;
    async fn oidcc_server_dynamic_a_client_registers_itself_and_signs_people_in(app: TestApp) {
        let discovery = app.get("/.well-known/openid-configuration").await;
        let discovery: Value = serde_json::from_str(&discovery.body).unwrap();
        assert_eq!(discovery["registration_endpoint"], app.url("/register"));
        let sent = of_the_suite();
        let answer = register(&app, None, &sent).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_eq!(answer.headers["cache-control"], "no-store");
        let registered = answer.json();
        for (name, value) in sent.as_object().unwrap() {
            assert_eq!(registered[name], *value, "{name}");
        }
        assert_eq!(registered["client_secret_expires_at"], 0);
        assert!(registered["client_id_issued_at"].is_i64());
        text(&registered, "registration_access_token");
        let url = text(&registered, "registration_client_uri");
        assert!(url.starts_with(&app.url("/register/")), "{url}");

        let client = client_of(&app, &registered).await;
        let mut browser = app.browser();
        let code = app.authorize(&mut browser, &client, "ada@example.org", &[]).await;
        let tokens = client.redeem(&code).await.tokens();
        assert_eq!(app.userinfo(&tokens.access_token).await.0, 200);
        assert_eq!(client::header_of(&tokens.id_token.unwrap())["alg"], "PS256");
    }

    async fn oidcc_registration_and_third_party_initiated_login_wrong_metadata_is_a_400(app: TestApp) {
        let good = json!({"redirect_uris": ["https://rp.example/cb"]});
        for (name, value, error) in [
            ("redirect_uris", json!(["https://rp.example/cb#fragment"]), "invalid_redirect_uri"),
            ("redirect_uris", json!(["http://rp.example/cb"]), "invalid_redirect_uri"),
            ("redirect_uris", json!(["javascript:alert(1)"]), "invalid_redirect_uri"),
            ("redirect_uris", json!([]), "invalid_client_metadata"),
            ("initiate_login_uri", json!("http://rp.example/login"), "invalid_client_metadata"),
            ("jwks_uri", json!("http://rp.example/jwks"), "invalid_client_metadata"),
            ("jwks_uri", json!("file:///etc/passwd"), "invalid_client_metadata"),
            ("logo_uri", json!("javascript:alert(1)"), "invalid_client_metadata"),
            ("logo_uri", json!("http://169.254.169.254/"), "invalid_client_metadata"),
            ("policy_uri", json!("http://10.0.0.1/"), "invalid_client_metadata"),
            ("jwks", json!({"keys": [{"kty": "oct", "k": "AAAA"}]}), "invalid_client_metadata"),
            ("id_token_signed_response_alg", json!("none"), "invalid_client_metadata"),
            ("response_types", json!(["code id_token"]), "invalid_client_metadata"),
            ("client_id", json!("notes"), "invalid_client_metadata"),
            ("client_secret", json!("chosen by myself, long"), "invalid_client_metadata"),
            ("token_endpoint_auth_method", json!("tls_client_auth"), "invalid_client_metadata"),
        ] {
            let mut metadata = good.clone();
            metadata[name] = value.clone();
            let answer = register(&app, None, &metadata).await;
            assert_eq!(answer.error(), (400, error.to_owned()), "{name}: {value}");
        }
        for (body, status) in [("[]", 400), ("{", 400), ("", 400)] {
            let request = app.http.post(app.url("/register")).header("content-type", "application/json");
            assert_eq!(request.body(body).send().await.unwrap().status(), status);
        }
        let form = app.http.post(app.url("/register")).form(&[("redirect_uris", "x")]);
        assert_eq!(form.send().await.unwrap().status(), 415);
        assert_eq!(ask(&app, Method::GET, &app.url("/register"), None, None).await.status, 405);
    }

    async fn oidcc_registration_sector_uri_and_sector_bad_the_list_is_fetched_and_has_to_name_all(app: TestApp) {
        let peer = Peer::start().await;
        let uris = json!(["https://a.example/cb", "https://b.example/cb"]);
        let metadata = json!({
            "redirect_uris": uris, "sector_identifier_uri": peer.url("/sector"),
        });
        peer.publish("/sector", &uris);
        let good = register(&app, None, &metadata).await;
        assert_eq!(good.status, 201, "{}", good.body);
        assert_eq!(good.json()["sector_identifier_uri"], peer.url("/sector"));
        peer.publish("/sector", &json!(["https://a.example/cb"]));
        assert_eq!(register(&app, None, &metadata).await.error(), (400, "invalid_client_metadata".to_owned()));
        for (status, body) in [(302, "[]"), (200, "<html>"), (500, "")] {
            peer.answer_with("/sector", status, "text/html", body);
            let answer = register(&app, None, &metadata).await;
            assert_eq!(answer.error(), (400, "invalid_client_metadata".to_owned()), "{status}");
        }
        // A change of the registration looks at the list again
        let registered = good.json();
        let mut change = metadata.clone();
        change["client_id"] = registered["client_id"].clone();
        let (url, token) = (text(&registered, "registration_client_uri"), text(&registered, "registration_access_token"));
        let answer = ask(&app, Method::PUT, &url, Some(&token), Some(&change)).await;
        assert_eq!(answer.status, 400);
        peer.publish("/sector", &uris);
        assert_eq!(ask(&app, Method::PUT, &url, Some(&token), Some(&change)).await.status, 200);
    }

    async fn rfc_7592_2_a_client_manages_its_registration(app: TestApp) {
        let registered = register(&app, None, &of_the_suite()).await.json();
        let (url, token) = (text(&registered, "registration_client_uri"), text(&registered, "registration_access_token"));
        let get = async || ask(&app, Method::GET, &url, Some(&token), None).await;
        let shown = get().await;
        assert_eq!(shown.status, 200);
        assert_eq!(shown.json()["initiate_login_uri"], "https://suite.example/login");
        assert_eq!(shown.json()["registration_access_token"], json!(token));
        assert!(shown.json()["client_secret"].is_null());

        let client = client_of(&app, &registered).await;
        let code = app.authorize(&mut app.browser(), &client, "ada@example.org", &[]).await;
        let tokens = client.redeem(&code).await.tokens();

        let put = async |body: &Value| ask(&app, Method::PUT, &url, Some(&token), Some(body)).await;
        let mut change = json!({"redirect_uris": ["https://suite.example/other"], "client_name": "Other"});
        assert_eq!(put(&change).await.error(), (400, "invalid_client_metadata".to_owned()));
        change["client_id"] = registered["client_id"].clone();
        change["client_secret"] = json!("not the one");
        assert_eq!(put(&change).await.error(), (400, "invalid_client_metadata".to_owned()));
        change["client_secret"] = registered["client_secret"].clone();
        for (name, value) in [
            ("registration_access_token", json!(token)),
            ("registration_client_uri", json!(url)),
            ("client_id_issued_at", json!(1)),
            ("client_secret_expires_at", json!(0)),
            ("skip_consent", json!(true)),
            ("unverified", json!(false)),
        ] {
            let mut more = change.clone();
            more[name] = value;
            assert_eq!(put(&more).await.status, 400, "{name}");
        }
        // What was read comes back with one thing changed, marks of admins and all
        let mut echo = shown.json();
        for name in ["registration_access_token", "registration_client_uri", "client_id_issued_at", "client_secret_expires_at"] {
            echo.as_object_mut().unwrap().remove(name);
        }
        echo["client_name"] = json!("Echo");
        let echoed = put(&echo).await;
        assert_eq!((echoed.status, &echoed.json()["client_name"]), (200, &json!("Echo")), "{}", echoed.body);
        let changed = put(&change).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        let changed = changed.json();
        assert_eq!((&changed["client_name"], &changed["logo_uri"]), (&json!("Other"), &Value::Null));
        assert_eq!(changed["unverified"], true);
        // Without a secret, and with one again
        change.as_object_mut().unwrap().remove("client_secret");
        change["token_endpoint_auth_method"] = json!("none");
        assert!(put(&change).await.json()["client_secret_expires_at"].is_null());
        change["token_endpoint_auth_method"] = json!("client_secret_post");
        assert_ne!(text(&put(&change).await.json(), "client_secret"), client.secret);

        let gone = ask(&app, Method::DELETE, &url, Some(&token), None).await;
        assert_eq!((gone.status, gone.body.as_str()), (204, ""));
        assert_eq!(get().await.error(), (401, "invalid_token".to_owned()));
        app.later(1);
        assert_eq!(app.userinfo(&tokens.access_token).await.0, 401);
    }

    async fn reg_01_open_registration_is_limited_and_its_clients_are_marked(app: TestApp) {
        let good = json!({"redirect_uris": ["https://rp.example/cb"], "client_name": "Your bank"});
        let one = register(&app, None, &good).await;
        assert_eq!(one.status, 201);
        let one = one.json();
        let other = register(&app, None, &good).await.json();
        for (token, status) in [
            (Some(text(&other, "registration_access_token")), 401),
            (Some("x".to_owned()), 401),
            (None, 401),
            (Some(text(&one, "registration_access_token")), 200),
        ] {
            let url = text(&one, "registration_client_uri");
            let answer = ask(&app, Method::GET, &url, token.as_deref(), None).await;
            assert_eq!(answer.status, status);
            assert_eq!(answer.headers.contains_key("www-authenticate"), status == 401);
        }
        let nobody = ask(&app, Method::GET, &app.url("/register/notes"), Some("x"), None).await;
        assert_eq!(nobody.status, 401, "an admin's client has no such token");

        for (name, value) in [
            ("redirect_uris", json!(vec!["https://rp.example/cb"; 200])),
            ("grant_types", json!(["client_credentials"])),
            ("scope", json!("openid admin")),
            ("skip_consent", json!(true)),
        ] {
            let mut metadata = good.clone();
            metadata[name] = value;
            assert_eq!(register(&app, None, &metadata).await.status, 400, "{name}");
        }

        let client = client_of(&app, &one).await;
        let mut browser = app.browser();
        let page = app.sign_in(&mut browser, &client.authorization_url(&[]), "ada@example.org").await.page();
        assert!(page.text().contains("Nobody here has checked this app"), "{}", page.text());
        let notes = app.client("notes").await;
        let page = app.sign_in(&mut app.browser(), &notes.authorization_url(&[]), "ada@example.org").await.page();
        assert!(!page.text().contains("Nobody here has checked"), "{}", page.text());

        for _ in 0..8 {
            assert_eq!(register(&app, None, &good).await.status, 201);
        }
        let limited = register(&app, None, &good).await;
        assert_eq!(limited.status, 429, "{}", limited.body);
        assert!(limited.headers.contains_key("retry-after"));
        app.later(3_601);
        assert_eq!(register(&app, None, &good).await.status, 201);
    }

    async fn the_limit_of_all_addresses_together_holds_and_an_invitation_does_without(app: TestApp) {
        let good = json!({"redirect_uris": ["https://rp.example/cb"]});
        let now = app.app.now();
        app.app
            .write(move |db| {
                let bucket = hatcheck::model::throttle::Bucket::all_registrations();
                for _ in 0..100 {
                    store::throttle::count(db, &bucket, hours(1), now)?;
                }
                Ok(())
            })
            .await
            .unwrap();
        assert_eq!(register(&app, None, &good).await.status, 429);
        let token = invite(&app, None).await;
        let answer = register(&app, Some(&token), &good).await;
        assert_eq!(answer.status, 201);
        assert!(answer.json()["unverified"].is_null());
        assert_eq!(register(&app, Some("a wrong token"), &good).await.status, 401);
    }

    async fn an_app_that_nobody_used_is_found_and_one_that_was_used_is_not(app: TestApp) {
        let metadata = json!({"redirect_uris": ["https://rp.example/cb"]});
        let (used, unused) =
            (register(&app, None, &metadata).await.json(), register(&app, None, &metadata).await.json());
        let used = client_of(&app, &used).await;
        assert_eq!(used.post("/introspect", &[("token", "x")]).await.status, 200);
        let noted = app.app.used().unwritten();
        assert_eq!(noted.iter().map(ToString::to_string).collect::<Vec<_>>(), [used.id]);
        let later = app.app.now() + hours(1);
        let found = app
            .app
            .write(move |db| {
                store::registrations::touch(db, &noted, later)?;
                store::registrations::unused(db, later, 10)
            })
            .await
            .unwrap();
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), [text(&unused, "client_id")]);
    }
}

both! {
    async fn reg_01_registration_is_closed_unless_it_is_opened(app: TestApp) {
        let answer = register(&app, None, &of_the_suite()).await;
        assert_eq!(answer.error(), (403, "access_denied".to_owned()));
        let discovery = app.get("/.well-known/openid-configuration").await;
        assert!(!discovery.body.contains("registration_endpoint"));
    }
}

both_with! { &crate::register::INVITED;
    async fn rfc_7591_3_a_token_is_good_for_as_many_apps_as_it_says(app: TestApp) {
        let good = json!({"redirect_uris": ["https://rp.example/cb"]});
        assert_eq!(register(&app, None, &good).await.error(), (401, "invalid_token".to_owned()));
        assert_eq!(register(&app, Some("x"), &good).await.error(), (401, "invalid_token".to_owned()));
        let token = invite(&app, Some(1)).await;
        let bad = json!({"redirect_uris": ["https://rp.example/#x"]});
        assert_eq!(register(&app, Some(&token), &bad).await.status, 400, "a refusal uses nothing up");
        let both = [register(&app, Some(&token), &good), register(&app, Some(&token), &good)];
        let [one, two] = both;
        let (one, two) = tokio::join!(one, two);
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 401]);
        let many = invite(&app, None).await;
        for _ in 0..12 {
            assert_eq!(register(&app, Some(&many), &good).await.status, 201);
        }
        app.later(3_600);
        assert_eq!(register(&app, Some(&many), &good).await.status, 401);
    }
}

#[actix_web::test]
async fn ssr_02_the_inside_is_not_asked_for_a_sector() {
    let mode = [("HATCHECK_REGISTRATION__MODE", "open")];
    let app = TestApp::start_with(Backend::Sqlite, &mode).await;
    let peer = Peer::start().await;
    peer.publish("/sector", &json!(["https://rp.example/cb"]));
    let port = peer.base.rsplit(':').next().unwrap().to_owned();
    for uri in [
        peer.url("/sector"),
        format!("https://localhost:{port}/sector"),
        format!("https://[::ffff:127.0.0.1]:{port}/sector"),
        format!("https://[::1]:{port}/sector"),
        format!("https://2130706433:{port}/sector"),
        format!("https://0.0.0.0:{port}/sector"),
        "http://rp.example/sector".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let metadata =
            json!({"redirect_uris": ["https://rp.example/cb"], "sector_identifier_uri": uri});
        let answer = register(&app, None, &metadata).await;
        assert_eq!(answer.error(), (400, "invalid_client_metadata".to_owned()), "{uri}");
    }
    assert_eq!(peer.hits("/sector"), 0);
}

#[actix_web::test]
async fn ssr_05_logos_and_policies_are_never_fetched_by_the_server() {
    let app = TestApp::start_with(Backend::Sqlite, &OPEN).await;
    let peer = Peer::start().await;
    let metadata = json!({
        "redirect_uris": ["https://rp.example/cb"], "logo_uri": peer.url("/logo"),
        "policy_uri": peer.url("/policy"), "tos_uri": peer.url("/terms"),
    });
    let registered = register(&app, None, &metadata).await.json();
    let client = client_of(&app, &registered).await;
    let page = app.browser().open(&client.authorization_url(&[])).await.page();
    assert!(page.body.contains(&peer.url("/logo")));
    for path in ["/logo", "/policy", "/terms"] {
        assert_eq!(peer.hits(path), 0, "{path}");
    }
}
