//! `code_challenge` and `code_challenge_method`: RFC 7636 section 4.3, RFC 9700 section 2.1.1.

use crate::http::Params;
use crate::model::{Client, CodeBinding};

/// Why a request's code would be bound to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PkceError {
    /// A client that has to use PKCE does not.
    #[error("this client has to use PKCE: code_challenge is missing (RFC 9700 section 2.1.1)")]
    ChallengeMissing,
    /// A confidential client that sends neither.
    #[error(
        "the request holds neither code_challenge nor nonce: one of the two has to bind the code (RFC 9700 section 2.1.1)"
    )]
    NothingBindsTheCode,
    /// `plain`, or no method, which means `plain`.
    #[error(
        "code_challenge_method has to be S256; without it plain is meant, which is not offered (RFC 7636 section 4.2, RFC 9700 section 2.1.1)"
    )]
    ChallengeMethod,
    /// Not what SHA-256 gives.
    #[error(
        "code_challenge is no S256 challenge: it has 43 characters of base64url (RFC 7636 section 4.2)"
    )]
    ChallengeMalformed,
    /// A method, and no challenge.
    #[error("code_challenge_method is given without code_challenge (RFC 7636 section 4.3)")]
    MethodAlone,
}

impl PkceError {
    /// What mends it, for `hatcheck explain`.
    pub const fn mend(self) -> &'static str {
        match self {
            Self::ChallengeMissing | Self::NothingBindsTheCode => {
                "switch PKCE with S256 on in the app; a confidential client may send a nonce instead when it is \
                 registered without require_pkce"
            }
            Self::ChallengeMethod => {
                "send code_challenge_method=S256 and the challenge made with it"
            }
            Self::ChallengeMalformed => {
                "send the SHA-256 of the verifier in base64url without '=' at its end"
            }
            Self::MethodAlone => "send code_challenge as well, or leave the method out",
        }
    }
}

/// The S256 challenge. Public clients always send one; a confidential one may do without it as far as its profile says,
/// unless it registered `require_pkce`.
pub fn judge(
    params: &Params,
    client: &Client,
    binding: CodeBinding,
    has_nonce: bool,
) -> Result<Option<String>, PkceError> {
    let method = params.optional("code_challenge_method");
    let Some(challenge) = params.optional("code_challenge") else {
        return match method {
            Some(_) => Err(PkceError::MethodAlone),
            None if client.is_public() || client.metadata.require_pkce => {
                Err(PkceError::ChallengeMissing)
            }
            None => match binding {
                CodeBinding::PkceOrNonce if !has_nonce => Err(PkceError::NothingBindsTheCode),
                CodeBinding::PkceOrNonce | CodeBinding::State => Ok(None),
            },
        };
    };
    if method != Some("S256") {
        return Err(PkceError::ChallengeMethod);
    }
    let is_base64url = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if challenge.len() != 43 || !challenge.bytes().all(is_base64url) {
        return Err(PkceError::ChallengeMalformed);
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
