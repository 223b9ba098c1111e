//! A server that trusts another provider: two of ours, and a provider that says what a test wants.

mod commands;
mod linking;
mod mock;
mod peer_oidc_provider;
mod presets;
mod proof;
mod realms;
mod refusals;
mod sign_out;
mod tokens;

use std::time::{Duration, Instant};

use hatcheck::keys::Purpose;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::on_both;
use crate::support::chromium::Chromium;
use crate::support::client::claims_of;
use crate::support::html::tags;
use crate::support::site::{REACHING_SITES, listening, logout_tokens};
use crate::support::*;

const ADA: &str = "ada@example.org";
const GRACE: &str = "grace@example.org";

/// A provider, a HAT that trusts it, and an app of the HAT.
struct World {
    upstream: TestApp,
    hat: TestApp,
    notes: TestClient,
    _folder: TempDir,
}

/// A browser with its cookies at both.
struct Person {
    at_hat: Browser,
    at_upstream: Browser,
}

async fn world(backend: Backend) -> World {
    world_with(backend, "").await
}

/// `more`: members of the connector.
async fn world_with(backend: Backend, more: &str) -> World {
    world_around(backend, "", more).await
}

/// `before`: other sections.
async fn world_around(backend: Backend, before: &str, more: &str) -> World {
    let upstream = TestApp::start_with(backend, &REACHING_SITES).await;
    let folder = TempDir::new().unwrap();
    let secret = folder.path().join("secret");
    let hat = TestApp::start_with_file(
        backend,
        &format!(
            "{before}[outgoing]\nallowed_networks = [\"127.0.0.0/8\"]\n[connectors.up]\ntitle = \"Upstream\"\n\
             issuer = \"{}\"\nclient_id = \"hat\"\nclient_secret_file = \"{}\"\n{more}",
            upstream.issuer,
            secret.display()
        ),
    )
    .await;
    let members = json!({
        "redirect_uris": [format!("{}/login/callback/up", hat.issuer)],
        "skip_consent": true,
        "post_logout_redirect_uris": [format!("{}/end-session/done", hat.issuer)],
        "backchannel_logout_uri": format!("{}/login/backchannel/up", hat.issuer),
        "backchannel_logout_session_required": true,
    });
    let client = upstream.add_client("hat", members).await;
    std::fs::write(secret, &client.secret).unwrap();
    // The people of the provider are not those of the HAT
    let hats = hat.add_client("journal", json!({"skip_consent": true})).await;
    World { upstream, hat, notes: hats, _folder: folder }
}

/// Where the page's link to another provider leads.
fn link_to(page: &Page, title: &str) -> String {
    assert!(page.text().contains(title), "{}", page.text());
    let links = tags(&page.body);
    let mut links = links.iter().filter(|tag| tag.name == "a");
    let link = links.find(|tag| tag.attribute("href").is_some_and(|href| href.contains("&with=")));
    let href = link.expect("a link").attribute("href").unwrap().to_owned();
    page.url.join(&href).unwrap().to_string()
}

impl World {
    fn person(&self) -> Person {
        Person { at_hat: self.hat.browser(), at_upstream: self.upstream.browser() }
    }

    /// Removes the people of this name at the HAT, so that they are the provider's alone.
    async fn forget_at_hat(&self, email: &str) {
        let id = self.hat.person(email).await.id;
        self.hat.app.write(move |db| hatcheck::store::users::delete(db, id)).await.unwrap();
    }

    /// The way to the provider: its authorization request.
    async fn leave(&self, person: &mut Person, url: &str) -> url::Url {
        let page = person.at_hat.open(url).await.page();
        let link = link_to(&page, "Upstream");
        person.at_hat.open(&link).await.away()
    }

    /// What an authorization request asks for, which went to the provider directly (RFC 9126).
    fn pushed(&self, request: &url::Url) -> Value {
        assert_eq!(request.query_pairs().count(), 2, "the browser carries a reference: {request}");
        let reference = param(request, "request_uri").unwrap();
        let sealed = reference.strip_prefix("urn:ietf:params:oauth:request_uri:").unwrap();
        let pushed: Value = self.upstream.app.sealer().open(Purpose::Pushed, sealed).unwrap();
        pushed["request"].clone()
    }

