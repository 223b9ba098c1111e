use serde_json::json;

use super::*;
use crate::model::client::Metadata;
use crate::model::{
    Acr, Amr, Authentication, ClientId, GrantId, RedirectUri, Scopes, SessionId, UserId, days,
    seconds,
};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const REDIRECT_URI: &str = "https://rp.example/cb";

fn client(id: &str) -> Client {
    let metadata = json!({"redirect_uris": [REDIRECT_URI, "https://rp.example/other"]});
    Client {
        id: ClientId::parse(id).unwrap(),
        metadata: Metadata::from_json(metadata.as_object().unwrap().clone()).unwrap(),
        secrets: Vec::new(),
        created_at: NOW,
        updated_at: NOW,
    }
}

fn code(challenge: Option<&str>, scope: &str) -> Code {
    let registered = client("app").metadata.redirect_uris;
    Code {
        grant_id: GrantId::new(NOW, &[1; 10]),
        granted: false,
        client_id: ClientId::parse("app").unwrap(),
        user_id: UserId::new(NOW, &[2; 10]),
        session_id: SessionId::new(NOW, &[3; 10]),
        redirect_uri: RedirectUri::of(REDIRECT_URI, &registered).unwrap(),
        direct: false,
        scopes: Scopes::parse(scope).unwrap(),
        details: crate::model::Details::default(),
        nonce: None,
        code_challenge: challenge.map(str::to_owned),
        authentication: Authentication { time: NOW, acr: Acr::OneFactor, amr: vec![Amr::Pwd] },
        session_expires_at: NOW + days(1),
        issued_at: NOW,
    }
}

fn judged(
    client_id: &str,
    redirect_uri: &str,
    challenge: Option<&str>,
    verifier: Option<&str>,
) -> Result<(), Refusal> {
    let params = Params::default();
    let redirect_uri = Some(redirect_uri);
    let request = Request { params: &params, code: "c", redirect_uri, verifier };
    judge(&request, &client(client_id), &code(challenge, "openid"), seconds(60), NOW)
}

#[test]
fn cod_03_and_cod_04_and_pkc_01_and_pkc_02_what_must_fit() {
    let (some, with) = (Some(VERIFIER), Some(CHALLENGE));
    let wrong = Some("x".repeat(43));
    let wrong = wrong.as_deref();
    for (client_id, redirect_uri, challenge, verifier, expected) in [
        ("app", REDIRECT_URI, with, some, Ok(())),
        ("app", REDIRECT_URI, None, None, Ok(())),
        ("other", REDIRECT_URI, with, some, Err(Refusal::OtherClient)),
        ("app", "https://rp.example/other", with, some, Err(Refusal::RedirectUri)),
        ("app", "https://rp.example/cb?", with, some, Err(Refusal::RedirectUri)),
        ("app", REDIRECT_URI, with, None, Err(Refusal::VerifierMissing)),
        ("app", REDIRECT_URI, None, some, Err(Refusal::VerifierUnexpected)),
        ("app", REDIRECT_URI, with, wrong, Err(Refusal::VerifierWrong)),
        ("app", REDIRECT_URI, with, with, Err(Refusal::VerifierWrong)),
        // A wrong client learns nothing about the rest, and burns nothing
        ("other", "x", with, wrong, Err(Refusal::OtherClient)),
    ] {
        assert_eq!(judged(client_id, redirect_uri, challenge, verifier), expected);
    }
}

#[test]
fn cod_05_a_code_lives_for_a_minute() {
    let params = Params::default();
    let request =
        Request { params: &params, code: "c", redirect_uri: Some(REDIRECT_URI), verifier: None };
    let code = code(None, "openid");
    for (age, expected) in [(0, Ok(())), (59, Ok(())), (60, Err(Refusal::Expired))] {
        let now = NOW + seconds(age);
        assert_eq!(judge(&request, &client("app"), &code, seconds(60), now), expected);
    }
}

#[test]
fn rfc_7636_4_1_the_form_of_a_verifier() {
    for (verifier, fitting) in [
        ("a".repeat(42), false),
        ("a".repeat(43), true),
        ("a.-_~".repeat(20), true),
        ("a".repeat(128), true),
        ("a".repeat(129), false),
        ("é".repeat(43), false),
        (" ".repeat(43), false),
    ] {
        let challenge = Digest::of(&verifier);
        assert_eq!(fits(&verifier, challenge.as_str()), fitting, "{verifier}");
    }
}

#[test]
fn oidc_core_11_offline_access_outlives_the_session() {
    let lifetimes = Lifetimes {
        link: days(7),
        code: seconds(60),
        id_token: seconds(3_600),
        access_token: seconds(900),
        device_code: seconds(600),
        refresh_token: days(30),
        late_tab: seconds(60),
    };
    let made = |scope| {
        let grant = grant(&code(None, scope), Digest::of("c"), None, &lifetimes, NOW);
        (grant.offline, grant.expires_at)
    };
    assert_eq!(made("openid"), (false, NOW + days(1)));
    assert_eq!(made("openid offline_access"), (true, NOW + days(30)));
}
