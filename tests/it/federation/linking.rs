//! Linking on the account page: with a fresh sign-in here, a sign-in there, and a press of a button.

use super::*;

/// Whom the provider alone knows.
const LINUS: &str = "linus@kernel.example";
const PROVIDERS: &str = "/account/providers";

/// Where the page's link leads to link a provider.
async fn leave_to_link(world: &World, person: &mut Person) -> url::Url {
    let page = person.at_hat.open(&world.hat.url(PROVIDERS)).await.page();
    assert_eq!(page.url.path(), PROVIDERS, "{}", page.text());
    let link = link_to(&page, "Link Upstream");
    person.at_hat.open(&link).await.away()
}

/// The page that asks whether that is them.
async fn asked(world: &World, person: &mut Person, email: &str) -> Page {
    let request = leave_to_link(world, person).await;
    let asked = world.pushed(&request);
    assert_eq!(asked["prompts"], json!(["login"]), "they show themselves there");
    let back = world.answer(person, &request, email).await;
    person.at_hat.open(back.as_str()).await.page()
}

async fn signed_in_here(world: &World) -> Person {
    world.upstream.add_user(LINUS, "Linus", None).await;
    Person { at_hat: world.hat.signed_in(ADA).await, at_upstream: world.upstream.browser() }
}

on_both!(
    world;
    people_link_their_account_sign_in_by_it_and_unlink_it,
    the_last_way_in_is_not_taken,
    an_identity_that_is_somebody_elses_is_not_linked,
    csr_03_nobody_is_linked_by_what_somebody_else_began,
);

async fn people_link_their_account_sign_in_by_it_and_unlink_it(world: World) {
    let mut person = signed_in_here(&world).await;
    let page = asked(&world, &mut person, LINUS).await;
    assert!(page.text().contains("You are Linus at Upstream"), "{}", page.text());
    let nothing = person.at_hat.open(&world.hat.url(PROVIDERS)).await.page();
    assert!(!nothing.text().contains("Unlink"), "nothing was linked without a press");
    let linked = person.at_hat.submit(&page, &[], Some("Yes")).await.page();
    assert!(linked.text().contains("Linked."), "{}", linked.text());
    let again = person.at_hat.submit(&page, &[], Some("Yes")).await.page();
    assert!(again.text().contains("Linked."), "twice is once: {}", again.text());
    let tokens = world.tokens(&mut world.person(), LINUS, &[]).await;
    let (_, who) = world.hat.userinfo(&tokens.access_token).await;
    assert_eq!(who["sub"], json!(world.hat.person(ADA).await.id), "whatever they are called there");
    let gone = person.at_hat.submit(&linked, &[], Some("Unlink")).await.page();
    assert!(gone.text().contains("No longer linked"), "{}", gone.text());
    let tokens = world.tokens(&mut world.person(), LINUS, &[]).await;
    let (_, who) = world.hat.userinfo(&tokens.access_token).await;
    assert_ne!(who["sub"], json!(world.hat.person(ADA).await.id));
}

async fn the_last_way_in_is_not_taken(world: World) {
    world.forget_at_hat(ADA).await;
    let mut person = world.person();
    let page = world.sign_in(&mut person, &world.hat.url(PROVIDERS), ADA).await.page();
    assert_eq!(page.url.path(), PROVIDERS, "{}", page.text());
    let kept = person.at_hat.submit(&page, &[], Some("Unlink")).await.page();
    assert_eq!(kept.status, 400);
    assert!(kept.text().contains("the only way into your account"), "{}", kept.text());
    world.hat.set_password(ADA, PASSWORD).await;
    let gone = person.at_hat.submit(&page, &[], Some("Unlink")).await.page();
    assert!(
        gone.text().contains("No longer linked"),
        "with a password there is another: {}",
        gone.text()
    );
}

async fn an_identity_that_is_somebody_elses_is_not_linked(world: World) {
    let mut person = signed_in_here(&world).await;
    world.tokens(&mut world.person(), LINUS, &[]).await;
    let page = asked(&world, &mut person, LINUS).await;
    let refused = person.at_hat.submit(&page, &[], Some("Yes")).await.page();
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("linked to another account"), "{}", refused.text());
}

async fn csr_03_nobody_is_linked_by_what_somebody_else_began(world: World) {
    let mut eve = Person { at_hat: world.hat.browser(), at_upstream: world.upstream.browser() };
    world.hat.add_user("eve@eve.example", "Eve", None).await;
    eve.at_hat = world.hat.signed_in("eve@eve.example").await;
    let mut ada = signed_in_here(&world).await;
    let request = leave_to_link(&world, &mut eve).await;
    let back = world.answer(&mut eve, &request, LINUS).await;
    assert_eq!(ada.at_hat.open(back.as_str()).await.page().status, 400, "in another browser");
    let page = eve.at_hat.open(back.as_str()).await.page();
    let shown = ada.at_hat.open(page.url.as_str()).await.page();
    assert!(!shown.text().contains("Is that you?"), "in another session: {}", shown.text());
    world.hat.later(11 * 60);
    let late = eve.at_hat.submit(&page, &[], Some("Yes")).await;
    let late = match late {
        Landing::Page(page) => page,
        Landing::Away(url) => panic!("{url}"),
    };
    assert!(!late.text().contains("Linked."), "too late: {}", late.text());
    let id = world.hat.person("eve@eve.example").await.id;
    let linked = world.hat.app.read(move |db| hatcheck::store::identities::of_user(db, id)).await;
    assert_eq!(linked.unwrap(), []);
}
