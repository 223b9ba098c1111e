//! The ways through the pages.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;

use super::{ADA, BOB, PASSWORD, Site, Visitor, code};
use crate::model::{Acr, AuthorizationRequest, EndReason, EventKind, Prompt};
use crate::{session, store};

#[actix_web::test]
async fn ses_03_password_then_consent_then_back_to_the_app() {
    let site = Site::open();
    site.add_user(ADA, false);
    let (mut visitor, url) = site.visitor().await;
    assert_eq!(visitor.status, StatusCode::OK);
    assert!(visitor.body.contains("<h1>Sign in to Notes</h1>"), "{}", visitor.body);
    let stale_tab = visitor.clone();
    site.sign_in(&mut visitor, " ADA@example.org ", "wrong password").await;
    assert_eq!(visitor.status, StatusCode::OK);
    assert!(visitor.body.contains("role=\"alert\"") && visitor.body.contains("ADA@example.org"));
    assert_eq!(visitor.cookie("session"), None);
    site.sign_in(&mut visitor, ADA, PASSWORD).await;
    let first = visitor.cookie("session").unwrap().to_owned();
    assert_eq!(first.len(), 43);
    assert!(visitor.body.contains("Allow Notes access?"), "{}", visitor.body);
    site.submit(&mut visitor, "/login/consent", &[("decision", "allow")]).await;
    assert_eq!(
        (visitor.status, visitor.is_at("/authorize/resume?interaction=")),
        (StatusCode::SEE_OTHER, true)
    );
    // Back: the first page leads on without a password, and its form still signs in
    site.open_page(&mut visitor, &url).await;
    assert!(visitor.is_at("/authorize/resume"));
    visitor.body = stale_tab.body;
    site.sign_in(&mut visitor, ADA, PASSWORD).await;
    assert!(visitor.is_at("/authorize/resume"), "{}", visitor.body);
    assert_ne!(visitor.cookie("session").unwrap(), first);
    let fixed = Visitor { cookies: vec![("hatcheck-session".into(), first)], ..Visitor::default() };
    let mut fixed = fixed;
    site.send(&mut fixed, TestRequest::get().uri("/login")).await;
    assert!(fixed.is_at("/login?interaction="), "the old cookie is dead");
    site.send(&mut visitor, TestRequest::get().uri("/login")).await;
    assert_eq!(visitor.location, "/account");
}

#[actix_web::test]
async fn otp_01_and_otp_06_second_factors_are_asked_for_and_used_once() {
    let site = Site::open();
    site.add_user(BOB, true);
    let mut visitor = site.half_signed_in(BOB).await;
    assert!(visitor.body.contains("autocomplete=\"one-time-code\""), "{}", visitor.body);
    assert_eq!(visitor.cookie("session"), None);
    let second_step = visitor.clone();
    let now = code(&site);
    site.submit(&mut visitor, "/login/totp", &[("totp", &now)]).await;
    assert!(visitor.body.contains("Allow Notes access?"), "{}", visitor.body);
    let mut replay = second_step.clone();
    site.submit(&mut replay, "/login/totp", &[("totp", &now)]).await;
    assert!(replay.cookie("session").is_none() && replay.body.contains("This code is wrong"));
    let (_, recovery) = second_step.body.split_once("href=\"/login/recovery").unwrap();
    let recovery = format!("/login/recovery{}", recovery.split_once('"').unwrap().0);
    for (typed, signed_in) in
        [("zzzzz-zzzzz", false), ("ABCDE FGHJK", true), ("abcde-fghjk", false)]
    {
        let mut lost = second_step.clone();
        site.open_page(&mut lost, &recovery).await;
        site.submit(&mut lost, "/login/recovery", &[("recovery_code", typed)]).await;
        assert_eq!(lost.cookie("session").is_some(), signed_in, "{typed}");
    }
    // A password waits for ten minutes
    site.clock.advance(601);
    let mut late = second_step.clone();
    site.submit(&mut late, "/login/totp", &[("totp", &code(&site))]).await;
    assert!(late.cookie("session").is_none() && late.body.contains("name=\"password\""));
}

#[actix_web::test]
async fn otp_03_a_second_factor_is_locked_after_five_wrong_codes() {
    let site = Site::open();
    site.add_user(BOB, true);
    let (mut visitor, url) = site.visitor().await;
    site.sign_in(&mut visitor, BOB, PASSWORD).await;
    for _ in 0..5 {
        site.submit(&mut visitor, "/login/totp", &[("totp", "000000")]).await;
        assert_eq!(visitor.status, StatusCode::OK);
    }
    let right = code(&site);
    site.submit(&mut visitor, "/login/totp", &[("totp", &right)]).await;
    assert_eq!((visitor.status, visitor.cookie("session")), (StatusCode::TOO_MANY_REQUESTS, None));
    assert!(visitor.retry_after.is_some() && visitor.body.contains("15 minutes"));
    let events = site.app.read(|db| store::events::latest(db, 10)).await.unwrap();
    let locked = events.iter().filter(|event| event.kind == EventKind::SecondFactorLocked);
    assert_eq!(locked.count(), 1);
    site.clock.advance(15 * 60);
    let right = code(&site);
    site.open_page(&mut visitor, &url).await;
    site.sign_in(&mut visitor, BOB, PASSWORD).await;
    site.submit(&mut visitor, "/login/totp", &[("totp", &right)]).await;
    assert!(visitor.cookie("session").is_some());
}

