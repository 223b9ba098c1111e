//! `code_challenge` and `code_challenge_method`: RFC 7636 section 4.3, RFC 9700 section 2.1.1.

use crate::http::Params;
use crate::model::{Client, CodeBinding};
use crate::oidc::authorize::Refusal;

/// The S256 challenge. Public clients always send one; a confidential one may do without it as far as its profile says,
/// unless it registered `require_pkce`.
pub fn judge(
    params: &Params,
    client: &Client,
    binding: CodeBinding,
    has_nonce: bool,
) -> Result<Option<String>, Refusal> {
    let method = params.optional("code_challenge_method");
    let Some(challenge) = params.optional("code_challenge") else {
        return match method {
            Some(_) => Err(Refusal::MethodAlone),
            None if client.is_public() || client.metadata.require_pkce => {
                Err(Refusal::ChallengeMissing)
            }
            None => match binding {
                CodeBinding::PkceOrNonce if !has_nonce => Err(Refusal::NothingBindsTheCode),
                CodeBinding::PkceOrNonce | CodeBinding::State => Ok(None),
            },
        };
    };
    if method != Some("S256") {
        return Err(Refusal::ChallengeMethod);
    }
    let is_base64url = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if challenge.len() != 43 || !challenge.bytes().all(is_base64url) {
        return Err(Refusal::ChallengeMalformed);
    }
    Ok(Some(challenge.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::client;
    use super::*;

    const GOOD: &str =
        "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

    fn ask(client: &Client, text: &str, has_nonce: bool) -> String {
        let params = Params::parse(text.as_bytes()).unwrap();
        let judged = judge(&params, client, CodeBinding::PkceOrNonce, has_nonce);
        judged.map_or_else(|refusal| format!("{refusal:?}"), |found| format!("{}", found.is_some()))
    }

    #[test]
    fn pkc_03_only_s256_is_taken() {
        let client = client(&json!({}));
        for (text, expected) in [
            (GOOD.to_owned(), "true"),
            (GOOD.replace("S256", "plain"), "ChallengeMethod"),
            (GOOD.replace("S256", "s256"), "ChallengeMethod"),
            (GOOD.replace("&code_challenge_method=S256", ""), "ChallengeMethod"),
            (GOOD.replace("-cM", "-c"), "ChallengeMalformed"),
            (GOOD.replace("-cM", "-c="), "ChallengeMalformed"),
            ("code_challenge_method=S256".to_owned(), "MethodAlone"),
        ] {
            assert_eq!(ask(&client, &text, true), expected, "{text}");
        }
    }

    #[test]
    fn pkc_04_and_rfc_9700_2_1_1_who_may_do_without() {
        let public = client(&json!({"token_endpoint_auth_method": "none"}));
        let strict = client(&json!({"require_pkce": true}));
        let confidential = client(&json!({}));
        for (client, has_nonce, expected) in [
            (&public, true, "ChallengeMissing"),
            (&strict, true, "ChallengeMissing"),
            (&confidential, true, "false"),
            (&confidential, false, "NothingBindsTheCode"),
        ] {
            assert_eq!(ask(client, "", has_nonce), expected);
        }
        for client in [&public, &strict, &confidential] {
            assert_eq!(ask(client, GOOD, false), "true");
        }
    }

    #[test]
    fn core_3_1_2_1_in_the_openid_profile_a_confidential_client_needs_neither() {
        let ask = |members, has_nonce| {
            let client = client(&members);
            judge(&Params::default(), &client, CodeBinding::State, has_nonce)
                .map_or_else(|refusal| format!("{refusal:?}"), |found| format!("{found:?}"))
        };
        assert_eq!(ask(json!({}), false), "None");
        assert_eq!(ask(json!({"require_pkce": true}), true), "ChallengeMissing");
        assert_eq!(ask(json!({"token_endpoint_auth_method": "none"}), true), "ChallengeMissing");
    }
}
