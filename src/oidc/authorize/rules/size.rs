//! How much may come in: what is kept of a request travels sealed in the URL of the sign-in pages, within the 8 kB
//! that a request line may have.

use crate::http::Params;
use crate::oidc::authorize::Untrusted;

/// The most bytes that the kept parameters may take together, as JSON.
///
/// Sealing adds 28 bytes, base64url a third; path, names and the steps of a sign-in take what is left of 8,192.
pub const MOST: usize = 4_096;

/// The parameters whose values are kept.
const KEPT: [&str; 10] = [
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "login_hint",
    "ui_locales",
    "acr_values",
    "claims_locales",
];

/// Refuses what could not travel.
pub fn judge(params: &Params) -> Result<(), Untrusted> {
    let kept = KEPT.iter().filter_map(|name| params.optional(name)).chain(params.all("resource"));
    let total: usize = kept.flat_map(str::bytes).map(in_json).sum();
    // It is JSON already, and the names in it are kept a second time, for the person to be asked
    let claims = params.optional("claims").map_or(0, |claims| claims.len() * 3 / 2);
    if total + claims > MOST { Err(Untrusted::TooLong) } else { Ok(()) }
}

/// The bytes that one takes in a JSON text.
const fn in_json(byte: u8) -> usize {
    match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
        0..0x20 => 6,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Digest, Identity, Interaction, Linking, Progress, Purpose, RegisteredUri};
    use crate::model::{RedirectUri, SessionId, Timestamp, UserId};

    #[test]
    fn aut_08_a_huge_scope_list_is_refused() {
        let words: Vec<_> = (0..5_000).map(|n| format!("word{n}")).collect();
        let params = Params::parse(format!("scope={}", words.join("+")).as_bytes()).unwrap();
        assert_eq!(judge(&params), Err(Untrusted::TooLong));
    }

    #[test]
    fn aut_01_a_state_of_2_000_characters_fits() {
        let state = "%F0%9F%94%91".repeat(1_000);
        let text = format!("client_id=notes&redirect_uri=https://rp.example/cb&state={state}");
        assert_eq!(judge(&Params::parse(text.as_bytes()).unwrap()), Ok(()));
    }

    #[test]
    fn the_longest_request_fits_into_a_request_line() {
        let uri = [RegisteredUri::parse("https://rp.example/cb", false).unwrap()];
        let text = r#"{"client_id":"","redirect_uri":"","response":["code id_token token","form_post"],"scopes":"","state":"","nonce":"","code_challenge":"","prompts":["login","consent","select_account"],"max_age":18446744073709551615,"login_hint":"","hinted_user":"00000000-0000-0000-0000-000000000000","acr":"urn:hatcheck:acr:2fa","essential_acr":["urn:hatcheck:acr:1fa","urn:hatcheck:acr:2fa"],"details":{"claims":{"id_token":{},"userinfo":{}},"singles":[],"resources":[],"locales":[]},"ui_locales":"","once":{"kind":"pushed","id":"0000000000000000000000000000000000000000000","until":10000000000}}"#;
        let mut request: crate::model::AuthorizationRequest = serde_json::from_str(text).unwrap();
        request.redirect_uri = RedirectUri::of("https://rp.example/cb", &uri).unwrap();
        request.state = Some("\"".repeat((MOST - uri[0].as_str().len()) / 2));
        let now = Timestamp::from_seconds(10_000_000_000);
        let session = Some(SessionId::new(now, &[0; 10]));
        let interaction = Interaction {
            purpose: Purpose::Authorize(Box::new(request)),
            started_at: now,
            browser: Digest::of("x"),
            session: Some(Digest::of("x")),
            progress: Progress {
                password: Some((UserId::new(now, &[0; 10]), now)),
                upstream: None,
                username: Some("x".repeat(254)),
                linking: Some(Linking {
                    identity: Identity { provider: "x".repeat(40), subject: "x".repeat(255) },
                    shown: "x".repeat(60),
                    proved: session,
                }),
                persistent: true,
                chosen: session,
                consented: session,
                declined: Some(Digest::of("x")),
                denied: true,
            },
        };
        let sealed = (serde_json::to_string(&interaction).unwrap().len() + 16 + 28 + 16) * 4 / 3;
        let line = "GET /authorize/resume?interaction= HTTP/1.1\r\n".len() + sealed;
        assert!(line < 8_192 - 100, "{line}");
    }
}