#[actix_web::test]
async fn log_02_guesses_wait_and_the_owner_does_not() {
    let site = Site::open();
    site.add_user(ADA, false);
    let mut owner = Visitor::default();
    let mut guesser = Visitor::default();
    for visitor in [&mut owner, &mut guesser] {
        let url = site.begin(visitor, |_| ()).await;
        site.open_page(visitor, &url).await;
    }
    let form = owner.clone();
    site.sign_in(&mut owner, ADA, PASSWORD).await;
    assert!(owner.cookie("device").is_some());
    for waits in [0, 0, 0, 0, 0, 1, 2, 4] {
        site.clock.advance(waits);
        site.sign_in(&mut guesser, ADA, "wrong password").await;
        assert_eq!(guesser.status, StatusCode::OK);
    }
    site.sign_in(&mut guesser, ADA, PASSWORD).await;
    assert_eq!((guesser.status, guesser.cookie("session")), (StatusCode::TOO_MANY_REQUESTS, None));
    let wait: u64 = guesser.retry_after.clone().unwrap().parse().unwrap();
    assert!((1..=8).contains(&wait) && guesser.body.contains(&format!("Wait {wait} second")));
    owner.body = form.body;
    site.sign_in(&mut owner, ADA, PASSWORD).await;
    assert!(owner.body.contains("Allow Notes access?"), "{}", owner.body);
    // The address has its own count, over all accounts
    for n in 0..12 {
        site.sign_in(&mut guesser, &format!("user{n}@example.org"), "wrong password").await;
        assert_eq!(guesser.status, StatusCode::OK, "{n}");
    }
    site.sign_in(&mut guesser, "nobody@example.org", "wrong password").await;
    assert_eq!(guesser.status, StatusCode::TOO_MANY_REQUESTS);
}

#[actix_web::test]
async fn log_07_and_log_08_a_sign_in_goes_on_in_its_own_browser() {
    let site = Site::open();
    site.add_user(ADA, false);
    let mut attacker = Visitor::default();
    let url = site.begin(&mut attacker, |_| ()).await;
    site.open_page(&mut attacker, &url).await;
    let forged = attacker.form("/login");
    for origin in ["https://evil.example", "null"] {
        let fields = [("username", ADA), ("password", PASSWORD)];
        let request = forged.request(&fields).insert_header(("Origin", origin));
        site.send(&mut attacker, request).await;
        assert_eq!((attacker.status, attacker.cookie("session")), (StatusCode::FORBIDDEN, None));
    }
    let mut victim = Visitor::default();
    site.open_page(&mut victim, &url).await;
    assert!(victim.body.contains("started elsewhere") && victim.body.contains("cookies"));
    let here = victim.form("/login/here");
    let mut without_cookies = Visitor::default();
    site.send(&mut without_cookies, here.request(&[])).await;
    assert_eq!(without_cookies.status, StatusCode::BAD_REQUEST);
    assert!(without_cookies.body.contains("refuses cookies"));
    site.submit(&mut victim, "/login/here", &[]).await;
    assert!(victim.body.contains("name=\"password\""), "{}", victim.body);
    site.sign_in(&mut victim, ADA, PASSWORD).await;
    assert!(victim.body.contains("Allow Notes access?"));
    site.send(&mut attacker, TestRequest::get().uri("/login")).await;
    assert!(attacker.is_at("/login?interaction="), "still nobody");
}

