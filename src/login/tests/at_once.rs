//! Many tries at once.

use actix_web::http::StatusCode;

use super::{ADA, BOB, Site, Visitor, code};

/// Sends the form that a visitor has open, so many times at once; the answers.
async fn at_once(
    site: &Site,
    visitor: &Visitor,
    path: &str,
    fields: &[(&str, &str)],
) -> Vec<Visitor> {
    let mut visitors = vec![visitor.clone(); 50];
    let tries = visitors.iter_mut().map(|visitor| site.submit(visitor, path, fields));
    let mut tries: Vec<_> = tries.map(Box::pin).collect();
    std::future::poll_fn(|context| {
        tries.retain_mut(|each| each.as_mut().poll(context).is_pending());
        if tries.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    drop(tries);
    visitors
}

#[actix_web::test]
async fn log_02_guesses_at_once_do_not_outrun_the_count() {
    let site = Site::open();
    site.add_user(ADA, false);
    let (visitor, _) = site.visitor().await;
    let fields = [("username", ADA), ("password", "wrong password")];
    let answers = at_once(&site, &visitor, "/login", &fields).await;
    let tried = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
    let told = answers.iter().filter(|answer| answer.status == StatusCode::TOO_MANY_REQUESTS);
    assert!((5..=7).contains(&tried), "{tried}: five, and one after each second that this took");
    assert_eq!(told.count(), 50 - tried);
}

#[actix_web::test]
async fn otp_01_of_one_code_at_once_one_signs_in() {
    let site = Site::open();
    site.add_user(BOB, true);
    let visitor = site.half_signed_in(BOB).await;
    let now = code(&site);
    let answers = at_once(&site, &visitor, "/login/totp", &[("totp", &now)]).await;
    let signed_in = answers.iter().filter(|answer| answer.cookie("session").is_some()).count();
    assert_eq!(signed_in, 1);
}

#[actix_web::test]
async fn otp_06_of_one_recovery_code_at_once_one_signs_in() {
    let site = Site::open();
    site.add_user(BOB, true);
    let mut visitor = site.half_signed_in(BOB).await;
    let (_, query) = visitor.body.split_once("/login/recovery").unwrap();
    let url = format!("/login/recovery{}", query.split_once('"').unwrap().0);
    site.open_page(&mut visitor, &url).await;
    let fields = [("recovery_code", "abcde-fghjk")];
    let answers = at_once(&site, &visitor, "/login/recovery", &fields).await;
    let signed_in = answers.iter().filter(|answer| answer.cookie("session").is_some()).count();
    assert_eq!(signed_in, 1);
}
