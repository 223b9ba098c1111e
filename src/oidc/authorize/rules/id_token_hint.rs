//! `id_token_hint`: OpenID Connect Core sections 3.1.2.1 and 3.1.2.2.

use serde_json::Value;

use crate::keys::SignedToken;
use crate::model::{Prompt, UserId};
use crate::oidc::authorize::Refusal;

/// What the hint says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// There is none.
    Absent,
    /// Not an ID token of ours, or one whose key is gone.
    Unverified,
    /// The person it was issued about.
    User(UserId),
}

/// Reads an ID token whose signature was looked at. It may have expired, and may be another app's: it tells who the
/// person is expected to be, and proves nothing about the app.
pub fn read(verified: Option<&SignedToken>, issuer: &str) -> Hint {
    let text = |name| verified.and_then(|token| token.claims.get(name)).and_then(Value::as_str);
    let ours = text("iss") == Some(issuer);
    let user = text("sub").filter(|_| ours).and_then(|sub| sub.parse().ok());
    user.map_or(Hint::Unverified, Hint::User)
}

/// Who has to be signed in. Whom nobody can name is not signed in: that is the answer that `prompt=none` understands.
pub fn judge(hint: Hint, prompts: &[Prompt]) -> Result<Option<UserId>, Refusal> {
    match hint {
        Hint::Absent => Ok(None),
        Hint::User(user) => Ok(Some(user)),
        Hint::Unverified if prompts.contains(&Prompt::None) => Err(Refusal::LoginRequired),
        Hint::Unverified => Err(Refusal::Hint),
    }
}

/// The hint and a wanted `sub` have to name the same person (section 3.1.2.2).
pub fn joined(hinted: Option<UserId>, wanted: Option<UserId>) -> Result<Option<UserId>, Refusal> {
    match (hinted, wanted) {
        (Some(hinted), Some(wanted)) if hinted != wanted => Err(Refusal::SubjectUnknown),
        (hinted, wanted) => Ok(hinted.or(wanted)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Timestamp;

    #[test]
    fn core_3_1_2_2_the_hint_was_issued_by_us() {
        let user = UserId::new(Timestamp::from_seconds(1), &[7; 10]);
        let token = |iss: &str, sub: &str| SignedToken {
            typ: Some("JWT".into()),
            kid: "k".into(),
            claims: json!({"iss": iss, "sub": sub, "exp": 0}).as_object().unwrap().clone(),
        };
        let read = |token: Option<SignedToken>| read(token.as_ref(), "https://id.example");
        let sub = user.to_string();
        assert_eq!(read(Some(token("https://id.example", &sub))), Hint::User(user));
        assert_eq!(read(Some(token("https://evil.example", &sub))), Hint::Unverified);
        assert_eq!(read(Some(token("https://id.example", "x"))), Hint::Unverified);
        assert_eq!(read(None), Hint::Unverified);
    }

    #[test]
    fn lgo_05_what_is_no_id_token_of_ours_is_refused() {
        let error = |prompts: &[Prompt]| judge(Hint::Unverified, prompts).unwrap_err().error();
        assert_eq!(error(&[]), "invalid_request");
        assert_eq!(error(&[Prompt::None]), "login_required");
        assert_eq!(judge(Hint::Absent, &[]).unwrap(), None);
    }

    #[test]
    fn core_3_1_2_2_hint_and_wanted_sub_name_the_same_person() {
        let user = |byte| UserId::new(Timestamp::from_seconds(1), &[byte; 10]);
        let joined = |hinted, wanted| joined(hinted, wanted).map_err(|refusal| refusal.error());
        assert_eq!(joined(None, None), Ok(None));
        assert_eq!(joined(Some(user(1)), None), Ok(Some(user(1))));
        assert_eq!(joined(None, Some(user(1))), Ok(Some(user(1))));
        assert_eq!(joined(Some(user(1)), Some(user(1))), Ok(Some(user(1))));
        assert_eq!(joined(Some(user(1)), Some(user(2))), Err("login_required"));
    }
}
