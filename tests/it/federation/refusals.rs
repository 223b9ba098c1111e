//! What is not believed: OpenID Connect Core section 3.1.3.7, RFC 9207, RFC 9700 section 4.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hatcheck::model::Identity;
use hatcheck::store;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

use super::link_to;
use super::mock::Mock;
use crate::on_both;
use crate::support::jose::unsigned;
use crate::support::key::{ClientKey, hmac_signed};
use crate::support::peer::AUTHORITY;
use crate::support::responses::half_hash;
use crate::support::*;

/// Makes an ID token that is none of these claims.
type Forge<'a> = Box<dyn FnOnce(Value) -> String + 'a>;

const SECRET: &str = "the secret that we have at the mock, long enough";

/// A HAT that trusts two providers.
struct World {
    hat: TestApp,
    mock: Mock,
    other: Mock,
    _folder: TempDir,
}

/// Somebody who has left for a provider.
struct Gone {
    browser: Browser,
    state: String,
    nonce: String,
}

async fn world(backend: Backend) -> World {
    let (mock, other) = (Mock::start().await, Mock::start().await);
    let folder = TempDir::new().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, SECRET).unwrap();
    let connector = |name: &str, mock: &Mock| {
        format!(
            "[connectors.{name}]\ntitle = \"{name}\"\nissuer = \"{}\"\nclient_id = \"hat\"\n\
             client_secret_file = \"{}\"\ndomains = [\"mock.example\"]\n",
            mock.peer.base,
            secret.display()
        )
    };
    let text = format!(
        "[outgoing]\nallowed_networks = [\"127.0.0.0/8\"]\nextra_ca = \"{AUTHORITY}\"\n{}{}",
        connector("a", &mock),
        connector("b", &other)
    );
    let hat = TestApp::start_with_file(backend, &text).await;
    World { hat, mock, other, _folder: folder }
}

impl World {
    async fn leave(&self) -> Gone {
        let mut browser = self.hat.browser();
        let page = browser.open(&self.hat.url("/account")).await.page();
        let request = browser.open(&link_to(&page, "Sign in with a")).await.away();
        assert!(request.as_str().starts_with(&self.mock.peer.url("/authorize")), "{request}");
        let of = |name: &str| param(&request, name).unwrap();
        Gone { browser, state: of("state"), nonce: of("nonce") }
    }

    fn callback(&self, connector: &str, pairs: &[(&str, &str)]) -> Url {
        let mut url = Url::parse(&self.hat.url(&format!("/login/callback/{connector}"))).unwrap();
        url.query_pairs_mut().extend_pairs(pairs);
        url
    }

    /// Comes back to the connector `a` with a code.
    async fn come_back(&self, gone: &mut Gone) -> Page {
        let pairs = [("state", gone.state.as_str()), ("code", "c"), ("iss", &self.mock.peer.base)];
        let url = self.callback("a", &pairs);
        gone.browser.open(url.as_str()).await.page()
    }

    /// Signs in with an ID token of these claims; the page at the end.
    async fn with(&self, id_token: &Value, userinfo: &Value) -> Page {
        let mut gone = self.leave().await;
        let claims = self.mock.claims(&self.hat, &gone.nonce, id_token);
        self.mock.gives(&self.mock.key.sign("JWT", &claims));
        self.mock.tells(userinfo);
        self.come_back(&mut gone).await
    }

    async fn with_token(&self, token: impl FnOnce(Value) -> String) -> Page {
        let mut gone = self.leave().await;
        let claims = self.mock.claims(&self.hat, &gone.nonce, &json!({}));
        self.mock.gives(&token(claims));
        self.mock.tells(&json!({"sub": "s-1"}));
        self.come_back(&mut gone).await
    }

    /// The name of the account that is linked to this subject at the connector `a`.
    async fn name_of(&self, subject: &str) -> String {
        let identity = Identity { provider: "a".to_owned(), subject: subject.to_owned() };
        let found = self.hat.app.read(move |db| store::identities::owner(db, &identity)).await;
        found.unwrap().expect("a linked account").username.to_string()
    }

