//! Signing out here, and at the provider as well: RP-Initiated Logout at both.

use super::*;

const OUT: &str = "https://rp.example/out";

async fn world(backend: Backend) -> World {
    world_with(backend, "sign_out_there = true\n").await
}

/// Whether somebody is signed in in this browser.
async fn is_signed_in(browser: &mut Browser, app: &TestApp) -> bool {
    !browser.open(&app.url("/account")).await.page().body.contains("name=\"password\"")
}

/// Signs in to a new app that has an address after sign-outs; its ID token.
async fn signed_in(world: &World, person: &mut Person, email: &str, more: Value) -> String {
    let mut members = json!({"skip_consent": true, "post_logout_redirect_uris": [OUT]});
    members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let app = world.hat.add_client("diary", members).await;
    let url = app.authorization_url(&[("scope", "openid")]);
    let landing = world.sign_in(person, &url, email).await;
    let back = match landing {
        Landing::Away(back) => back,
        Landing::Page(page) => {
            let code = world.hat.totp_code();
            person.at_hat.submit(&page, &[("totp", &code)], None).await.away()
        }
    };
    app.redeem(&param(&back, "code").unwrap()).await.tokens().id_token.unwrap()
}

fn end_session(world: &World, id_token: &str) -> String {
    let mut url = url::Url::parse(&world.hat.url("/end-session")).unwrap();
    url.query_pairs_mut()
        .append_pair("id_token_hint", id_token)
        .append_pair("post_logout_redirect_uri", OUT)
        .append_pair("state", "a&b");
    url.to_string()
}

on_both!(
    world;
    one_sign_out_of_an_app_ends_all_three,
    one_sign_out_on_the_account_page_ends_both,
    who_showed_a_second_factor_here_is_signed_out_there_as_well,
    a_provider_that_is_away_keeps_nobody_signed_in_here,
);

async fn one_sign_out_of_an_app_ends_all_three(world: World) {
    world.forget_at_hat(ADA).await;
    let mut person = world.person();
    let id_token = signed_in(&world, &mut person, ADA, json!({})).await;
    assert!(is_signed_in(&mut person.at_upstream, &world.upstream).await);
    let there = person.at_hat.open(&end_session(&world, &id_token)).await.away();
    assert!(there.as_str().starts_with(&world.upstream.url("/end-session?")), "{there}");
    assert!(!is_signed_in(&mut person.at_hat, &world.hat).await, "it ends here first");
    let back = person.at_upstream.open(there.as_str()).await.away();
    assert!(back.as_str().starts_with(&world.hat.url("/end-session/done?state=")), "{back}");
    let app = person.at_hat.open(back.as_str()).await.away();
    assert_eq!(app.as_str(), "https://rp.example/out?state=a%26b");
    assert!(!is_signed_in(&mut person.at_upstream, &world.upstream).await);
    let again = person.at_hat.open(&end_session(&world, &id_token)).await.away();
    assert_eq!(
        again.as_str(),
        "https://rp.example/out?state=a%26b",
        "there is nothing left to end"
    );
}

async fn one_sign_out_on_the_account_page_ends_both(world: World) {
    world.forget_at_hat(ADA).await;
    let mut person = world.person();
    let members = json!({"frontchannel_logout_uri": "https://diary.example/frame"});
    signed_in(&world, &mut person, ADA, members).await;
    let account = person.at_hat.open(&world.hat.url("/account")).await.page();
    let page = person.at_hat.submit(&account, &[], Some("Sign out")).await.page();
    assert!(
        page.body.contains("src=\"https://diary.example/frame"),
        "first the apps: {}",
        page.body
    );
    assert!(page.text().contains("signed out of Upstream as well"), "{}", page.text());
    let links = tags(&page.body);
    let next = links.iter().find(|tag| tag.attribute("id") == Some("next")).unwrap();
    let back = person.at_upstream.open(next.attribute("href").unwrap()).await.away();
    let page = person.at_hat.open(back.as_str()).await.page();
    assert!(page.text().contains("You are signed out"), "{}", page.text());
    assert!(!page.body.contains("id=\"next\""), "it ends there: {}", page.body);
    assert!(!is_signed_in(&mut person.at_hat, &world.hat).await);
    assert!(!is_signed_in(&mut person.at_upstream, &world.upstream).await);
}