    /// Signs in at the provider; the answer that it sends to the HAT.
    async fn answer(&self, person: &mut Person, request: &url::Url, email: &str) -> url::Url {
        match person.at_upstream.open(request.as_str()).await {
            Landing::Away(back) => back,
            Landing::Page(_) => {
                self.upstream.sign_in(&mut person.at_upstream, request.as_str(), email).await.away()
            }
        }
    }

    /// The whole way, to where it ends at the HAT.
    async fn sign_in(&self, person: &mut Person, url: &str, email: &str) -> Landing {
        let request = self.leave(person, url).await;
        let back = self.answer(person, &request, email).await;
        person.at_hat.open(back.as_str()).await
    }

    /// The tokens of the app after the whole way.
    async fn tokens(&self, person: &mut Person, email: &str, more: &[(&str, &str)]) -> Tokens {
        let url = self.notes.authorization_url(more);
        let back = self.sign_in(person, &url, email).await.away();
        self.notes.redeem(&param(&back, "code").expect("a code")).await.tokens()
    }
}

on_both!(
    world;
    people_sign_in_by_the_provider_and_have_one_account_ever_after,
    fed_04_an_account_of_the_same_address_is_not_theirs,
    a_second_factor_there_is_asked_for_and_counts_here,
    a_second_factor_here_is_asked_for_where_there_was_none_there,
    while_the_provider_is_away_other_ways_are_left,
    pain_5_five_tabs_each_come_back_to_their_own_request,
    log_09_who_is_disabled_here_does_not_get_in,
    pain_2_the_provider_rotates_its_keys_during_sign_ins,
    a_sign_out_there_ends_the_session_here_and_reaches_our_apps_within_two_seconds,
);

async fn people_sign_in_by_the_provider_and_have_one_account_ever_after(world: World) {
    world.forget_at_hat(ADA).await;
    let mut person = world.person();
    let tokens = world.tokens(&mut person, ADA, &[]).await;
    let claims = claims_of(tokens.id_token.as_ref().unwrap());
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("urn:hatcheck:acr:1fa"), &json!(["fed"])));
    let (_, who) = world.hat.userinfo(&tokens.access_token).await;
    assert_eq!((&who["name"], &who["email"]), (&json!("Ada Lovelace"), &json!(ADA)));
    let account = world.hat.person(ADA).await;
    assert!(account.email_verified && !account.admin);
    let again = world.tokens(&mut world.person(), ADA, &[]).await;
    assert_eq!(claims_of(again.id_token.as_ref().unwrap())["sub"], claims["sub"]);
    let theirs = world.upstream.person(ADA).await.id;
    let id = account.id;
    let linked = world.hat.app.read(move |db| hatcheck::store::identities::of_user(db, id)).await;
    let identity = &linked.unwrap()[0];
    assert_eq!((identity.provider.as_str(), identity.subject.clone()), ("up", theirs.to_string()));
    let page = person.at_hat.open(&world.hat.url("/account/password")).await.page();
    assert!(page.forms().is_empty(), "no password here: {}", page.text());
}

async fn fed_04_an_account_of_the_same_address_is_not_theirs(world: World) {
    let mut person = world.person();
    let page = world.sign_in(&mut person, &world.hat.url("/account"), ADA).await.page();
    assert!(
        page.text().contains("An account with your address is here already"),
        "{}",
        page.text()
    );
    assert_eq!(world.hat.sessions_of(ADA).await.len(), 0);
    let id = world.hat.person(ADA).await.id;
    let linked = world.hat.app.read(move |db| hatcheck::store::identities::of_user(db, id)).await;
    assert_eq!(linked.unwrap(), []);
}

