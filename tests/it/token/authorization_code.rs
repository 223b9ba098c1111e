//! `grant_type=authorization_code`: RFC 6749 section 4.1.3, RFC 7636, OpenID Connect Core section 3.1.3.

use serde_json::json;

use crate::both;
use crate::support::client::{VERIFIER, claims_of, header_of};

both! {
    async fn a_code_gives_verified_tokens(app: TestApp) {
        let notes = app.client("notes").await;
        let code = app.authorize(&mut app.browser(), &notes, "ada@example.org", &[]).await;
        let answer = notes.redeem(&code).await;
        let tokens = answer.tokens();
        assert_eq!(answer.headers["cache-control"], "no-store");
        let json = answer.json();
        assert_eq!(json["token_type"], "Bearer");
        assert_eq!(json["expires_in"], 900);
        let id_token = tokens.id_token.unwrap();
        assert_eq!(header_of(&id_token)["alg"], "RS256");
        let claims = claims_of(&id_token);
        assert_eq!(claims["iss"], app.issuer.as_str());
        assert_eq!(claims["aud"], "notes");
        assert_eq!(claims["nonce"], "the nonce");
        assert_eq!(claims["acr"], "urn:hatcheck:acr:1fa");
        assert_eq!(claims["amr"], json!(["pwd"]));
        assert!(!claims.contains_key("email"), "scope claims are at userinfo");
        assert_eq!(header_of(&tokens.access_token)["typ"], "at+jwt");
        let (status, info) = app.userinfo(&tokens.access_token).await;
        assert_eq!((status, &info["sub"], &info["email"]), (200, &claims["sub"], &json!("ada@example.org")));
    }

    async fn cod_01_a_replayed_code_ends_the_tokens_it_gave(app: TestApp) {
        let notes = app.client("notes").await;
        let code = app.authorize(&mut app.browser(), &notes, "ada@example.org", &[]).await;
        let tokens = notes.redeem(&code).await.tokens();
        assert_eq!(app.userinfo(&tokens.access_token).await.0, 200);
        assert_eq!(notes.redeem(&code).await.error(), (400, "invalid_grant".into()));
        assert_eq!(app.userinfo(&tokens.access_token).await.0, 401);
        let refreshed = notes.refresh(&tokens.refresh_token.unwrap()).await;
        assert_eq!(refreshed.error(), (400, "invalid_grant".into()));
    }

    async fn cod_02_of_fifty_redemptions_at_once_exactly_one_succeeds(app: TestApp) {
        let notes = app.client("notes").await;
        let node = app.second_node().await;
        let mut browser = app.browser();
        for _ in 0..3 {
            let code = app.authorize(&mut browser, &notes, "ada@example.org", &[]).await;
            let tries = (0..50).map(|n| {
                let client = if n % 2 == 0 { notes.clone() } else { notes.at(&node.base) };
                let code = code.clone();
                actix_web::rt::spawn(async move { client.redeem(&code).await })
            });
            let tries: Vec<_> = tries.collect();
            let mut good = 0;
            for each in tries {
                let answer = each.await.unwrap();
                match answer.status {
                    200 => good += 1,
                    _ => assert_eq!(answer.error(), (400, "invalid_grant".into())),
                }
            }
            assert_eq!(good, 1);
        }
    }

    async fn cod_03_and_cod_04_a_code_is_good_for_its_client_and_redirect_uri_only(app: TestApp) {
        let two = json!({ "redirect_uris": ["https://two.example/a", "https://two.example/b"] });
        let two = app.add_client("two", two).await;
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        let code = app.authorize(&mut browser, &two, "ada@example.org", &[]).await;
        assert_eq!(notes.redeem(&code).await.error(), (400, "invalid_grant".into()));
        let mut elsewhere = two.clone();
        "https://two.example/b".clone_into(&mut elsewhere.redirect_uri);
        assert_eq!(elsewhere.redeem(&code).await.error(), (400, "invalid_grant".into()));
    }

    async fn cod_05_a_code_is_good_for_a_minute(app: TestApp) {
        let notes = app.client("notes").await;
        let code = app.authorize(&mut app.browser(), &notes, "ada@example.org", &[]).await;
        app.later(61);
        assert_eq!(notes.redeem(&code).await.error(), (400, "invalid_grant".into()));
    }

    async fn pkc_01_pkc_02_and_pkc_05_the_verifier_has_to_fit(app: TestApp) {
        let notes = app.client("notes").await;
        let mut browser = app.browser();
        let code = app.authorize(&mut browser, &notes, "ada@example.org", &[]).await;
        let without = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &notes.redirect_uri)];
        assert_eq!(notes.post("/token", &without).await.error(), (400, "invalid_grant".into()));

        let code = app.authorize(&mut browser, &notes, "ada@example.org", &[]).await;
        let wrong = VERIFIER.replace('d', "e");
        assert_eq!(notes.redeem_with(&code, &wrong).await.error(), (400, "invalid_grant".into()));
        assert_eq!(notes.redeem(&code).await.error(), (400, "invalid_grant".into()), "it is burnt");

        let plain = [("code_challenge", ""), ("code_challenge_method", "")];
        let code = app.authorize(&mut browser, &notes, "ada@example.org", &plain).await;
        assert_eq!(notes.redeem(&code).await.error(), (400, "invalid_grant".into()), "no challenge, but a verifier");
    }
}
