//! A login call without a browser: OAuth 2.0 for First-Party Applications.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::both;
use crate::login_call::{Login, Next};
use crate::support::client::{CHALLENGE, VERIFIER, claims_of};
use crate::support::*;

const ADA: &str = "ada@example.org";
const GRACE: &str = "grace@example.org";

/// The owner's own app.
async fn own(app: &TestApp, more: Value) -> TestClient {
    let mut members = json!({"first_party": true, "skip_consent": true});
    for (name, value) in more.as_object().unwrap() {
        members[name] = value.clone();
    }
    app.add_client("own", members).await
}

/// Asks; `more` adds parameters, and replaces those of the same name.
async fn challenge(client: &TestClient, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![
        ("username", ADA),
        ("password", PASSWORD),
        ("scope", "openid email offline_access"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    fields.extend(more);
    client.post("/authorize-challenge", &fields).await
}

/// Goes on with what the first answer gave.
async fn go_on(client: &TestClient, session: &str, proof: (&str, &str)) -> Answer {
    client.post("/authorize-challenge", &[("auth_session", session), proof]).await
}

async fn redeem(client: &TestClient, answer: &Answer) -> Answer {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let json = answer.json();
    let code = json["authorization_code"].as_str().unwrap();
    let fields =
        [("grant_type", "authorization_code"), ("code", code), ("code_verifier", VERIFIER)];
    client.post("/token", &fields).await
}

fn session_of(answer: &Answer) -> String {
    assert_eq!(answer.error(), (400, "insufficient_authorization".to_owned()), "{}", answer.body);
    assert_eq!(answer.json()["second_factor"], json!(["totp", "recovery_code"]));
    answer.json()["auth_session"].as_str().unwrap().to_owned()
}

both! {
    async fn a_password_gives_a_code_and_that_a_whole_session(app: TestApp) {
        let own = own(&app, json!({})).await;
        let answer = challenge(&own, &[]).await;
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert!(answer.headers.get("set-cookie").is_none());
        let tokens = redeem(&own, &answer).await.tokens();
        let claims = claims_of(tokens.id_token.as_ref().unwrap());
        assert_eq!((&claims["amr"], &claims["acr"]), (&json!(["pwd"]), &json!("urn:hatcheck:acr:1fa")));
        assert_eq!(app.userinfo(&tokens.access_token).await.1["email"], ADA);
        let fresh = own.refresh(tokens.refresh_token.as_ref().unwrap()).await.tokens();
        assert_eq!(redeem(&own, &answer).await.error(), (400, "invalid_grant".to_owned()), "once");
        assert_eq!(app.userinfo(&fresh.access_token).await.0, 401, "a replay ends it");
    }

    async fn section_5_2_who_has_a_second_factor_is_asked_for_it(app: TestApp) {
        let own = own(&app, json!({})).await;
        let session = session_of(&challenge(&own, &[("username", GRACE)]).await);
        let wrong = go_on(&own, &session, ("totp", "000000")).await;
        assert_eq!(wrong.error(), (400, "access_denied".to_owned()));
        let code = app.totp_code();
        let answer = go_on(&own, &session, ("totp", &code)).await;
        let claims = claims_of(redeem(&own, &answer).await.tokens().id_token.as_ref().unwrap());
        assert_eq!(claims["acr"], "urn:hatcheck:acr:2fa");
        assert_eq!(claims["amr"], json!(["pwd", "otp", "mfa"]));
        let again = go_on(&own, &session, ("totp", &code)).await;
        assert_eq!(again.error(), (400, "access_denied".to_owned()), "each code once");
    }

    async fn section_5_3_a_session_is_for_its_app_and_ten_minutes(app: TestApp) {
        let own = own(&app, json!({})).await;
        let other = app.add_client("other", json!({"first_party": true})).await;
        let session = session_of(&challenge(&own, &[("username", GRACE)]).await);
        let code = app.totp_code();
        for (client, session) in [(&other, session.as_str()), (&own, "x"), (&own, &"x".repeat(5_000))] {
            let answer = go_on(client, session, ("totp", &code)).await;
            assert_eq!(answer.error(), (400, "invalid_session".to_owned()));
        }
        app.later(600);
        let late = go_on(&own, &session, ("totp", &app.totp_code())).await;
        assert_eq!(late.error(), (400, "invalid_session".to_owned()));
    }

    async fn log_01_guesses_are_counted_with_those_of_the_pages_and_tell_nothing(app: TestApp) {
        let own = own(&app, json!({})).await;
        let told = |answer: &Answer| {
            let text = answer.json()["error_description"].as_str().unwrap().to_owned();
            (answer.error(), text.split(" (reference").next().unwrap().to_owned())
        };
        let unknown = told(&challenge(&own, &[("username", "nobody@example.org")]).await);
        let wrong = told(&challenge(&own, &[("password", "not the password")]).await);
        assert_eq!((unknown.clone(), unknown.0), (wrong, (400, "access_denied".to_owned())));
        for _ in 0..4 {
            challenge(&own, &[("password", "not the password")]).await;
        }
        let throttled = challenge(&own, &[]).await;
        assert_eq!(throttled.error(), (429, "slow_down".to_owned()));
        assert!(throttled.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() > 0);
        let page = app.browser().open(&app.url("/account")).await.page();
        let page = app.browser().submit(&page, &[("username", ADA), ("password", PASSWORD)], None).await;
        assert!(!matches!(page, Landing::Page(page) if page.url.path() == "/account"), "the pages wait too");
    }

    async fn otp_06_many_codes_at_once_are_no_more_tries(app: TestApp) {
        let own = own(&app, json!({})).await;
        let session = session_of(&challenge(&own, &[("username", GRACE)]).await);
        let codes: Vec<_> = (0..20).map(|n| format!("{n:06}")).collect();
        let guesses = codes.iter().map(|code| go_on(&own, &session, ("totp", code)));
        let answers = join_all(guesses).await;
        let tried = answers.iter().filter(|answer| answer.status == 400).count();
        assert!(tried <= 5, "{tried} were looked at");
        assert_eq!(go_on(&own, &session, ("totp", &app.totp_code())).await.status, 429);
    }

    async fn only_first_party_apps_may_ask_and_only_well(app: TestApp) {
        let own = own(&app, json!({})).await;
        let notes = app.client("notes").await;
        assert_eq!(challenge(&notes, &[]).await.error(), (400, "unauthorized_client".to_owned()));
        let mut wrong = own.clone();
        "wrong".clone_into(&mut wrong.secret);
        assert_eq!(challenge(&wrong, &[]).await.status, 401);
        for (more, error) in [
            (("username", ""), "invalid_request"),
            (("password", ""), "invalid_request"),
            (("redirect_uri", "https://eve.example/cb"), "invalid_request"),
            (("response_type", "token"), "unsupported_response_type"),
            (("code_challenge_method", "plain"), "invalid_request"),
            (("username", &"x".repeat(5_000)), "access_denied"),
        ] {
            let answer = challenge(&own, &[more]).await;
            assert!(answer.status == 400 && [error, "unauthorized_client"].contains(&answer.error().1.as_str()), "{more:?}: {}", answer.body);
        }
        let url = format!("{}?password=x", own.url("/authorize-challenge"));
        let in_url = app.http.post(url).basic_auth(&own.id, Some(&own.secret));
        let in_url = in_url.header("content-type", "application/x-www-form-urlencoded").body("username=a");
        assert_eq!(in_url.send().await.unwrap().status(), 400);
        let consent = app.add_client("asks", json!({"first_party": true})).await;
        assert_eq!(challenge(&consent, &[]).await.error(), (400, "redirect_to_web".to_owned()));
        app.disable(ADA).await;
        assert_eq!(challenge(&own, &[]).await.error(), (400, "access_denied".to_owned()));
    }

    async fn the_example_signs_in_and_out(app: TestApp) {
        let own = own(&app, json!({})).await;
        let login = Login::new(&app.issuer, &own.id, &own.secret);
        let Ok(Next::Done(tokens)) = login.password(ADA, PASSWORD).await else { panic!("no tokens") };
        assert!(tokens.refresh_token.is_some() && tokens.expires_in > 0);
        let tokens = login.renew(tokens).await.unwrap();
        login.sign_out(&tokens.access_token).await.unwrap();
        let Ok(Next::SecondFactor(wanted)) = login.password(GRACE, PASSWORD).await else { panic!("no question") };
        let tokens = login.second_factor(wanted, &app.totp_code()).await.unwrap();
        assert_eq!(app.userinfo(&tokens.access_token).await.0, 200);
        assert!(login.password(ADA, "not the password").await.is_err());
    }

    async fn a_public_app_needs_pkce(app: TestApp) {
        let public = own(&app, json!({"token_endpoint_auth_method": "none"})).await;
        let form = [("client_id", "own"), ("username", ADA), ("password", PASSWORD), ("scope", "openid")];
        let bare = public.send("/authorize-challenge", None, &form).await;
        assert_eq!(bare.error(), (400, "invalid_request".to_owned()));
        let form = [&form[..], &[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]].concat();
        let answer = public.send("/authorize-challenge", None, &form).await;
        let code = answer.json()["authorization_code"].as_str().unwrap().to_owned();
        let redeem = |verifier: &'static str| {
            let fields = [("grant_type", "authorization_code"), ("code", code.as_str()), ("client_id", "own"), ("code_verifier", verifier)];
            let fields = fields.map(|(name, value)| (name, value.to_owned()));
            let public = public.clone();
            async move {
                let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                public.send("/token", None, &fields).await
            }
        };
        assert_eq!(redeem(VERIFIER).await.status, 200);
    }
}
