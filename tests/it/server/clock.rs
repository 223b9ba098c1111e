//! Clocks that are set: nothing comes back to life, and no token expires before it was issued.

use crate::both;
use crate::support::client::claims_of;
use crate::support::*;

const ADA: &str = "ada@example.org";

fn sound(tokens: &Tokens) {
    for token in std::iter::once(&tokens.access_token).chain(&tokens.id_token) {
        let claims = claims_of(token);
        assert!(claims["exp"].as_i64() > claims["iat"].as_i64(), "{claims:?}");
    }
}

both! {
    async fn cra_06_a_clock_that_is_set_revives_nothing(app: TestApp) {
        // The keys are of the moment of the start
        app.later(2 * 86_400);
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        let spent = app.authorize(&mut browser, &notes, ADA, &[]).await;
        let first = notes.redeem(&spent).await.tokens();
        let waiting = app.authorize(&mut browser, &notes, ADA, &[]).await;
        let revoked = app.authorize(&mut browser, &notes, ADA, &[]).await;
        let revoked = notes.redeem(&revoked).await.tokens().refresh_token.unwrap();
        assert_eq!(notes.post("/revoke", &[("token", &revoked)]).await.status, 200);

        app.later(3_600);
        assert_eq!(notes.redeem(&waiting).await.error(), (400, "invalid_grant".into()));
        let later = notes.refresh(first.refresh_token.as_ref().unwrap()).await.tokens();
        sound(&later);

        app.later(-7_200);
        let again = app.authorize(&mut app.browser(), &notes, ADA, &[]).await;
        sound(&notes.redeem(&again).await.tokens());
        let back = notes.refresh(later.refresh_token.as_ref().unwrap()).await;
        if back.status == 200 {
            sound(&back.tokens());
        }
        assert_eq!(notes.refresh(&revoked).await.error(), (400, "invalid_grant".into()));
        assert_eq!(notes.redeem(&spent).await.error(), (400, "invalid_grant".into()));
    }

    async fn cra_06_in_1970_it_refuses_and_lives(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        let code = app.authorize(&mut browser, &notes, ADA, &[]).await;
        let held = notes.redeem(&code).await.tokens().refresh_token.unwrap();
        let now = app.app.now().seconds();
        app.later(-now);
        for path in ["/health/live", "/jwks", "/.well-known/openid-configuration"] {
            assert_eq!(app.get(path).await.status, 200, "{path}");
        }
        for path in ["/account", "/login", "/health/ready"] {
            assert!(app.get(path).await.status < 600, "{path}");
        }
        let refreshed = notes.refresh(&held).await;
        if refreshed.status == 200 {
            sound(&refreshed.tokens());
        }
        let redeemed = notes.redeem(&code).await;
        assert_ne!(redeemed.status, 200, "a spent code stays spent");
        app.later(now);
        let code = app.authorize(&mut app.browser(), &notes, ADA, &[]).await;
        sound(&notes.redeem(&code).await.tokens());
        assert_eq!(app.get("/health/live").await.status, 200);
    }
}