async fn who_showed_a_second_factor_here_is_signed_out_there_as_well(world: World) {
    world.forget_at_hat(ADA).await;
    world.tokens(&mut world.person(), ADA, &[]).await;
    world.hat.give_totp(ADA).await;
    let mut person = world.person();
    let id_token = signed_in(&world, &mut person, ADA, json!({})).await;
    let there = person.at_hat.open(&end_session(&world, &id_token)).await.away();
    assert!(param(&there, "id_token_hint").is_some(), "{there}");
    person.at_upstream.open(there.as_str()).await.away();
    assert!(!is_signed_in(&mut person.at_upstream, &world.upstream).await);
}

async fn a_provider_that_is_away_keeps_nobody_signed_in_here(world: World) {
    world.forget_at_hat(ADA).await;
    let mut person = world.person();
    let id_token = signed_in(&world, &mut person, ADA, json!({})).await;
    world.upstream.stop().await;
    world.hat.later(2 * 24 * 3_600);
    let out = person.at_hat.open(&end_session(&world, &id_token)).await.away();
    assert_eq!(out.as_str(), "https://rp.example/out?state=a%26b");
    assert!(!is_signed_in(&mut person.at_hat, &world.hat).await);
}

#[actix_web::test]
async fn whoever_signs_out_here_stays_signed_in_there_unless_the_connector_says_otherwise() {
    let world = world_with(Backend::Sqlite, "").await;
    world.forget_at_hat(ADA).await;
    let mut person = world.person();
    let id_token = signed_in(&world, &mut person, ADA, json!({})).await;
    person.at_hat.open(&end_session(&world, &id_token)).await.away();
    assert!(is_signed_in(&mut person.at_upstream, &world.upstream).await);
}

#[actix_web::test]
async fn csr_04_nothing_leads_on_that_was_not_begun_here() {
    let world = world_with(Backend::Sqlite, "sign_out_there = true\n").await;
    for state in ["", "x", "a.b", &"A".repeat(3_000)] {
        let url = world.hat.url(&format!("/end-session/done?state={state}"));
        let page = world.hat.browser().open(&url).await.page();
        assert!(page.text().contains("You are signed out"), "{}", page.text());
    }
}

#[actix_web::test]
async fn front_channel_logout_2_a_frame_of_the_provider_ends_the_session_that_it_names() {
    let world = world_with(Backend::Sqlite, "").await;
    world.forget_at_hat(ADA).await;
    let (mut person, mut elsewhere) = (world.person(), world.person());
    world.tokens(&mut person, ADA, &[]).await;
    world.tokens(&mut elsewhere, ADA, &[]).await;
    let sid =
        world.upstream.sessions_of(ADA).await.iter().map(|session| session.id.to_string()).min();
    let sid = sid.unwrap();
    let frame = |iss: &str, sid: &str| {
        let mut url = url::Url::parse(&world.hat.url("/login/frontchannel/up")).unwrap();
        url.query_pairs_mut().append_pair("iss", iss).append_pair("sid", sid);
        url.to_string()
    };
    let issuer = world.upstream.issuer.clone();
    let mut stranger = world.hat.browser();
    for (url, status) in [
        (frame("https://eve.example", &sid), 400),
        (frame(&issuer, ""), 400),
        (world.hat.url("/login/frontchannel/up"), 400),
        (frame(&issuer, &sid).replace("/up?", "/nobody?"), 400),
        (frame(&issuer, "another"), 200),
    ] {
        assert_eq!(stranger.open(&url).await.page().status, status, "{url}");
    }
    let open = async || {
        world.hat.sessions_of(ADA).await.iter().filter(|session| session.ended_at.is_none()).count()
    };
    assert_eq!(open().await, 2);
    let page = stranger.open(&frame(&issuer, &sid)).await.page();
    assert_eq!((page.status, page.header("x-frame-options")), (200, ""), "a frame may show it");
    assert_eq!(open().await, 1);
}
