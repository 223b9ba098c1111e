//! A first sign-in by a provider, where an account is here already: it is linked after its person has proved it to be theirs.

use super::*;

async fn create(backend: Backend) -> World {
    world_with(backend, "").await
}

async fn link(backend: Backend) -> World {
    world_with(backend, "first_sign_in = \"link\"\n").await
}

/// The subjects by which an account is linked.
async fn linked(world: &World, email: &str) -> Vec<String> {
    let id = world.hat.person(email).await.id;
    let all = world.hat.app.read(move |db| hatcheck::store::identities::of_user(db, id)).await;
    all.unwrap().into_iter().map(|identity| identity.subject).collect()
}

/// The sign-in page to which the first sign-in by the provider leads.
async fn asked(world: &World, person: &mut Person, email: &str) -> Page {
    let page = world.sign_in(person, &world.notes.authorization_url(&[]), email).await.page();
    assert_eq!(page.url.path(), "/login", "{}", page.text());
    page
}

mod an_account_of_that_address {
    use super::*;

    on_both!(
        create;
        is_linked_after_its_password_and_a_press,
        fed_05_is_linked_after_its_second_factor_as_well,
        is_left_alone_without_the_press,
        fed_05_a_proof_is_for_the_identity_that_it_was_asked_for,
        who_is_signed_in_already_proves_it_again,
    );

    async fn is_linked_after_its_password_and_a_press(world: World) {
        let mut person = world.person();
        let page = asked(&world, &mut person, ADA).await;
        assert!(
            page.text().contains("An account with your address is here already"),
            "{}",
            page.text()
        );
        let page = person.at_hat.submit(&page, &[("password", PASSWORD)], None).await.page();
        assert_eq!(page.url.path(), "/login/linking", "{}", page.text());
        assert!(page.text().contains("You are Ada Lovelace at Upstream"), "{}", page.text());
        assert_eq!(linked(&world, ADA).await.len(), 0, "nothing without a press");
        let app = person.at_hat.submit(&page, &[], Some("Link")).await.away();
        assert!(param(&app, "code").is_some(), "{app}");
        let theirs = world.upstream.person(ADA).await.id.to_string();
        assert_eq!(linked(&world, ADA).await, [theirs]);
        let tokens = world.tokens(&mut world.person(), ADA, &[]).await;
        let (_, who) = world.hat.userinfo(&tokens.access_token).await;
        assert_eq!(who["sub"], json!(world.hat.person(ADA).await.id), "and opens it ever after");
    }

    async fn fed_05_is_linked_after_its_second_factor_as_well(world: World) {
        world.hat.give_totp(ADA).await;
        let mut person = world.person();
        let page = asked(&world, &mut person, ADA).await;
        let page = person.at_hat.submit(&page, &[("password", PASSWORD)], None).await.page();
        assert_eq!(page.url.path(), "/login/totp", "{}", page.text());
        let code = world.hat.totp_code();
        let page = person.at_hat.submit(&page, &[("totp", &code)], None).await.page();
        person.at_hat.submit(&page, &[], Some("Link")).await.away();
        assert_eq!(linked(&world, ADA).await.len(), 1);
    }

    async fn is_left_alone_without_the_press(world: World) {
        let mut person = world.person();
        let page = asked(&world, &mut person, ADA).await;
        let page =
            person.at_hat.submit(&page, &[("password", "not the password")], None).await.page();
        assert_eq!(page.url.path(), "/login", "{}", page.text());
        let page = person.at_hat.submit(&page, &[("password", PASSWORD)], None).await.page();
        let app = person.at_hat.submit(&page, &[], Some("Go on without linking")).await.away();
        assert!(param(&app, "code").is_some(), "{app}");
        assert_eq!(linked(&world, ADA).await.len(), 0);
    }

    /// Two tabs: in one somebody is Ada there, in the other Grace. What is proved in one tab counts in that one alone.
    async fn fed_05_a_proof_is_for_the_identity_that_it_was_asked_for(world: World) {
        let mut person = world.person();
        let first = asked(&world, &mut person, ADA).await;
        let mut other = Person { at_upstream: world.upstream.browser(), at_hat: person.at_hat };
        let second = asked(&world, &mut other, GRACE).await;
        let ada = [("username", ADA), ("password", PASSWORD)];
        let page = other.at_hat.submit(&second, &ada, None).await.page();
        assert!(page.text().contains("You are Grace Hopper at Upstream"), "{}", page.text());
        let page = other.at_hat.open(first.url.as_str()).await.page();
        assert_eq!(page.url.path(), "/login", "she is asked again: {}", page.text());
        let forced = first.url.as_str().replace("/login?", "/login/linking?");
        let page = other.at_hat.open(&forced).await.page();
        assert_eq!(page.url.path(), "/login", "she is asked again: {}", page.text());
        assert_eq!(linked(&world, ADA).await.len(), 0);
    }

