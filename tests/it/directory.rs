//! Passwords that a deployment's own provider checks, by the example of an LDAP directory: a real `OpenLDAP`.

use hatcheck::http::Extensions;
use hatcheck::model::Username;
use hatcheck::store;
use serde_json::json;

use crate::directory_example::Directory;
use crate::on_both;
use crate::support::slapd::{BASE, BIND_DN, BIND_PASSWORD, Slapd};
use crate::support::*;

const ALAN: &str = "alan@hat.example";
const HIS: &str = "christopher strawberry 7";
const ADA: &str = "ada@example.org";

/// A directory, and a server that asks it.
struct World {
    slapd: Slapd,
    app: TestApp,
}

async fn world(backend: Backend) -> World {
    let people = [
        (ALAN, "Alan Turing", HIS),
        (ADA, "Ada of the directory", "another ada altogether 1"),
        ("twice@hat.example", "One", HIS),
        ("twice@hat.example", "Two", HIS),
    ];
    let slapd = Slapd::start(&people).await;
    let directory = Directory {
        url: slapd.url.clone(),
        base: BASE.to_owned(),
        bind_dn: BIND_DN.to_owned(),
        bind_password: BIND_PASSWORD.to_owned(),
        domain: Some("hat.example".to_owned()),
    };
    let extensions = Extensions::default().authenticator(directory);
    let app = TestApp::start_extended(backend, &[], extensions).await;
    World { slapd, app }
}

impl World {
    /// The page after a name and a password.
    async fn try_in(&self, browser: &mut Browser, name: &str, password: &str) -> Page {
        let page = browser.open(&self.app.url("/account")).await.page();
        browser.submit(&page, &[("username", name), ("password", password)], None).await.page()
    }

    async fn lands(&self, name: &str, password: &str) -> (u16, String) {
        let page = self.try_in(&mut self.app.browser(), name, password).await;
        (page.status, page.url.path().to_owned())
    }

    async fn is_in(&self, name: &str, password: &str) -> bool {
        self.lands(name, password).await == (200, "/account".to_owned())
    }
}

on_both!(
    world;
    people_of_the_directory_sign_in_and_get_an_account,
    a_wrong_password_is_refused_and_counted_like_any_other,
    an_account_of_the_same_name_is_taken_over_only_where_the_directory_decides,
    while_the_directory_is_away_others_still_sign_in,
    hostile_names_find_nobody,
    an_app_without_a_browser_signs_them_in_too,
);

async fn people_of_the_directory_sign_in_and_get_an_account(World { slapd, app }: World) {
    let world = World { slapd, app };
    let mut browser = world.app.browser();
    let page = world.try_in(&mut browser, "Alan@HAT.example", HIS).await;
    assert!(page.text().contains("alan@hat.example"), "{}", page.text());
    let alan = world.app.person(ALAN).await;
    assert_eq!((alan.name.as_str(), alan.admin, alan.email_verified), ("Alan Turing", false, true));
    let password = browser.open(&world.app.url("/account/password")).await.page();
    assert!(
        password.text().contains("directory") && password.forms().is_empty(),
        "{}",
        password.text()
    );
    assert!(world.is_in(ALAN, HIS).await);
    assert_eq!(world.app.person(ALAN).await.id, alan.id, "the same account");
    let id = alan.id;
    let identities =
        world.app.app.read(move |db| store::identities::of_user(db, id)).await.unwrap();
    assert!(identities.len() == 1 && identities[0].provider == "directory", "{identities:?}");
    world.app.give_totp(ALAN).await;
    assert_eq!(world.lands(ALAN, HIS).await.1, "/login/totp", "his second factor is asked here");
    world.app.disable(ALAN).await;
    assert!(!world.is_in(ALAN, HIS).await);
}

async fn a_wrong_password_is_refused_and_counted_like_any_other(world: World) {
    let wrong = world.try_in(&mut world.app.browser(), ALAN, "not his password").await;
    let nobody =
        world.try_in(&mut world.app.browser(), "nobody@hat.example", "not his password").await;
    let words = |page: &Page, name: &str| page.text().replace(name, "NAME");
    assert_eq!(wrong.status, nobody.status);
    assert_eq!(
        words(&wrong, ALAN),
        words(&nobody, "nobody@hat.example"),
        "nobody learns who is there"
    );
    let name = Username::canonical(ALAN);
    let found =
        world.app.app.read(move |db| store::users::find_to_sign_in(db, &name)).await.unwrap();
    assert!(found.is_none(), "no account for who did not sign in");
    let mut statuses = Vec::new();
    for _ in 0..20 {
        statuses.push(world.lands(ALAN, "not his password").await.0);
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    assert_eq!(world.lands(ALAN, HIS).await.0, 429, "the directory is not even asked");
    world.app.later(3_600);
    assert!(world.is_in(ALAN, HIS).await);
}

async fn an_account_of_the_same_name_is_taken_over_only_where_the_directory_decides(world: World) {
    let before = world.app.person(ADA).await;
    assert!(
        !world.is_in(ADA, "another ada altogether 1").await,
        "example.org is not the directory's"
    );
    let id = before.id;
    let linked = world.app.app.read(move |db| store::identities::of_user(db, id)).await.unwrap();
    assert_eq!(linked, []);
    world.app.later(3_600);
    let alan = world.app.add_user(ALAN, "A. M. Turing", None).await;
    assert!(world.is_in(ALAN, HIS).await);
    assert_eq!(world.app.person(ALAN).await.id, alan.id);
    assert!(!world.is_in(ALAN, PASSWORD).await, "the password of before is none any more");
    let id = alan.id;
    let hash = world.app.app.read(move |db| store::users::password_hash(db, id)).await.unwrap();
    assert_eq!(
        hash.as_deref(),
        Some(store::users::NO_PASSWORD),
        "also when he leaves the directory"
    );
    assert!(world.is_in(ALAN, HIS).await);
    assert_eq!(world.app.person(ALAN).await.name, "Alan Turing");
}

async fn while_the_directory_is_away_others_still_sign_in(mut world: World) {
    assert!(
        world.is_in("grace@example.org", PASSWORD).await
            || world.lands("grace@example.org", PASSWORD).await.1 == "/login/totp"
    );
    world.slapd.stop();
    let page = world.try_in(&mut world.app.browser(), ALAN, HIS).await;
    assert_eq!(page.status, 503, "{}", page.text());
    world.slapd.again().await;
    assert!(world.is_in(ALAN, HIS).await);
}

async fn hostile_names_find_nobody(world: World) {
    for name in [
        "*",
        "*@hat.example",
        "alan@hat.example)(uid=*",
        "alan*",
        "\u{0}",
        "(",
        "twice@hat.example",
    ] {
        assert!(!world.is_in(name, HIS).await, "{name:?}");
        world.app.later(3_600);
    }
    assert!(!world.is_in(ALAN, "").await, "an empty password binds as nobody, and is none");
    assert!(world.is_in(ALAN, HIS).await);
}

async fn an_app_without_a_browser_signs_them_in_too(world: World) {
    let members = json!({"first_party": true, "skip_consent": true});
    let client = world.app.add_client("native", members).await;
    let fields = [
        ("username", ALAN),
        ("password", HIS),
        ("scope", "openid"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ];
    let answer = client.post("/authorize-challenge", &fields).await;
    assert!(answer.json()["authorization_code"].is_string(), "{:?}", answer.json());
}