async fn a_second_factor_there_is_asked_for_and_counts_here(world: World) {
    world.forget_at_hat(GRACE).await;
    world.forget_at_hat(ADA).await;
    let two = [("acr_values", "urn:hatcheck:acr:2fa")];
    let tokens = world.tokens(&mut world.person(), GRACE, &two).await;
    let claims = claims_of(tokens.id_token.as_ref().unwrap());
    assert_eq!(
        (&claims["acr"], &claims["amr"]),
        (&json!("urn:hatcheck:acr:2fa"), &json!(["fed", "mfa"]))
    );
    let mut person = world.person();
    let request = world
        .leave(
            &mut person,
            &world.notes.authorization_url(&[
                ("acr_values", "urn:hatcheck:acr:2fa"),
                ("prompt", "login"),
                ("max_age", "60"),
                ("login_hint", GRACE),
            ]),
        )
        .await;
    let asked = world.pushed(&request);
    assert_eq!(asked["acr"], json!("urn:hatcheck:acr:2fa"));
    assert_eq!((&asked["prompts"], &asked["max_age"]), (&json!(["login"]), &json!(60)));
    assert_eq!(asked["login_hint"], json!(GRACE));
    let weaker = world.tokens(&mut world.person(), ADA, &two).await;
    let claims = claims_of(weaker.id_token.as_ref().unwrap());
    assert_eq!(claims["acr"], json!("urn:hatcheck:acr:1fa"), "and acr tells the truth");
}

async fn a_second_factor_here_is_asked_for_where_there_was_none_there(world: World) {
    world.forget_at_hat(ADA).await;
    world.tokens(&mut world.person(), ADA, &[]).await;
    world.hat.give_totp(ADA).await;
    let mut person = world.person();
    let page = world.sign_in(&mut person, &world.notes.authorization_url(&[]), ADA).await.page();
    assert_eq!(page.url.path(), "/login/totp", "{}", page.text());
    let back = person.at_hat.submit(&page, &[("totp", &world.hat.totp_code())], None).await.away();
    let tokens = world.notes.redeem(&param(&back, "code").unwrap()).await.tokens();
    let claims = claims_of(tokens.id_token.as_ref().unwrap());
    assert_eq!(
        (&claims["acr"], &claims["amr"]),
        (&json!("urn:hatcheck:acr:2fa"), &json!(["fed", "otp", "mfa"]))
    );
}

async fn while_the_provider_is_away_other_ways_are_left(world: World) {
    world.upstream.stop().await;
    let mut person = world.person();
    let page = person.at_hat.open(&world.notes.authorization_url(&[])).await.page();
    let there = link_to(&page, "Upstream");
    for _ in 0..3 {
        let away = person.at_hat.open(&there).await.page();
        assert_eq!((away.status, away.header("retry-after")), (503, "10"), "{}", away.text());
        assert!(away.text().contains("Upstream does not answer"), "{}", away.text());
    }
    let back =
        person.at_hat.submit(&page, &[("username", ADA), ("password", PASSWORD)], None).await;
    assert!(param(&back.away(), "code").is_some());
}

async fn pain_5_five_tabs_each_come_back_to_their_own_request(world: World) {
    world.forget_at_hat(ADA).await;
    let mut person = world.person();
    let mut requests = Vec::new();
    for n in 0..5 {
        let url = world.notes.authorization_url(&[("state", &format!("tab {n}"))]);
        requests.push(world.leave(&mut person, &url).await);
    }
    for (n, request) in requests.iter().enumerate().rev() {
        let back = world.answer(&mut person, request, ADA).await;
        let app = person.at_hat.open(back.as_str()).await.away();
        assert_eq!(param(&app, "state"), Some(format!("tab {n}")));
        assert!(param(&app, "code").is_some(), "{app}");
    }
}

async fn log_09_who_is_disabled_here_does_not_get_in(world: World) {
    world.forget_at_hat(ADA).await;
    world.tokens(&mut world.person(), ADA, &[]).await;
    world.hat.disable(ADA).await;
    let page =
        world.sign_in(&mut world.person(), &world.notes.authorization_url(&[]), ADA).await.page();
    assert_eq!(page.status, 403, "{}", page.text());
}

async fn pain_2_the_provider_rotates_its_keys_during_sign_ins(world: World) {
    world.forget_at_hat(ADA).await;
    for round in 0..3 {
        let mut person = world.person();
        let request = world.leave(&mut person, &world.notes.authorization_url(&[])).await;
        let back = world.answer(&mut person, &request, ADA).await;
        if round == 1 {
            world.upstream.rotate_keys().await;
        }
        let app = person.at_hat.open(back.as_str()).await.away();
        assert!(param(&app, "code").is_some(), "round {round}: {app}");
    }
}

