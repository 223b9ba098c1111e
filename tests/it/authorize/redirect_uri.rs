//! The redirect gate from outside: RFC 9700 section 2.1, OpenID Connect Core section 3.1.2.1.

use serde_json::json;

use crate::support::{Backend, TestApp};

/// A request with this redirect URI gets a page that neither redirects nor links there.
async fn is_answered_with_a_page(redirect_uri: &str) {
    let app = TestApp::start(Backend::Sqlite).await;
    let rp = app.add_client("rp", json!({ "redirect_uris": ["https://rp.example/cb"] })).await;
    let page =
        app.browser().open(&rp.authorization_url(&[("redirect_uri", redirect_uri)])).await.page();
    assert_eq!(page.status, 400);
    let words = page.text();
    assert!(words.contains("Invalid request") && words.contains("redirect_uri"), "{words}");
    let linked = format!("href=\"{redirect_uri}\"");
    assert!(!page.body.contains(&linked), "{}", page.body);
}

macro_rules! refused {
    ($($name:ident => $uri:literal,)+) => {$(
        #[actix_web::test]
        async fn $name() {
            is_answered_with_a_page($uri).await;
        }
    )+};
}

refused! {
    red_01_another_host => "https://evil.example/cb",
    red_02_a_path_appended => "https://rp.example/cb/extra",
    red_03_userinfo_before_another_host => "https://rp.example@evil.example/cb",
    red_04_several_at_signs => "https://a@rp.example:443@evil.example/cb",
    red_05_a_backslash_for_a_slash => "https://rp.example\\@evil.example/cb",
    red_06_a_fragment_appended => "https://rp.example/cb#x",
    red_07_an_encoded_nul => "https://rp.example/cb%00.evil.example",
    red_08_dot_segments => "https://rp.example/cb/../other",
    red_09_encoded_dot_segments => "https://rp.example/cb/%2e%2e/other",
    red_10_a_query_added => "https://rp.example/cb?next=https://evil.example",
    red_11_the_scheme_downgraded => "http://rp.example/cb",
    red_12_the_host_in_upper_case => "https://RP.example/cb",
    red_13_the_default_port_spelled_out => "https://rp.example:443/cb",
    red_14_a_slash_at_the_end => "https://rp.example/cb/",
    red_15_a_punycode_look_alike => "https://xn--p-exa.example/cb",
}