#[actix_web::test]
async fn csr_02_choose_deny_and_cancel() {
    let site = Site::open();
    site.add_user(ADA, false);
    site.add_user(BOB, false);
    let mut visitor = Visitor::default();
    let select = |request: &mut AuthorizationRequest| request.prompts = vec![Prompt::SelectAccount];
    let url = site.begin(&mut visitor, select).await;
    site.open_page(&mut visitor, &url).await;
    let before = visitor.clone();
    site.sign_in(&mut visitor, ADA, PASSWORD).await;
    let consent = visitor.form("/login/consent");
    let url = site.begin(&mut visitor, select).await;
    site.open_page(&mut visitor, &url).await;
    assert!(visitor.body.contains("Choose an account"), "{}", visitor.body);
    site.submit(&mut visitor, "/login/account", &[("account", "other")]).await;
    assert!(visitor.body.contains("name=\"password\"") && !visitor.body.contains(ADA));
    site.sign_in(&mut visitor, BOB, PASSWORD).await;
    assert!(visitor.body.contains("signed in as bob@example.org"), "{}", visitor.body);
    // Ada's page in the other tab is of another session
    site.send(&mut visitor, consent.request(&[("decision", "allow")])).await;
    assert_eq!(visitor.status, StatusCode::FORBIDDEN);
    assert!(visitor.body.contains("href=\"/login?interaction="), "{}", visitor.body);
    let url = site.begin(&mut visitor, |_| ()).await;
    site.open_page(&mut visitor, &url).await;
    site.submit(&mut visitor, "/login/consent", &[("decision", "deny")]).await;
    assert!(visitor.is_at("/authorize/resume"));
    let mut gives_up = before;
    site.submit(&mut gives_up, "/login/cancel", &[("decision", "deny")]).await;
    assert!(gives_up.is_at("/authorize/resume") && gives_up.cookie("session").is_none());
    let sealed = gives_up.location.split_once('=').unwrap().1;
    let interaction = session::open_anywhere(&site.app, sealed).unwrap();
    assert!(interaction.progress.denied);
}

#[actix_web::test]
async fn core_3_1_2_1_prompt_login_and_step_up() {
    let site = Site::open();
    let bob = site.add_user(BOB, false);
    let mut visitor = site.half_signed_in(BOB).await;
    site.submit(&mut visitor, "/login/consent", &[("decision", "allow")]).await;
    let login = |request: &mut AuthorizationRequest| request.prompts = vec![Prompt::Login];
    let url = site.begin(&mut visitor, login).await;
    site.open_page(&mut visitor, &url).await;
    assert!(visitor.body.contains("needs a fresh sign-in"), "{}", visitor.body);
    assert!(visitor.body.contains("value=\"bob@example.org\""));
    site.sign_in(&mut visitor, BOB, PASSWORD).await;
    assert!(visitor.is_at("/authorize/resume"), "{}", visitor.body);
    // The authenticator app is set up, and another app asks for it
    site.add_totp(bob);
    let before = site.signed_in(&visitor).await.unwrap().session;
    site.clock.advance(60);
    let url = site.begin(&mut visitor, |request| request.acr = Some(Acr::TwoFactor)).await;
    site.open_page(&mut visitor, &url).await;
    assert!(visitor.body.contains("name=\"totp\""), "{}", visitor.body);
    let now = code(&site);
    site.submit(&mut visitor, "/login/totp", &[("totp", &now)]).await;
    assert!(visitor.is_at("/authorize/resume"), "{}", visitor.body);
    let after = site.signed_in(&visitor).await.unwrap().session;
    assert_eq!((after.id, after.authentication.time), (before.id, before.authentication.time));
    assert_eq!(after.authentication.acr, Acr::TwoFactor);
    assert_ne!(after.cookie, before.cookie);
}

#[actix_web::test]
async fn ses_04_and_ses_05_sessions_end() {
    let site = Site::open();
    let ada = site.add_user(ADA, false);
    let (mut visitor, url) = site.visitor().await;
    site.sign_in(&mut visitor, ADA, PASSWORD).await;
    let hour = 3_600;
    site.clock.advance(7 * hour);
    let session = site.signed_in(&visitor).await.unwrap().session;
    assert_eq!(site.signed_in(&visitor).await.unwrap().session.seen_at, site.app.now());
    let id = session.id;
    let stored = move |db: &mut store::Db| store::sessions::find(db, id);
    assert_ne!(site.app.read(stored).await.unwrap().unwrap().seen_at, site.app.now());
    session::flush(&site.app).await.unwrap();
    assert_eq!(site.app.read(stored).await.unwrap().unwrap().seen_at, site.app.now());
    site.clock.advance(4 * hour);
    assert!(site.signed_in(&visitor).await.is_some(), "used within 8 hours");
    site.clock.advance(hour + 1);
    assert!(site.signed_in(&visitor).await.is_none(), "12 hours are over");
    site.open_page(&mut visitor, &url).await;
    site.sign_in(&mut visitor, ADA, PASSWORD).await;
    let renewed = site.signed_in(&visitor).await.unwrap().session;
    assert_ne!(renewed.id, session.id);
    let now = site.app.now();
    site.app
        .write(move |db| store::sessions::end_of_user(db, ada, None, EndReason::Admin, now))
        .await
        .unwrap();
    assert!(site.signed_in(&visitor).await.is_none(), "ended by an admin");
    site.open_page(&mut visitor, &url).await;
    assert!(visitor.body.contains("name=\"password\""));
}
