//! Providers that are odd, and credentials of all kinds, against a provider that says what a test wants.

use josekit::jws::ES256;
use josekit::jwt;

use super::mock::Mock;
use super::*;
use crate::support::peer::AUTHORITY;

/// A HAT with one connector to a mock, and what somebody who left for it carries.
struct Odd {
    mock: Mock,
    hat: TestApp,
    _folder: TempDir,
    name: &'static str,
}

struct Gone {
    browser: Browser,
    request: url::Url,
}

impl Gone {
    fn asked(&self, name: &str) -> Option<String> {
        param(&self.request, name)
    }
}

impl Odd {
    /// `members`: of the connector; `BASE` stands for the mock's address, and `FOLDER` for a folder with files.
    async fn start(name: &'static str, members: &str, files: &[(&str, &str)]) -> Self {
        let mock = Mock::start().await;
        let folder = TempDir::new().unwrap();
        for (file, text) in files {
            std::fs::write(folder.path().join(file), text).unwrap();
        }
        let members = members.replace("BASE", &mock.peer.base);
        let members = members.replace("FOLDER", &folder.path().display().to_string());
        let text = format!(
            "[outgoing]\nallowed_networks = [\"127.0.0.0/8\"]\nextra_ca = \"{AUTHORITY}\"\n\
             [connectors.{name}]\nclient_id = \"hat\"\n{members}"
        );
        let hat = TestApp::start_with_file(Backend::Sqlite, &text).await;
        Self { mock, hat, _folder: folder, name }
    }

    async fn leave(&self, title: &str) -> Gone {
        let mut browser = self.hat.browser();
        let page = browser.open(&self.hat.url("/account")).await.page();
        let request = browser.open(&link_to(&page, title)).await.away();
        Gone { browser, request }
    }

    fn callback(&self) -> String {
        self.hat.url(&format!("/login/callback/{}", self.name))
    }

    async fn come_back(&self, gone: &mut Gone, more: &[(&str, &str)]) -> Page {
        let mut url = url::Url::parse(&self.callback()).unwrap();
        url.query_pairs_mut()
            .append_pair("state", &gone.asked("state").unwrap())
            .append_pair("code", "c");
        url.query_pairs_mut().extend_pairs(more);
        gone.browser.open(url.as_str()).await.page()
    }

    /// The last form that the token endpoint was sent.
    fn sent(&self, path: &str) -> Vec<(String, String)> {
        let body = self.mock.peer.bodies(path).pop().expect("it was asked");
        url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
    }

    async fn identity(&self, subject: &str) -> Option<String> {
        let (provider, subject) = (self.name.to_owned(), subject.to_owned());
        let identity = hatcheck::model::Identity { provider, subject };
        let found = self.hat.app.read(move |db| hatcheck::store::identities::owner(db, &identity));
        found.await.unwrap().map(|user| user.username.to_string())
    }
}

fn of<'a>(sent: &'a [(String, String)], name: &str) -> Option<&'a str> {
    sent.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

const GITHUB: &str =
    "preset = \"github\"\nissuer = \"BASE\"\nclient_secret_file = \"FOLDER/secret\"\n";

#[actix_web::test]
async fn github_people_are_known_by_their_number_and_a_verified_address() {
    let odd = Odd::start("hub", GITHUB, &[("secret", "of github")]).await;
    let mut gone = odd.leave("GitHub").await;
    assert!(gone.request.as_str().starts_with(&odd.mock.peer.url("/login/oauth/authorize?")));
    assert_eq!(gone.asked("scope").as_deref(), Some("read:user user:email"));
    assert_eq!(gone.asked("code_challenge_method").as_deref(), Some("S256"));
    odd.mock.peer.publish(
        "/login/oauth/access_token",
        &json!({"access_token": "gho_x", "token_type": "bearer", "scope": "read:user,user:email"}),
    );
    odd.mock.peer.publish(
        "/api/v3/user",
        &json!({"id": 583_231, "login": "octo", "name": "Mona", "email": null}),
    );
    odd.mock.peer.publish(
        "/api/v3/user/emails",
        &json!([
            {"email": "old@mock.example", "primary": false, "verified": true},
            {"email": "mona@mock.example", "primary": true, "verified": true},
        ]),
    );
    let page = odd.come_back(&mut gone, &[]).await;
    assert!(page.text().contains("Mona"), "{}", page.text());
    assert_eq!(odd.identity("583231").await.as_deref(), Some("mona@mock.example"));
    let sent = odd.sent("/login/oauth/access_token");
    assert_eq!(
        (of(&sent, "client_id"), of(&sent, "client_secret")),
        (Some("hat"), Some("of github"))
    );
    assert!(of(&sent, "code_verifier").is_some());
    assert_eq!(odd.mock.peer.authorizations("/api/v3/user"), ["Bearer gho_x"]);
}

