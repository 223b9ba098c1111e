//! State in a sealed cookie, by the example, over HTTP.

use actix_web::web;

use crate::{actix_app, sealed_app};

/// An app with these secrets.
fn start(secrets: &[&str]) -> String {
    let secrets: Vec<_> = secrets.iter().map(|secret| secret.repeat(32)).collect();
    let cookie = web::Data::new(sealed_app::cookie(&secrets).unwrap());
    format!("{}/basket", actix_app(move |app| sealed_app::routes(app, &cookie)))
}

/// Puts something into the basket: the status, the basket, and the cookie as it is then.
async fn add(url: &str, cookie: &str, item: &str) -> (u16, String, String) {
    let request = reqwest::Client::new()
        .post(url)
        .header("cookie", cookie)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("item={item}"));
    let answer = request.send().await.unwrap();
    let set = answer.headers().get("set-cookie").map(|set| set.to_str().unwrap().to_owned());
    let pair = set.unwrap_or_default().split(';').next().unwrap().to_owned();
    (answer.status().as_u16(), answer.text().await.unwrap(), pair)
}

#[actix_web::test]
async fn a_basket_goes_with_the_browser_and_outlives_a_change_of_keys() {
    let (old, both, new) = (start(&["a"]), start(&["b", "a"]), start(&["b"]));
    let (_, _, first) = add(&old, "", "apples").await;
    assert!(first.starts_with("basket=") && !first.contains("apples"));
    let (_, basket, second) = add(&both, &first, "pears").await;
    assert_eq!(basket, r#"{"items":["apples","pears"]}"#);
    let (_, basket, _) = add(&new, &second, "plums").await;
    assert_eq!(basket, r#"{"items":["apples","pears","plums"]}"#, "it was sealed anew");
    let (_, basket, _) = add(&new, &first, "plums").await;
    assert_eq!(basket, r#"{"items":["plums"]}"#, "a key that is gone opens nothing");
    let (_, basket, _) = add(&new, &format!("{second}x"), "plums").await;
    assert_eq!(basket, r#"{"items":["plums"]}"#);
}

#[actix_web::test]
async fn a_basket_that_no_browser_would_keep_is_refused_in_words() {
    let url = start(&["a"]);
    // Nothing that packs well
    let long: String =
        (0..9_000_u32).map(|n| char::from(b'a' + (n * n % 8_191 % 26) as u8)).collect();
    let (status, told, cookie) = add(&url, "", &long).await;
    assert_eq!((status, cookie.as_str()), (413, ""), "{told}");
    assert!(told.contains("browsers keep 4096"), "{told}");
}