    async fn who_is_signed_in_already_proves_it_again(world: World) {
        let mut person = Person {
            at_hat: world.hat.signed_in(ADA).await,
            at_upstream: world.upstream.browser(),
        };
        let url = world.notes.authorization_url(&[("prompt", "login")]);
        let page = world.sign_in(&mut person, &url, ADA).await.page();
        assert_eq!(page.url.path(), "/login", "{}", page.text());
        let page = person.at_hat.submit(&page, &[("password", PASSWORD)], None).await.page();
        assert_eq!(page.url.path(), "/login/linking", "{}", page.text());
    }
}

mod where_nobody_gets_a_new_account {
    use super::*;

    on_both!(
        link;
        people_link_the_one_that_they_have,
        an_identity_that_got_an_account_meanwhile_is_not_linked_twice,
    );

    async fn people_link_the_one_that_they_have(world: World) {
        world.upstream.add_user("linus@kernel.example", "Linus", None).await;
        let mut person = world.person();
        let page = asked(&world, &mut person, "linus@kernel.example").await;
        assert!(
            page.text().contains("Nobody here is linked to Linus at Upstream"),
            "{}",
            page.text()
        );
        let ada = [("username", ADA), ("password", PASSWORD)];
        let page = person.at_hat.submit(&page, &ada, None).await.page();
        person.at_hat.submit(&page, &[], Some("Link")).await.away();
        assert_eq!(linked(&world, ADA).await.len(), 1);
    }

    async fn an_identity_that_got_an_account_meanwhile_is_not_linked_twice(world: World) {
        world.upstream.add_user("linus@kernel.example", "Linus", None).await;
        let mut people = [world.person(), world.person()];
        let mut pages = Vec::new();
        for (person, email) in people.iter_mut().zip([ADA, GRACE]) {
            let page = asked(&world, person, "linus@kernel.example").await;
            let who = [("username", email), ("password", PASSWORD)];
            let page = person.at_hat.submit(&page, &who, None).await.page();
            pages.push(if page.url.path() == "/login/totp" {
                let code = world.hat.totp_code();
                person.at_hat.submit(&page, &[("totp", &code)], None).await.page()
            } else {
                page
            });
        }
        people[0].at_hat.submit(&pages[0], &[], Some("Link")).await.away();
        let page = people[1].at_hat.submit(&pages[1], &[], Some("Link")).await.page();
        assert!(page.text().contains("Another account here is linked"), "{}", page.text());
        assert_eq!((linked(&world, ADA).await.len(), linked(&world, GRACE).await.len()), (1, 0));
        let on = people[1].at_hat.submit(&page, &[], Some("Go on without linking")).await.away();
        assert!(param(&on, "code").is_some(), "{on}");
    }
}

#[actix_web::test]
async fn log_08_who_goes_on_in_another_browser_links_nothing_that_was_begun_elsewhere() {
    let world = create(Backend::Sqlite).await;
    let page = asked(&world, &mut world.person(), ADA).await;
    let mut victim = world.hat.browser();
    let here = victim.open(page.url.as_str()).await.page();
    let page = victim.submit(&here, &[], None).await.page();
    let ada = [("username", ADA), ("password", PASSWORD)];
    let app = victim.submit(&page, &ada, None).await.away();
    assert!(param(&app, "code").is_some(), "straight to the app: {app}");
    assert_eq!(linked(&world, ADA).await.len(), 0);
}

#[actix_web::test]
async fn the_pages_are_in_order_in_a_browser() {
    let world = create(Backend::Sqlite).await;
    let chromium = Chromium::start(true).await;
    let folder = std::env::var_os("HATCHECK_TEST_SCREENSHOTS").map(std::path::PathBuf::from);
    chromium.open(&world.hat.url("/account")).await;
    chromium.press(".others a").await;
    chromium.shows("Sign in to").await;
    chromium.fill("username", ADA).await;
    chromium.fill("password", PASSWORD).await;
    chromium.press("form button").await;
    chromium.shows("An account with your address is here already").await;
    chromium.examine("linking-proof", folder.as_deref()).await;
    chromium.fill("password", PASSWORD).await;
    chromium.press("form button").await;
    chromium.shows("Link with Upstream").await;
    chromium.examine("linking", folder.as_deref()).await;
    chromium.press("button[value=yes]").await;
    chromium.shows("Ada Lovelace").await;
}
