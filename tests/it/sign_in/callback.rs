//! Answers of an issuer that are not what they should be: RFC 9700 section 4, RFC 9207.

use super::*;

both! {
    async fn an_answer_counts_once_and_only_in_the_browser_that_asked(app: TestApp) {
        let journal = Journal::start(&app).await;
        let mut visitor = journal.visitor(&app);
        let request = visitor.page(&journal, "/").await.away();
        let back = app.sign_in(&mut visitor.at_server, request.as_str(), "ada@example.org").await.away();
        let mut other = journal.visitor(&app);
        let page = other.at_app.open(back.as_str()).await.page();
        assert_eq!(page.status, 400, "another browser");
        assert!(page.body.contains("/auth/login?to=%2F"), "with a way on: {}", page.body);
        let cookies = visitor.at_app.cookies.clone();
        assert_eq!(visitor.at_app.open(back.as_str()).await.page().status, 200);
        let again = visitor.at_app.open(back.as_str()).await.page();
        assert_eq!((again.status, again.url.path()), (200, "/"), "who went back just goes on");
        let mut thief = journal.visitor(&app);
        thief.at_app.cookies = cookies;
        let page = thief.at_app.open(back.as_str()).await.page();
        assert_eq!(page.status, 502, "the code was spent: {}", page.text());
        assert_eq!(thief.status(&journal.base).await, 401);
    }

    async fn tabs_do_not_disturb_each_other(app: TestApp) {
        let journal = Journal::start(&app).await;
        let mut visitor = journal.visitor(&app);
        let mut requests = Vec::new();
        for n in 0..5 {
            requests.push(visitor.page(&journal, &format!("/?tab={n}")).await.away());
        }
        for (n, request) in requests.iter().enumerate().rev() {
            let back = match visitor.at_server.open(request.as_str()).await {
                Landing::Away(back) => back,
                Landing::Page(_) => {
                    app.sign_in(&mut visitor.at_server, request.as_str(), "ada@example.org").await.away()
                }
            };
            let page = visitor.at_app.open(back.as_str()).await.page();
            assert_eq!(page.url.query(), Some(format!("tab={n}").as_str()), "{}", page.text());
        }
    }

    async fn a_login_page_that_was_open_for_a_day_still_works(app: TestApp) {
        let journal = Journal::start(&app).await;
        let mut visitor = journal.visitor(&app);
        let request = visitor.page(&journal, "/").await.away();
        app.later(23 * 3_600);
        let back = app.sign_in(&mut visitor.at_server, request.as_str(), "ada@example.org").await.away();
        assert_eq!(visitor.at_app.open(back.as_str()).await.page().status, 200);
    }

    async fn answers_that_were_changed_sign_nobody_in(app: TestApp) {
        let journal = Journal::start(&app).await;
        for (name, value, status) in [
            ("iss", Some("https://eve.example"), 502),
            ("iss", None, 502),
            ("state", Some("x"), 400),
            ("state", None, 400),
            ("code", Some("x"), 502),
            ("code", Some(""), 400),
            ("code", None, 400),
            ("error", Some("access_denied"), 403),
            ("error", Some("server_error"), 502),
        ] {
            let mut visitor = journal.visitor(&app);
            let request = visitor.page(&journal, "/").await.away();
            let mut back =
                app.sign_in(&mut visitor.at_server, request.as_str(), "ada@example.org").await.away();
            let mut pairs: Vec<(String, String)> = back.query_pairs().into_owned().collect();
            pairs.retain(|(known, _)| known != name);
            pairs.extend(value.map(|value| (name.to_owned(), value.to_owned())));
            back.query_pairs_mut().clear().extend_pairs(&pairs);
            let page = visitor.at_app.open(back.as_str()).await.page();
            assert_eq!(page.status, status, "{name} {value:?}: {}", page.text());
            assert_eq!(visitor.status(&journal.base).await, 401, "{name} {value:?}");
        }
        for query in ["", "state=a&state=a", "code=a&code=b", &format!("state={}", "x".repeat(5_000))] {
            let page = journal.visitor(&app).page(&journal, &format!("/auth/callback?{query}")).await;
            assert_eq!(page.page().status, 400, "{query}");
        }
    }

    async fn rfc_9700_section_4_5_a_code_of_another_attempt_does_not_fit(app: TestApp) {
        let journal = Journal::start(&app).await;
        let (mut ada, mut eve) = (journal.visitor(&app), journal.visitor(&app));
        let hers = eve.page(&journal, "/").await.away();
        let hers = app.sign_in(&mut eve.at_server, hers.as_str(), "grace@example.org").await.away();
        let request = ada.page(&journal, "/").await.away();
        let mut back = Url::parse(&format!("{}/auth/callback", journal.base)).unwrap();
        back.query_pairs_mut()
            .append_pair("state", &param(&request, "state").unwrap())
            .append_pair("code", &param(&hers, "code").unwrap())
            .append_pair("iss", &app.issuer);
        let page = ada.at_app.open(back.as_str()).await.page();
        assert_eq!(page.status, 502, "{}", page.text());
        assert_eq!(ada.status(&journal.base).await, 401, "nobody is signed in as somebody else");
    }
}