#[actix_web::test]
async fn github_errors_that_come_with_200_sign_nobody_in() {
    let odd = Odd::start("hub", GITHUB, &[("secret", "of github")]).await;
    for (token, user, emails) in [
        (json!({"error": "bad_verification_code"}), json!({"id": 1}), json!([])),
        (
            json!({"access_token": "x", "token_type": "bearer"}),
            json!({"login": "no id"}),
            json!([]),
        ),
        (json!({"access_token": "x", "token_type": "bearer"}), json!([1]), json!([])),
    ] {
        let mut gone = odd.leave("GitHub").await;
        odd.mock.peer.publish("/login/oauth/access_token", &token);
        odd.mock.peer.publish("/api/v3/user", &user);
        odd.mock.peer.publish("/api/v3/user/emails", &emails);
        let page = odd.come_back(&mut gone, &[]).await;
        assert_eq!(page.status, 400, "{token} {user}: {}", page.text());
    }
}

#[actix_web::test]
async fn a_plain_oauth_2_provider_is_read_by_its_own_names() {
    let members = "preset = \"oauth2\"\nissuer = \"BASE\"\nauthorization_endpoint = \"BASE/go\"\ntoken_endpoint = \"BASE/token\"\n\
                   userinfo_endpoint = \"BASE/me\"\nscopes = \"identify\"\nsubject_claim = \"uid\"\nemail_claim = \"mail\"\n\
                   email_verified_claim = \"confirmed\"\n";
    let odd = Odd::start("chat", members, &[]).await;
    let mut gone = odd.leave("chat").await;
    assert_eq!(gone.asked("scope").as_deref(), Some("identify"));
    odd.mock.peer.publish("/token", &json!({"access_token": "x", "token_type": "Bearer"}));
    odd.mock.peer.publish(
        "/me",
        &json!({"uid": "u-7", "name": "Mia", "mail": "mia@mock.example", "confirmed": true}),
    );
    let page = odd.come_back(&mut gone, &[]).await;
    assert!(page.text().contains("Mia"), "{}", page.text());
    assert_eq!(odd.identity("u-7").await.as_deref(), Some("mia@mock.example"));
}