async fn a_sign_out_there_ends_the_session_here_and_reaches_our_apps_within_two_seconds(
    world: World,
) {
    world.forget_at_hat(ADA).await;
    let (site, heard) = listening(Some(200));
    let members = json!({
        "skip_consent": true,
        "backchannel_logout_uri": format!("{site}/signed-out"),
        "backchannel_logout_session_required": true,
    });
    let diary = world.hat.add_client("diary", members).await;
    let mut person = world.person();
    let back = world
        .sign_in(&mut person, &diary.authorization_url(&[("scope", "openid profile")]), ADA)
        .await
        .away();
    let tokens = diary.redeem(&param(&back, "code").unwrap()).await.tokens();
    let mut elsewhere = world.person();
    let others = world.tokens(&mut elsewhere, ADA, &[]).await;
    let account = person.at_upstream.open(&world.upstream.url("/account")).await.page();
    let begun = Instant::now();
    person.at_upstream.submit(&account, &[], Some("Sign out")).await;
    soon("our app has heard", async || !logout_tokens(&heard).is_empty()).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let told = claims_of(&logout_tokens(&heard)[0]);
    assert_eq!(told["sid"], claims_of(tokens.id_token.as_ref().unwrap())["sid"]);
    assert_eq!(world.hat.userinfo(&tokens.access_token).await.0, 401);
    let page = person.at_hat.open(&world.hat.url("/account")).await.page();
    assert!(page.body.contains("name=\"password\""), "nobody is signed in: {}", page.text());
    assert_eq!(
        world.hat.userinfo(&others.access_token).await.0,
        200,
        "another session of hers goes on"
    );
}

#[actix_web::test]
async fn pain_13_a_verified_address_links_only_where_the_provider_decides_about_it() {
    let more = "domains = [\"example.org\"]\n";
    let world = world_with(Backend::Sqlite, more).await;
    let before = world.hat.person(ADA).await;
    let tokens = world.tokens(&mut world.person(), ADA, &[]).await;
    let (_, who) = world.hat.userinfo(&tokens.access_token).await;
    assert_eq!(who["sub"], json!(before.id), "her account of before");
}

#[actix_web::test]
async fn fed_05_an_account_whose_address_nobody_has_proved_is_not_theirs() {
    let world = world_with(Backend::Sqlite, "domains = [\"example.org\"]\n").await;
    let mut unverified = world.hat.person(GRACE).await;
    unverified.email_verified = false;
    world.hat.app.write(move |db| hatcheck::store::users::update(db, &unverified)).await.unwrap();
    let page =
        world.sign_in(&mut world.person(), &world.notes.authorization_url(&[]), GRACE).await.page();
    assert!(
        page.text().contains("An account with your address is here already"),
        "whoever made that account had not proved the address: {}",
        page.text()
    );
    assert_eq!(world.hat.sessions_of(GRACE).await.len(), 0);
}

#[actix_web::test]
async fn where_nobody_new_is_let_in_the_page_says_so() {
    let world = world_with(Backend::Sqlite, "first_sign_in = \"refuse\"\n").await;
    world.forget_at_hat(ADA).await;
    let page = world.sign_in(&mut world.person(), &world.hat.url("/account"), ADA).await.page();
    assert_eq!(page.status, 403);
    assert!(page.text().contains("You have no account here"), "{}", page.text());
    let found: Value = json!(world.hat.events().await);
    assert!(!found.to_string().contains("user_added"), "{found}");
    let world = world_with(Backend::Sqlite, "first_sign_in = \"refuse\"\n").await;
    let page = world.sign_in(&mut world.person(), &world.hat.url("/account"), ADA).await.page();
    assert_eq!(page.status, 403);
    assert!(page.text().contains("account with your address already"), "{}", page.text());
}

