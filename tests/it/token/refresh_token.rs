//! `grant_type=refresh_token`: RFC 6749 section 6, RFC 9700 section 4.14.

use crate::both;
use crate::support::*;

async fn first_tokens(app: &TestApp, client: &TestClient) -> Tokens {
    let code = app.authorize(&mut app.browser(), client, "ada@example.org", &[]).await;
    client.redeem(&code).await.tokens()
}

fn refresh_token(tokens: Tokens) -> String {
    tokens.refresh_token.expect("a refresh token")
}

both! {
    async fn ref_03_twenty_refreshes_at_once_get_the_same_successor(app: TestApp) {
        let notes = app.client("notes").await;
        let node = app.second_node().await;
        let first = refresh_token(first_tokens(&app, &notes).await);
        let tries: Vec<_> = (0..20)
            .map(|n| {
                let client = if n % 2 == 0 { notes.clone() } else { notes.at(&node.base) };
                let token = first.clone();
                actix_web::rt::spawn(async move { refresh_token(client.refresh(&token).await.tokens()) })
            })
            .collect();
        let mut successors = Vec::new();
        for each in tries {
            successors.push(each.await.unwrap());
        }
        successors.dedup();
        assert_eq!(successors.len(), 1);
        assert_ne!(successors[0], first);
    }

    async fn a_lost_answer_can_be_asked_for_again_after_ten_minutes(app: TestApp) {
        let notes = app.client("notes").await;
        let first = refresh_token(first_tokens(&app, &notes).await);
        let second = refresh_token(notes.refresh(&first).await.tokens());
        app.later(600);
        assert_eq!(refresh_token(notes.refresh(&first).await.tokens()), second);
    }

    async fn a_late_tab_does_no_harm_for_a_minute(app: TestApp) {
        let notes = app.client("notes").await;
        let first = refresh_token(first_tokens(&app, &notes).await);
        let second = refresh_token(notes.refresh(&first).await.tokens());
        let third = refresh_token(notes.refresh(&second).await.tokens());
        app.later(59);
        assert_eq!(notes.refresh(&first).await.error(), (400, "invalid_grant".into()));
        assert_eq!(notes.refresh(&third).await.status, 200);
    }

    async fn ref_01_and_ref_02_later_reuse_ends_the_family_also_after_a_restart(app: TestApp) {
        let notes = app.client("notes").await;
        let first = refresh_token(first_tokens(&app, &notes).await);
        let second = refresh_token(notes.refresh(&first).await.tokens());
        let newest = notes.refresh(&second).await.tokens();
        app.later(61);
        let node = app.second_node().await;
        assert_eq!(notes.at(&node.base).refresh(&first).await.error(), (400, "invalid_grant".into()));
        assert_eq!(app.userinfo(&newest.access_token).await.0, 401);
        assert_eq!(notes.refresh(&refresh_token(newest)).await.error(), (400, "invalid_grant".into()));
    }

    async fn ref_04_a_refresh_token_is_good_for_its_client_only(app: TestApp) {
        let notes = app.client("notes").await;
        let photos = app.client("photos").await;
        let token = refresh_token(first_tokens(&app, &notes).await);
        assert_eq!(photos.refresh(&token).await.error(), (400, "invalid_grant".into()));
        assert_eq!(notes.refresh(&token).await.status, 200);
    }

    async fn ref_05_scopes_do_not_grow(app: TestApp) {
        let notes = app.client("notes").await;
        let code = app.authorize(&mut app.browser(), &notes, "ada@example.org", &[("scope", "openid offline_access")]).await;
        let token = refresh_token(notes.redeem(&code).await.tokens());
        let grown = [("grant_type", "refresh_token"), ("refresh_token", &token), ("scope", "openid email offline_access")];
        assert_eq!(notes.post("/token", &grown).await.error(), (400, "invalid_scope".into()));
        let same = [("grant_type", "refresh_token"), ("refresh_token", &token), ("scope", "openid offline_access")];
        assert_eq!(notes.post("/token", &same).await.status, 200);
    }

    async fn ref_06_a_family_has_an_absolute_life(app: TestApp) {
        let notes = app.client("notes").await;
        let mut token = refresh_token(first_tokens(&app, &notes).await);
        for _ in 0..29 {
            app.later(86_400);
            token = refresh_token(notes.refresh(&token).await.tokens());
        }
        app.later(2 * 86_400);
        assert_eq!(notes.refresh(&token).await.error(), (400, "invalid_grant".into()));
    }
}
