//! Who is sent where: by the domain of an address, or because there is only one way in.

use super::*;
use crate::support::client::CHALLENGE;

/// One way in: the provider.
async fn only(backend: Backend) -> World {
    world_around(backend, "[passwords]\naccepted = false\n", "").await
}

mod only_this_provider {
    use super::*;

    on_both!(
        only;
        people_go_straight_there_and_come_back_to_the_app,
        passwords_sign_nobody_in,
    );

    async fn people_go_straight_there_and_come_back_to_the_app(world: World) {
        world.forget_at_hat(ADA).await;
        let mut person = world.person();
        let there = person.at_hat.open(&world.notes.authorization_url(&[])).await.away();
        assert!(there.as_str().starts_with(&world.upstream.url("/authorize?")), "{there}");
        let back = world.answer(&mut person, &there, ADA).await;
        let app = person.at_hat.open(back.as_str()).await.away();
        assert!(param(&app, "code").is_some(), "{app}");
        let page = person.at_hat.open(&world.hat.url("/account/password")).await.page();
        assert_eq!(page.forms().len(), 0, "there is no password to change: {}", page.text());
    }

    async fn passwords_sign_nobody_in(world: World) {
        let page = world.hat.browser().open(&world.hat.url("/account")).await.page();
        assert!(page.text().contains("On to Upstream"), "{}", page.text());
        assert!(page.body.contains("http-equiv=\"refresh\""), "{}", page.body);
        let members = json!({"first_party": true, "skip_consent": true});
        let own = world.hat.add_client("own", members).await;
        let fields = [
            ("username", ADA),
            ("password", PASSWORD),
            ("scope", "openid"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let answer = own.post("/authorize-challenge", &fields).await;
        assert_eq!(answer.error().1, "access_denied", "{}", answer.body);
        assert_eq!(world.hat.sessions_of(ADA).await.len(), 0);
    }

    #[actix_web::test]
    async fn a_password_that_opens_nothing_is_no_way_in() {
        let before = "[passwords]\naccepted = false\n";
        let world = world_around(Backend::Sqlite, before, "domains = [\"example.org\"]\n").await;
        let mut person = world.person();
        let url = world.notes.authorization_url(&[]);
        let there = person.at_hat.open(&url).await.away();
        let back = world.answer(&mut person, &there, ADA).await;
        person.at_hat.open(back.as_str()).await.away();
        let page = person.at_hat.open(&world.hat.url("/account/providers")).await.page();
        let kept = person.at_hat.submit(&page, &[], Some("Unlink")).await.page();
        assert_eq!(kept.status, 400, "{}", kept.text());
        assert!(kept.text().contains("Unlink"), "it is still linked: {}", kept.text());
    }
}

mod by_domain {
    use super::*;

    async fn domains(backend: Backend) -> World {
        world_with(backend, "domains = [\"example.org\"]\n").await
    }

    on_both!(
        domains;
        an_address_leads_to_its_provider_and_others_to_the_password,
        what_an_app_hints_at_leads_straight_there,
        a_provider_that_is_away_leaves_the_password,
    );

    /// The page that asks for the name alone, filled in.
    async fn named(world: &World, browser: &mut Browser, name: &str) -> Page {
        let page = browser.open(&world.notes.authorization_url(&[])).await.page();
        assert!(!page.body.contains("name=\"password\""), "{}", page.body);
        browser.submit(&page, &[("username", name)], None).await.page()
    }

    async fn an_address_leads_to_its_provider_and_others_to_the_password(world: World) {
        let mut person = world.person();
        let page = named(&world, &mut person.at_hat, "Ada@Example.ORG").await;
        assert!(page.text().contains("On to Upstream"), "{}", page.text());
        let there = person.at_hat.open(&onward(&page)).await.away();
        assert_eq!(world.pushed(&there)["login_hint"], json!("Ada@Example.ORG"));
        let back = world.answer(&mut person, &there, ADA).await;
        let app = person.at_hat.open(back.as_str()).await.away();
        assert!(param(&app, "code").is_some(), "{app}");

        let linus = "linus@kernel.example";
        world.hat.add_user(linus, "Linus", None).await;
        let mut browser = world.hat.browser();
        let page = named(&world, &mut browser, linus).await;
        assert!(page.body.contains(&format!("value=\"{linus}\"")), "{}", page.body);
        let app = browser.submit(&page, &[("password", PASSWORD)], None).await.away();
        assert!(param(&app, "code").is_some(), "{app}");
    }

    async fn what_an_app_hints_at_leads_straight_there(world: World) {
        let url = world.notes.authorization_url(&[("login_hint", GRACE)]);
        let there = world.hat.browser().open(&url).await.away();
        assert_eq!(world.pushed(&there)["login_hint"], json!(GRACE));
    }

    async fn a_provider_that_is_away_leaves_the_password(world: World) {
        world.upstream.stop().await;
        let mut browser = world.hat.browser();
        let page = named(&world, &mut browser, ADA).await;
        let away = browser.open(&onward(&page)).await.page();
        assert_eq!(away.status, 503, "{}", away.text());
        let links = tags(&away.body);
        let mut links = links.iter().filter_map(|tag| tag.attribute("href"));
        let other = links.find(|href| href.contains("/login?interaction=")).expect("other ways");
        let page = browser.open(away.url.join(other).unwrap().as_str()).await.page();
        let app = browser.submit(&page, &[("password", PASSWORD)], None).await.away();
        assert!(param(&app, "code").is_some(), "{app}");
    }

    #[actix_web::test]
    async fn names_that_are_none_lead_nowhere() {
        let world = domains(Backend::Sqlite).await;
        for name in ["", "@", "@example.org@", "a\"b\\", &"x".repeat(300), "\u{0}\u{202e}"] {
            let page = named(&world, &mut world.hat.browser(), name).await;
            assert_eq!(page.status, 200, "{name:?}");
            assert!(page.body.contains("name=\"password\""), "{name:?}: {}", page.body);
        }
    }

    #[actix_web::test]
    async fn the_way_there_is_open_in_a_browser() {
        let world = domains(Backend::Sqlite).await;
        let chromium = Chromium::start(true).await;
        let folder = std::env::var_os("HATCHECK_TEST_SCREENSHOTS").map(std::path::PathBuf::from);
        chromium.open(&world.hat.url("/account")).await;
        chromium.shows("Continue").await;
        chromium.examine("sign-in-name", folder.as_deref()).await;
        chromium.fill("username", ADA).await;
        chromium.press("form button").await;
        // A form leads there, and its page's policy must not be in the way
        chromium.shows("E-mail address").await;
        chromium.fill("password", PASSWORD).await;
        chromium.press("form button").await;
        chromium.shows("Ada Lovelace").await;
        assert!(chromium.url().await.as_str().starts_with(&world.hat.url("/account")));
    }
}

/// Where the page goes on to.
fn onward(page: &Page) -> String {
    let links = tags(&page.body);
    let mut links = links.iter().filter_map(|tag| tag.attribute("href"));
    let link = links.find(|href| href.contains("/login/with")).expect("a link");
    page.url.join(link).unwrap().to_string()
}