#[actix_web::test]
async fn apple_answers_by_a_form_and_takes_a_signed_secret() {
    let key = josekit::jwk::Jwk::generate_ec_key(josekit::jwk::alg::ec::EcCurve::P256).unwrap();
    let pair = josekit::jwk::alg::ec::EcKeyPair::from_jwk(&key).unwrap();
    let pem = String::from_utf8(pair.to_pem_private_key()).unwrap();
    let members = "preset = \"apple\"\nissuer = \"BASE\"\nteam_id = \"TEAM\"\nkey_id = \"KEY\"\n\
                   client_key_file = \"FOLDER/key.p8\"\n";
    let odd = Odd::start("apple", members, &[("key.p8", &pem)]).await;
    let mut metadata = odd.mock.metadata();
    metadata.as_object_mut().unwrap().remove("userinfo_endpoint");
    metadata["authorization_response_iss_parameter_supported"] = json!(false);
    odd.mock.peer.publish("/.well-known/openid-configuration", &metadata);
    let mut gone = odd.leave("Apple").await;
    assert_eq!(gone.asked("response_mode").as_deref(), Some("form_post"));
    assert_eq!(gone.asked("prompt"), None);
    let more = json!({"name": null, "email_verified": "true"});
    let claims = odd.mock.claims(&odd.hat, &gone.asked("nonce").unwrap(), &more);
    odd.mock.gives(&odd.mock.key.sign("JWT", &claims));
    let (state, callback) =
        (gone.asked("state").unwrap(), url::Url::parse(&odd.callback()).unwrap());
    let form = [
        ("state", state.as_str()),
        ("code", "c"),
        ("user", r#"{"name":{"firstName":"Mia","lastName":"Mock"},"email":"mia@mock.example"}"#),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    // The form comes from another site, and so without our cookies
    let mut stranger = odd.hat.browser();
    let answer = stranger.send(reqwest::Method::POST, &callback, Some(&form)).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let page = gone.browser.open(answer.location().unwrap().as_str()).await.page();
    assert!(page.text().contains("Mia Mock"), "{}", page.text());
    assert_eq!(odd.identity("s-1").await.as_deref(), Some("mia@mock.example"));
    let sent = odd.sent("/token");
    let secret = of(&sent, "client_secret").unwrap();
    let verifier = ES256.verifier_from_jwk(&key.to_public_key().unwrap()).unwrap();
    let (payload, header) = jwt::decode_with_verifier(secret, &verifier).unwrap();
    assert_eq!(header.claim("kid"), Some(&json!("KEY")));
    for (name, value) in [("iss", "TEAM"), ("sub", "hat"), ("aud", odd.mock.peer.base.as_str())] {
        assert_eq!(payload.claim(name), Some(&json!(value)), "{name}");
    }
}

#[actix_web::test]
async fn entra_people_of_named_tenants_come_and_others_do_not() {
    let members = "preset = \"entra\"\nissuer = \"BASE\"\ntenant = \"organizations\"\ntenants = [\"t-1\", \"t-2\"]\n";
    let odd = Odd::start("entra", members, &[]).await;
    let mut metadata = odd.mock.metadata();
    metadata["issuer"] = json!(format!("{}/{{tenantid}}/v2.0", odd.mock.peer.base));
    metadata["authorization_response_iss_parameter_supported"] = json!(false);
    odd.mock.peer.publish("/organizations/v2.0/.well-known/openid-configuration", &metadata);
    odd.mock.tells(&json!({"sub": "s-1"}));
    for (tenant, issuer, verified, status, name) in [
        ("t-1", "t-1", json!(true), 200, Some("mia@mock.example")),
        ("t-2", "t-2", json!(null), 200, None),
        ("t-3", "t-3", json!(true), 400, None),
        ("t-1", "t-3", json!(true), 400, None),
        ("{tenantid}", "{tenantid}", json!(true), 400, None),
    ] {
        let mut gone = odd.leave("Microsoft").await;
        let more = json!({
            "iss": format!("{}/{issuer}/v2.0", odd.mock.peer.base), "tid": tenant, "xms_edov": verified,
            "email_verified": null,
        });
        let claims = odd.mock.claims(&odd.hat, &gone.asked("nonce").unwrap(), &more);
        odd.mock.gives(&odd.mock.key.sign("JWT", &claims));
        let page = odd.come_back(&mut gone, &[]).await;
        assert_eq!(page.status, status, "{tenant} {issuer}: {}", page.text());
        if status == 200 {
            let found =
                odd.identity(&format!("{tenant}/s-1")).await.expect("known by tenant and subject");
            assert_eq!(found == "mia@mock.example", name.is_some(), "{found}");
        }
    }
}

#[actix_web::test]
async fn google_is_asked_for_a_choice_of_account_and_believed_about_its_own_domains() {
    let odd = Odd::start("google", "preset = \"google\"\nissuer = \"BASE\"\n", &[]).await;
    let app = odd.hat.add_client("journal", json!({"skip_consent": true})).await;
    let mut browser = odd.hat.browser();
    let more = [("prompt", "login"), ("max_age", "60"), ("acr_values", "urn:hatcheck:acr:2fa")];
    let page = browser.open(&app.authorization_url(&more)).await.page();
    let request = browser.open(&link_to(&page, "Google")).await.away();
    assert_eq!(param(&request, "prompt").as_deref(), Some("select_account"));
    assert_eq!((param(&request, "max_age"), param(&request, "acr_values")), (None, None));
    for (subject, hosted, known) in
        [("g-1", json!("mock.example"), true), ("g-2", json!("other.example"), false)]
    {
        let mut gone = odd.leave("Google").await;
        let email = format!("{subject}@mock.example");
        let more = json!({"sub": subject, "hd": hosted, "email": email});
        let claims = odd.mock.claims(&odd.hat, &gone.asked("nonce").unwrap(), &more);
        odd.mock.gives(&odd.mock.key.sign("JWT", &claims));
        odd.mock.tells(&json!({"sub": subject}));
        let page = odd.come_back(&mut gone, &[("iss", &odd.mock.peer.base)]).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert_eq!(odd.identity(subject).await.unwrap() == email, known);
    }
}

/// With the keys of this server's own `jwks_uri`, and by a pushed request.
#[actix_web::test]
async fn private_key_jwt_shows_who_we_are_by_our_own_keys() {
    let odd = Odd::start("up", "issuer = \"BASE\"\nclient_auth = \"private_key_jwt\"\n", &[]).await;
    let mut metadata = odd.mock.metadata();
    metadata["pushed_authorization_request_endpoint"] = json!(odd.mock.peer.url("/par"));
    metadata["token_endpoint_auth_signing_alg_values_supported"] = json!(["RS256"]);
    odd.mock.peer.publish("/.well-known/openid-configuration", &metadata);
    odd.mock.peer.answer_with(
        "/par",
        201,
        "application/json",
        r#"{"request_uri":"urn:x:1","expires_in":60}"#,
    );
    let mut gone = odd.leave("up").await;
    assert_eq!(gone.request.query(), Some("client_id=hat&request_uri=urn%3Ax%3A1"));
    let pushed = odd.sent("/par");
    let state = of(&pushed, "state").unwrap().to_owned();
    let claims = odd.mock.claims(&odd.hat, of(&pushed, "nonce").unwrap(), &json!({}));
    odd.mock.gives(&odd.mock.key.sign("JWT", &claims));
    odd.mock.tells(&json!({"sub": "s-1"}));
    let back = format!("{}?state={state}&code=c&iss={}", odd.callback(), odd.mock.peer.base);
    let page = gone.browser.open(&back).await.page();
    assert!(page.text().contains("Mia"), "{}", page.text());
    let jwks: Value = odd.hat.get("/jwks").await.json();
    for path in ["/par", "/token"] {
        let sent = odd.sent(path);
        assert_eq!(of(&sent, "client_secret"), None);
        let assertion = of(&sent, "client_assertion").unwrap();
        let claims = claims_of(assertion);
        assert_eq!(
            (&claims["iss"], &claims["sub"], &claims["aud"]),
            (&json!("hat"), &json!("hat"), &json!(odd.mock.peer.base))
        );
        let header = crate::support::client::header_of(assertion);
        assert!(
            jwks["keys"].as_array().unwrap().iter().any(|key| key["kid"] == header["kid"]),
            "{header:?}"
        );
        assert_eq!(header["alg"], json!("RS256"));
    }
    odd.mock.peer.answer_with("/par", 400, "application/json", r#"{"error":"invalid_request"}"#);
    let mut browser = odd.hat.browser();
    let page = browser.open(&odd.hat.url("/account")).await.page();
    let refused = browser.open(&link_to(&page, "up")).await.page();
    assert_eq!(refused.status, 400, "{}", refused.text());
}

#[actix_web::test]
async fn a_secret_goes_the_way_that_the_provider_takes_it() {
    let file = "client_secret_file = \"FOLDER/secret\"\n";
    for (more, methods, in_form) in [
        ("", json!(null), false),
        ("", json!(["client_secret_basic", "client_secret_post"]), false),
        ("", json!(["client_secret_post"]), true),
        ("client_auth = \"client_secret_post\"\n", json!(["client_secret_basic"]), true),
        ("client_auth = \"client_secret_basic\"\n", json!(["client_secret_post"]), false),
    ] {
        let members = format!("issuer = \"BASE\"\n{file}{more}");
        let odd = Odd::start("up", &members, &[("secret", "s e+c:ret\n")]).await;
        let mut metadata = odd.mock.metadata();
        if !methods.is_null() {
            metadata["token_endpoint_auth_methods_supported"] = methods.clone();
        }
        odd.mock.peer.publish("/.well-known/openid-configuration", &metadata);
        odd.mock.peer.answer_with(
            "/token",
            400,
            "application/json",
            r#"{"error":"invalid_grant"}"#,
        );
        let mut gone = odd.leave("up").await;
        odd.come_back(&mut gone, &[("iss", &odd.mock.peer.base)]).await;
        let sent = odd.sent("/token");
        let expected = in_form.then_some("s e+c:ret");
        assert_eq!(of(&sent, "client_secret"), expected, "{more} {methods}");
        let header = odd.mock.peer.authorizations("/token").pop().unwrap_or_default();
        assert_eq!(header.starts_with("Basic "), !in_form, "{more} {methods}: {header}");
    }
}

/// Groups there are groups here, for as long as people are in them.
#[actix_web::test]
async fn groups_and_claims_follow_the_provider() {
    let members = "issuer = \"BASE\"\n[connectors.up.grants]\n\"eng\" = [\"group staff\", \"role editor at journal\"]\n";
    let odd = Odd::start("up", members, &[]).await;
    let more =
        json!({"skip_consent": true, "groups": ["staff"], "scope": "openid profile groups roles"});
    let app = odd.hat.add_client("journal", more).await;
    for (groups, locale, expected) in [
        (json!(["eng", "other"]), "de", (json!(["staff"]), json!(["editor"]))),
        (json!([]), "fr", (json!(null), json!(null))),
    ] {
        let mut browser = odd.hat.browser();
        let scope = [("scope", "openid profile groups roles"), ("prompt", "login")];
        let page = browser.open(&app.authorization_url(&scope)).await.page();
        let request = browser.open(&link_to(&page, "up")).await.away();
        let mut gone = Gone { browser, request };
        let more = json!({"groups": groups});
        let claims = odd.mock.claims(&odd.hat, &gone.asked("nonce").unwrap(), &more);
        odd.mock.gives(&odd.mock.key.sign("JWT", &claims));
        odd.mock.tells(&json!({"sub": "s-1", "locale": locale, "given_name": "Mia"}));
        let mut url = url::Url::parse(&odd.callback()).unwrap();
        url.query_pairs_mut()
            .append_pair("state", &gone.asked("state").unwrap())
            .append_pair("code", "c")
            .append_pair("iss", &odd.mock.peer.base);
        let back = gone.browser.open(url.as_str()).await.away();
        let tokens = app.redeem(&param(&back, "code").unwrap()).await.tokens();
        let (_, who) = odd.hat.userinfo(&tokens.access_token).await;
        let held = claims_of(&tokens.access_token);
        let held = |name: &str| held.get(name).cloned().unwrap_or_default();
        assert_eq!((held("groups"), held("roles")), expected);
        assert_eq!((&who["locale"], &who["given_name"]), (&json!(locale), &json!("Mia")));
    }
}

/// RFC 9449: where the provider takes proofs, and gives tokens for them.
#[actix_web::test]
async fn tokens_are_bound_to_a_key_where_the_provider_does_that() {
    let odd = Odd::start("up", "issuer = \"BASE\"\n", &[]).await;
    let mut metadata = odd.mock.metadata();
    metadata["dpop_signing_alg_values_supported"] = json!(["RS256", "ES256"]);
    odd.mock.peer.publish("/.well-known/openid-configuration", &metadata);
    odd.mock.tells(&json!({"sub": "s-1"}));
    for (token_type, expected) in [("DPoP", "DPoP at"), ("Bearer", "Bearer at")] {
        let mut gone = odd.leave("up").await;
        let claims = odd.mock.claims(&odd.hat, &gone.asked("nonce").unwrap(), &json!({}));
        let id_token = odd.mock.key.sign("JWT", &claims);
        let answer = json!({"access_token": "at", "token_type": token_type, "id_token": id_token});
        odd.mock.peer.publish("/token", &answer);
        let page = odd.come_back(&mut gone, &[("iss", &odd.mock.peer.base)]).await;
        assert!(page.text().contains("Mia"), "{token_type}: {}", page.text());
        let sent = odd.mock.peer.authorizations("/userinfo");
        assert_eq!(sent.last().map(String::as_str), Some(expected));
    }
}