#[actix_web::test]
async fn an_admin_tries_a_connector_by_command() {
    let folder = TempDir::new().unwrap();
    let upstream = TestApp::start(Backend::Sqlite).await;
    let mut server = Process::prepare(
        folder.path(),
        &format!("sqlite://{}", folder.path().join("db").display()),
    );
    let client = upstream.add_client("hat", json!({})).await;
    let secret = folder.path().join("secret");
    std::fs::write(&secret, &client.secret).unwrap();
    let file = folder.path().join("hatcheck.toml");
    let connector = |issuer: &str, more: &str| {
        format!(
            "[outgoing]\nallowed_networks = [\"127.0.0.0/8\"]\n[connectors.up]\nissuer = \"{issuer}\"\n\
             client_id = \"hat\"\nclient_secret_file = \"{}\"\n{more}",
            secret.display()
        )
    };
    std::fs::write(&file, connector(&upstream.issuer, "")).unwrap();
    server.set("HATCHECK_CONFIG", &file.display().to_string());
    server.add_ada_and_notes();
    let run = async |args: Vec<&'static str>| {
        let mut command = server.command(&args);
        let output = actix_web::rt::task::spawn_blocking(move || command.output().unwrap());
        let output = output.await.unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, told) = run(vec!["connector", "list"]).await;
    assert!(code == 0 && told.contains("/login/callback/up"), "{told}");
    let (code, told) = run(vec!["connector", "test", "up"]).await;
    assert!(code == 0 && told.contains("good  it takes our client_id and secret"), "{told}");
    std::fs::write(&secret, "another one").unwrap();
    let (code, told) = run(vec!["connector", "test", "up"]).await;
    assert!(code == 1 && told.contains("BAD   it refuses our client_id or secret"), "{told}");
    std::fs::write(&file, connector(&upstream.issuer, "scopes = \"openid shoes\"\n")).unwrap();
    let (code, told) = run(vec!["connector", "test", "up"]).await;
    assert!(code == 1 && told.contains("BAD   it offers the scope shoes"), "{told}");
    upstream.stop().await;
    let (code, told) = run(vec!["connector", "test", "up", "--json"]).await;
    assert!(code == 1 && told.contains("can't be asked"), "{told}");
    assert_eq!(run(vec!["connector", "test", "nobody"]).await.0, 1);
}

#[actix_web::test]
async fn ssr_06_a_provider_in_a_network_of_our_own_is_not_asked_unless_the_settings_say_so() {
    let mock = mock::Mock::start().await;
    for issuer in
        [mock.peer.base.clone(), mock.peer.base.replace("https://127.0.0.1", "http://localhost")]
    {
        let connector = format!(
            "[connectors.up]\ntitle = \"Upstream\"\nissuer = \"{issuer}\"\nclient_id = \"hat\"\n"
        );
        let hat = TestApp::start_with_file(Backend::Sqlite, &connector).await;
        let mut browser = hat.browser();
        let page = browser.open(&hat.url("/account")).await.page();
        let refused = browser.open(&link_to(&page, "Upstream")).await.page();
        assert_eq!(refused.status, 503, "{issuer}: {}", refused.text());
    }
    assert_eq!(mock.peer.hits("/.well-known/openid-configuration"), 0);
}

#[actix_web::test]
async fn the_pages_are_in_order_in_a_browser() {
    let connectors = ["work", "club"].map(|name| {
        format!(
            "[connectors.{name}]\ntitle = \"The {name}\"\nissuer = \"https://{name}.example\"\nclient_id = \"hat\"\n"
        )
    });
    let hat = TestApp::start_with_file(Backend::Sqlite, &connectors.concat()).await;
    let chromium = Chromium::start(true).await;
    let folder = std::env::var_os("HATCHECK_TEST_SCREENSHOTS").map(std::path::PathBuf::from);
    chromium.open(&hat.url("/account/providers")).await;
    chromium.shows("Sign in with The work").await;
    chromium.examine("sign-in-others", folder.as_deref()).await;
    chromium.fill("username", ADA).await;
    chromium.fill("password", PASSWORD).await;
    chromium.press("form button").await;
    chromium.shows("Link The club").await;
    chromium.examine("providers", folder.as_deref()).await;
    chromium.press(".others a").await;
    chromium.shows("does not answer").await;
    chromium.examine("provider-away", folder.as_deref()).await;
}