    async fn nobody_is_here(&self) {
        let events = self.hat.events().await;
        assert!(!events.contains(&"user_added") && !events.contains(&"signed_in"), "{events:?}");
    }
}

fn is_in(page: &Page) -> bool {
    (page.status, page.url.path()) == (200, "/account")
}

on_both!(
    world;
    fed_03_an_id_token_that_is_not_in_order_signs_nobody_in,
    jos_forged_id_tokens_sign_nobody_in,
    fed_01_an_answer_that_nobody_waits_for_goes_nowhere,
    fed_02_an_answer_of_another_provider_goes_nowhere,
    fed_06_the_same_subject_at_another_provider_is_somebody_else,
    fed_07_userinfo_of_somebody_else_or_of_another_address_is_refused,
    fed_08_a_discovery_document_of_another_issuer_is_refused,
    csr_03_a_callback_of_somebody_else_signs_nobody_in,
    an_address_that_is_not_verified_is_no_name,
    errors_of_the_provider_are_told_and_explained,
    pain_2_a_key_that_is_new_signs_at_once_also_with_an_at_hash,
    back_channel_logout_2_6_only_the_provider_signs_anybody_out,
);

async fn fed_03_an_id_token_that_is_not_in_order_signs_nobody_in(world: World) {
    let now = world.hat.app.now().seconds();
    for more in [
        json!({"iss": "https://eve.example"}),
        json!({"iss": null}),
        json!({"aud": "other"}),
        json!({"aud": []}),
        json!({"aud": ["hat", "other"]}),
        json!({"azp": "other"}),
        json!({"exp": now - 61}),
        json!({"exp": null}),
        json!({"iat": now + 3_600}),
        json!({"iat": now - 2 * 86_400}),
        json!({"nonce": null}),
        json!({"nonce": "another"}),
        json!({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
        json!({"sub": ""}),
        json!({"sub": "x".repeat(300)}),
        json!({"sub": null}),
        json!({"sub": 7}),
    ] {
        let page = world.with(&more, &json!({"sub": "s-1"})).await;
        assert_eq!(page.status, 400, "{more}: {}", page.text());
        assert!(page.text().contains("Reference"), "{}", page.text());
    }
    world.nobody_is_here().await;
    let hash = URL_SAFE_NO_PAD.decode(half_hash("at")).unwrap();
    let more = json!({"at_hash": URL_SAFE_NO_PAD.encode(hash), "azp": "hat", "aud": ["hat"], "iat": now + 50});
    assert!(is_in(&world.with(&more, &json!({"sub": "s-1"})).await), "one that is in order does");
}

async fn jos_forged_id_tokens_sign_nobody_in(world: World) {
    let stranger = ClientKey::new("ES256", "k1");
    let unknown = ClientKey::new("ES256", "k9");
    let key = &world.mock.key;
    let public = key.public().to_string();
    let header = |change: &dyn Fn(&mut serde_json::Map<String, Value>), token: &str| {
        crate::support::jose::with_header(token, change)
    };
    let forgeries: Vec<(&str, Forge<'_>)> = vec![
        ("alg none", Box::new(|claims| unsigned(&claims))),
        ("our secret", Box::new(|claims| hmac_signed("HS256", SECRET, &claims))),
        ("their public key as a secret", Box::new(|claims| hmac_signed("HS256", &public, &claims))),
        ("another key of that name", Box::new(|claims| stranger.sign("JWT", &claims))),
        ("a key of no name that is known", Box::new(|claims| unknown.sign("JWT", &claims))),
        ("an access token", Box::new(|claims| key.sign("at+jwt", &claims))),
        ("a logout token", Box::new(|claims| key.sign("logout+jwt", &claims))),
        (
            "crit",
            Box::new(|claims| {
                header(
                    &|h| drop(h.insert("crit".into(), json!(["zzz"]))),
                    &key.sign("JWT", &claims),
                )
            }),
        ),
        (
            "jku",
            Box::new(|claims| {
                header(
                    &|h| drop(h.insert("jku".into(), json!("https://eve.example/"))),
                    &key.sign("JWT", &claims),
                )
            }),
        ),
        ("nonsense", Box::new(|_| "x.y.z".to_owned())),
        ("nothing", Box::new(|_| String::new())),
    ];
    for (name, forge) in forgeries {
        let page = world.with_token(forge).await;
        assert_eq!(page.status, 400, "{name}: {}", page.text());
    }
    world.nobody_is_here().await;
    assert!(is_in(&world.with_token(|claims| key.sign("JWT", &claims)).await));
}

async fn fed_01_an_answer_that_nobody_waits_for_goes_nowhere(world: World) {
    let mut gone = world.leave().await;
    let iss = world.mock.peer.base.clone();
    for pairs in [
        vec![("code", "x"), ("state", "y"), ("iss", iss.as_str())],
        vec![("code", "x"), ("iss", &iss)],
        vec![],
    ] {
        let page = world.hat.browser().open(world.callback("a", &pairs).as_str()).await.page();
        assert_eq!(page.status, 400, "{pairs:?}");
    }
    let url = world.callback("a", &[("code", "x"), ("state", &gone.state), ("iss", &iss)]);
    let elsewhere = world.hat.browser().open(url.as_str()).await.page();
    assert_eq!(elsewhere.status, 400, "another browser");
    let other = world
        .callback("b", &[("code", "x"), ("state", &gone.state), ("iss", &world.other.peer.base)]);
    assert_eq!(gone.browser.open(other.as_str()).await.page().status, 400, "another connector");
    let doubled = format!("{url}&state=z");
    assert_eq!(gone.browser.open(&doubled).await.page().status, 400);
    assert_eq!((world.mock.peer.hits("/token"), world.other.peer.hits("/token")), (0, 0));
    let claims = world.mock.claims(&world.hat, &gone.nonce, &json!({}));
    world.mock.gives(&world.mock.key.sign("JWT", &claims));
    world.mock.tells(&json!({"sub": "s-1"}));
    let cookies = gone.browser.cookies.clone();
    assert!(is_in(&world.come_back(&mut gone).await));
    assert!(is_in(&world.come_back(&mut gone).await), "who went back just goes on");
    gone.browser.cookies = cookies;
    assert_eq!(world.come_back(&mut gone).await.status, 400, "a replay without the session");
    assert_eq!(world.mock.peer.hits("/token"), 1);
    let mut late = world.leave().await;
    world.hat.later(86_400);
    assert_eq!(world.come_back(&mut late).await.status, 400, "a day later");
}

async fn fed_02_an_answer_of_another_provider_goes_nowhere(world: World) {
    let mut gone = world.leave().await;
    for iss in [Some(world.other.peer.base.as_str()), Some(""), None] {
        let mut pairs = vec![("state", gone.state.as_str()), ("code", "c")];
        pairs.extend(iss.map(|iss| ("iss", iss)));
        let page = gone.browser.open(world.callback("a", &pairs).as_str()).await.page();
        assert_eq!(page.status, 400, "{iss:?}");
    }
    assert_eq!((world.mock.peer.hits("/token"), world.other.peer.hits("/token")), (0, 0));
    world.nobody_is_here().await;
}

async fn fed_06_the_same_subject_at_another_provider_is_somebody_else(world: World) {
    assert!(is_in(&world.with(&json!({}), &json!({"sub": "s-1"})).await));
    let first = world.hat.person("mia@mock.example").await.id;
    let mut browser = world.hat.browser();
    let page = browser.open(&world.hat.url("/account")).await.page();
    let there = link_to(&page, "Sign in with a").replace("with=a", "with=b");
    let request = browser.open(&there).await.away();
    let nonce = param(&request, "nonce").unwrap();
    let mut claims = world.mock.claims(&world.hat, &nonce, &json!({"email": "eve@mock.example"}));
    claims["iss"] = json!(world.other.peer.base);
    world.other.gives(&world.other.key.sign("JWT", &claims));
    world.other.tells(&json!({"sub": "s-1"}));
    let state = param(&request, "state").unwrap();
    let url =
        world.callback("b", &[("state", &state), ("code", "c"), ("iss", &world.other.peer.base)]);
    assert!(is_in(&browser.open(url.as_str()).await.page()));
    assert_ne!(world.hat.person("eve@mock.example").await.id, first);
    let moved = world.with(&json!({"email": "eve@mock.example"}), &json!({"sub": "s-1"})).await;
    assert!(
        moved.text().contains("mia@mock.example"),
        "an address that changed changes no owner: {}",
        moved.text()
    );
}

async fn fed_07_userinfo_of_somebody_else_or_of_another_address_is_refused(world: World) {
    for info in [
        json!({"sub": "s-2"}),
        json!({"sub": "s-1", "email": "eve@mock.example"}),
        json!({}),
        json!([]),
    ] {
        let page = world.with(&json!({}), &info).await;
        assert_eq!(page.status, 400, "{info}: {}", page.text());
    }
    world.nobody_is_here().await;
    let mixed = json!({"sub": "s-1", "email": "mia@mock.example"});
    let page = world.with(&json!({"email": null, "email_verified": true}), &mixed).await;
    assert!(is_in(&page), "{}", page.text());
    let name = world.name_of("s-1").await;
    assert!(name.ends_with(".invalid"), "verified counts with the address of its document: {name}");
}

async fn fed_08_a_discovery_document_of_another_issuer_is_refused(world: World) {
    let mut metadata = world.mock.metadata();
    metadata["issuer"] = json!("https://eve.example");
    world.mock.peer.publish("/.well-known/openid-configuration", &metadata);
    let mut browser = world.hat.browser();
    let page = browser.open(&world.hat.url("/account")).await.page();
    let failed = browser.open(&link_to(&page, "Sign in with a")).await.page();
    assert_eq!(failed.status, 400, "{}", failed.text());
    assert_eq!(world.mock.peer.hits("/authorize"), 0);
}

async fn csr_03_a_callback_of_somebody_else_signs_nobody_in(world: World) {
    let eve = world.leave().await;
    let mut ada = world.hat.signed_in("ada@example.org").await;
    let url = world
        .callback("a", &[("state", &eve.state), ("code", "c"), ("iss", &world.mock.peer.base)]);
    assert_eq!(ada.open(url.as_str()).await.page().status, 400);
    let account = ada.open(&world.hat.url("/account")).await.page();
    assert!(account.text().contains("ada@example.org"));
    assert_eq!(world.mock.peer.hits("/token"), 0);
}

async fn an_address_that_is_not_verified_is_no_name(world: World) {
    world.hat.add_user("mia@mock.example", "Mia of before", None).await;
    for more in
        [json!({"email_verified": false}), json!({"email_verified": null}), json!({"email": null})]
    {
        let page = world.with(&more, &json!({"sub": "s-1"})).await;
        assert!(is_in(&page), "{more}: {}", page.text());
        assert!(world.name_of("s-1").await.ends_with(".invalid"), "{more}");
    }
    let text = world.with(&json!({"email_verified": "true"}), &json!({"sub": "s-1"})).await;
    assert_eq!(text.status, 400, "a text is no truth: {}", text.text());
    let page = world.with(&json!({"sub": "s-2"}), &json!({"sub": "s-2"})).await;
    assert!(
        page.text().contains("mia@mock.example"),
        "a verified one of its domain is hers: {}",
        page.text()
    );
}

async fn errors_of_the_provider_are_told_and_explained(world: World) {
    let mut gone = world.leave().await;
    let pairs = [
        ("state", gone.state.as_str()),
        ("error", "access_denied"),
        ("error_description", "not today"),
        ("iss", &world.mock.peer.base),
    ];
    let page = gone.browser.open(world.callback("a", &pairs).as_str()).await.page();
    assert_eq!(page.status, 400);
    assert!(page.body.contains("/login?interaction="), "another way is left");
    let reference = page
        .text()
        .split("Reference: ")
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .to_owned();
    let log = world.hat.folder.path().join("refusals.jsonl");
    let explained = async || {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        let mut lines = text.lines().filter(|line| line.contains(&reference));
        lines.any(|line| line.contains("access_denied: not today") && line.contains("connector a"))
    };
    soon("it is explained", explained).await;
    for (status, body) in
        [(400, r#"{"error": "invalid_client"}"#), (500, ""), (200, "<html>"), (200, "{}")]
    {
        let mut gone = world.leave().await;
        world.mock.peer.answer_with("/token", status, "application/json", body);
        let page = world.come_back(&mut gone).await;
        assert_eq!(page.status, 400, "{status} {body}: {}", page.text());
    }
    world.nobody_is_here().await;
}

async fn back_channel_logout_2_6_only_the_provider_signs_anybody_out(world: World) {
    let mut gone = world.leave().await;
    let claims = world.mock.claims(&world.hat, &gone.nonce, &json!({"sid": "there"}));
    world.mock.gives(&world.mock.key.sign("JWT", &claims));
    world.mock.tells(&json!({"sub": "s-1"}));
    assert!(is_in(&world.come_back(&mut gone).await));
    let now = world.hat.app.now().seconds();
    let token = json!({
        "iss": world.mock.peer.base, "aud": "hat", "iat": now, "exp": now + 120, "jti": "1", "sub": "s-1",
        "sid": "there", "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    });
    let with = |name: &str, value: Value| {
        let mut changed = token.clone();
        changed[name] = value;
        changed
    };
    let key = &world.mock.key;
    let send = async |connector: &str, token: &str| {
        let url = world.hat.url(&format!("/login/backchannel/{connector}"));
        let request =
            world.hat.http.post(url).header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body(format!("logout_token={token}")).send().await.unwrap();
        answer.status().as_u16()
    };
    let account = world.hat.url("/account");
    for (connector, bad) in [
        ("a", unsigned(&token)),
        ("a", ClientKey::new("ES256", "k1").sign("logout+jwt", &token)),
        ("a", hmac_signed("HS256", SECRET, &token)),
        ("a", key.sign("at+jwt", &token)),
        ("a", key.sign("logout+jwt", &with("nonce", json!("n")))),
        ("a", key.sign("logout+jwt", &with("aud", json!("other")))),
        ("a", key.sign("logout+jwt", &with("iss", json!(world.other.peer.base)))),
        ("a", "x".to_owned()),
        ("a", String::new()),
        ("b", key.sign("logout+jwt", &token)),
        ("c", key.sign("logout+jwt", &token)),
    ] {
        assert_eq!(send(connector, &bad).await, 400, "{connector} {bad}");
    }
    assert_eq!(
        send("a", &key.sign("logout+jwt", &with("sid", json!("other")))).await,
        200,
        "nobody's session"
    );
    assert!(is_in(&gone.browser.open(&account).await.page()));
    assert_eq!(send("a", &key.sign("logout+jwt", &token)).await, 200);
    assert_eq!(send("a", &key.sign("logout+jwt", &token)).await, 200, "and once more");
    assert!(!is_in(&gone.browser.open(&account).await.page()));
}

async fn pain_2_a_key_that_is_new_signs_at_once_also_with_an_at_hash(world: World) {
    let mut gone = world.leave().await;
    let new = ClientKey::new("ES256", "k2");
    world.mock.peer.publish("/jwks", &json!({"keys": [world.mock.key.public(), new.public()]}));
    let hash = half_hash("at");
    let claims = world.mock.claims(&world.hat, &gone.nonce, &json!({"at_hash": hash}));
    world.mock.gives(&new.sign("JWT", &claims));
    world.mock.tells(&json!({"sub": "s-1"}));
    let page = world.come_back(&mut gone).await;
    assert!(is_in(&page), "{}", page.text());
}
