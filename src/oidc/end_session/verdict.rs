//! Who is signed out without being asked, and where it leads: RP-Initiated Logout sections 2 to 4, purely.

use super::{Hint, Problem, Request};
use crate::model::{Client, ClientId, RedirectUri, RegisteredUri, UserId, Username, nearest};
use crate::session::SignedIn;

/// What the person chose on the confirmation page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Sign out.
    Allow,
    /// Stay signed in.
    Deny,
    /// Nobody was shown the page that this came from.
    Forged,
}

/// Whom `logout_hint` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meant {
    /// Whoever is signed in, or nobody in particular.
    ThisPerson,
    /// As far as can be told, somebody else.
    AnotherPerson,
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nobody is signed in: straight to where it leads.
    Nothing,
    /// The session ends.
    End,
    /// A page tells what is wrong, or asks.
    Ask,
    /// The person wants to stay.
    Stay,
    /// The form is refused.
    Forged,
}

/// Decides. `sound`: nothing is wrong with the request.
pub(super) fn judge(
    signed_in: Option<&SignedIn>,
    hint: &Hint,
    sound: bool,
    meant: Meant,
    decision: Option<Decision>,
) -> Next {
    let Some(signed_in) = signed_in else {
        return if sound { Next::Nothing } else { Next::Ask };
    };
    match decision {
        Some(Decision::Forged) => Next::Forged,
        Some(Decision::Deny) => Next::Stay,
        Some(Decision::Allow) => Next::End,
        None if sound && meant == Meant::ThisPerson && means(hint, signed_in) => Next::End,
        None => Next::Ask,
    }
}

/// Reads `logout_hint`: a name or address as people sign in with, or the `sub` or `sid` of an ID token (section 2).
/// `sub`: what the app that asks calls a person.
pub(super) fn meant(
    request: &Request,
    signed_in: Option<&SignedIn>,
    sub: impl FnOnce(UserId) -> String,
) -> Meant {
    let (Some(hint), Some(SignedIn { session, user })) = (&request.logout_hint, signed_in) else {
        return Meant::ThisPerson;
    };
    let this = Username::canonical(hint) == user.username
        || hint.eq_ignore_ascii_case(&user.email)
        || *hint == session.id.to_string()
        || *hint == sub(user.id);
    if this { Meant::ThisPerson } else { Meant::AnotherPerson }
}

/// Whether the hint is about this session, or about this person in another one.
fn means(hint: &Hint, signed_in: &SignedIn) -> bool {
    match hint {
        Hint::Absent | Hint::Unverified => false,
        Hint::Verified { user, session, .. } => {
            *session == Some(signed_in.session.id) || *user == Some(signed_in.user.id)
        }
    }
}

/// The app that asks, by the hint, by `client_id`, or by both when they agree.
pub(super) fn client_id(request: &Request, hint: &Hint) -> Result<Option<ClientId>, Problem> {
    if let Some(problem) = &request.problem {
        return Err(problem.clone());
    }
    let named = match &request.client_id {
        Some(text) => Some(ClientId::parse(text).ok_or(Problem::ClientUnknown)?),
        None => None,
    };
    match (hint, named) {
        (Hint::Unverified, _) => Err(Problem::Hint),
        (Hint::Absent, named) => Ok(named),
        (Hint::Verified { client, .. }, Some(named)) if *client != named => {
            Err(Problem::ClientMismatch)
        }
        (Hint::Verified { client, .. }, _) => Ok(Some(client.clone())),
    }
}

/// The registered address that was asked for: the gate for addresses after a sign-out.
pub(super) fn uri(
    request: &Request,
    client: Option<&Client>,
) -> Result<Option<RedirectUri>, Problem> {
    match (&request.uri, client) {
        (_, None) if request.client_id.is_some() => Err(Problem::ClientUnknown),
        (Some(_), None) => Err(Problem::NoClient),
        (None, _) => Ok(None),
        (Some(received), Some(client)) => {
            let registered = &client.metadata.post_logout_redirect_uris;
            RedirectUri::of(received, registered).map(Some).ok_or_else(|| Problem::Unregistered {
                received: received.chars().take(300).collect(),
                nearest: nearest(received, registered)
                    .map(RegisteredUri::as_str)
                    .map(str::to_owned),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::User;
    use crate::model::{Acr, Authentication, Claims, Digest, Session, SessionId, Timestamp};
    use crate::oidc::authorize::rules::tests::client;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn session_id(n: u8) -> SessionId {
        SessionId::new(at(0), &[n; 10])
    }

    fn user_id(n: u8) -> UserId {
        UserId::new(at(0), &[n; 10])
    }

    fn alice() -> SignedIn {
        let authentication = Authentication { time: at(0), acr: Acr::OneFactor, amr: vec![] };
        SignedIn {
            session: Session {
                id: session_id(1),
                cookie: Digest::of("cookie"),
                user_id: user_id(1),
                authentication,
                persistent: false,
                user_agent: String::new(),
                created_at: at(0),
                seen_at: at(0),
                ended_at: None,
                only_for: None,
            },
            user: User {
                id: user_id(1),
                username: Username::canonical("alice@hat.example"),
                email: String::new(),
                email_verified: false,
                name: String::new(),
                claims: Claims::default(),
                admin: false,
                disabled_at: None,
                totp: None,
                created_at: at(0),
                updated_at: at(0),
            },
        }
    }

    fn hint(user: u8, session: u8) -> Hint {
        Hint::Verified {
            client: ClientId::parse("notes").unwrap(),
            user: Some(user_id(user)),
            session: Some(session_id(session)),
        }
    }

    #[test]
    fn lgo_02_only_a_hint_of_the_person_who_is_signed_in_asks_nothing() {
        for (hint, sound, next) in [
            (hint(1, 1), true, Next::End),
            (hint(1, 9), true, Next::End),
            (hint(2, 9), true, Next::Ask),
            (Hint::Absent, true, Next::Ask),
            (Hint::Unverified, false, Next::Ask),
            (hint(1, 1), false, Next::Ask),
        ] {
            let judged = judge(Some(&alice()), &hint, sound, Meant::ThisPerson, None);
            assert_eq!(judged, next, "{hint:?} {sound}");
            let judged = judge(Some(&alice()), &hint, sound, Meant::AnotherPerson, None);
            assert_eq!(judged, Next::Ask, "{hint:?} {sound}");
        }
    }

    #[test]
    fn rp_initiated_logout_2_logout_hint_can_mean_somebody_else_and_proves_nothing() {
        let (sub, sid) = (format!("sub of {}", user_id(1)), session_id(1).to_string());
        let other = format!("sub of {}", user_id(2));
        for (hint, expected) in [
            (None, Meant::ThisPerson),
            (Some("alice@hat.example"), Meant::ThisPerson),
            (Some(" ALICE@hat.example "), Meant::ThisPerson),
            (Some(sub.as_str()), Meant::ThisPerson),
            (Some(sid.as_str()), Meant::ThisPerson),
            (Some("bob@hat.example"), Meant::AnotherPerson),
            (Some(other.as_str()), Meant::AnotherPerson),
        ] {
            let request = Request { logout_hint: hint.map(str::to_owned), ..Request::default() };
            let sub = |user: UserId| format!("sub of {user}");
            assert_eq!(meant(&request, Some(&alice()), sub), expected, "{hint:?}");
            assert_eq!(meant(&request, None, sub), Meant::ThisPerson);
            let next = judge(Some(&alice()), &Hint::Absent, true, expected, None);
            assert_eq!(next, Next::Ask, "it saves nobody the question");
        }
    }

    #[test]
    fn pain_9_however_it_is_asked_for_it_can_end_signed_out() {
        for hint in [hint(1, 1), hint(2, 9), Hint::Absent, Hint::Unverified] {
            for sound in [true, false] {
                for meant in [Meant::ThisPerson, Meant::AnotherPerson] {
                    let ask = |decision| judge(Some(&alice()), &hint, sound, meant, Some(decision));
                    assert_eq!(ask(Decision::Allow), Next::End);
                    assert_eq!(ask(Decision::Deny), Next::Stay);
                    assert_eq!(ask(Decision::Forged), Next::Forged);
                }
            }
            let nobody = |sound| judge(None, &hint, sound, Meant::ThisPerson, None);
            assert_eq!(nobody(true), Next::Nothing);
            assert_eq!(nobody(false), Next::Ask);
        }
    }

    #[test]
    fn lgo_01_and_lgo_02_only_the_registered_address_of_the_app_that_asks_is_gone_to() {
        let notes = client(&json!({"post_logout_redirect_uris": ["https://rp.example/out"]}));
        let ask = |uri: &str, client: Option<&Client>| {
            let request = Request { uri: Some(uri.to_owned()), ..Request::default() };
            super::uri(&request, client).map(|uri| uri.is_some())
        };
        assert_eq!(ask("https://rp.example/out", Some(&notes)), Ok(true));
        assert_eq!(ask("https://rp.example/out", None), Err(Problem::NoClient));
        for wrong in [
            "https://evil.example/out",
            "https://rp.example/out/extra",
            "https://rp.example@evil.example/out",
            "https://a@rp.example:443@evil.example/out",
            "https://rp.example\\@evil.example/out",
            "https://rp.example/out#x",
            "https://rp.example/out%00.evil.example",
            "https://rp.example/out/../other",
            "https://rp.example/out/%2e%2e/other",
            "https://rp.example/out?next=https://evil.example",
            "http://rp.example/out",
            "https://RP.example/out",
            "https://rp.example:443/out",
            "https://rp.example/out/",
            "https://xn--p-exa.example/out",
            "https://rp.example/cb",
        ] {
            let refused = ask(wrong, Some(&notes));
            assert!(matches!(refused, Err(Problem::Unregistered { .. })), "{wrong}");
        }
    }

    #[test]
    fn rp_initiated_logout_2_hint_and_client_id_have_to_agree() {
        let ask = |named: Option<&str>, hint: &Hint| {
            let client_id = named.map(str::to_owned);
            let request = Request { client_id, ..Request::default() };
            super::client_id(&request, hint).map(|id| id.map(|id| id.to_string()))
        };
        let notes = Some("notes".to_owned());
        assert_eq!(ask(None, &Hint::Absent), Ok(None));
        assert_eq!(ask(Some("notes"), &Hint::Absent), Ok(notes.clone()));
        assert_eq!(ask(None, &hint(1, 1)), Ok(notes.clone()));
        assert_eq!(ask(Some("notes"), &hint(1, 1)), Ok(notes));
        assert_eq!(ask(Some("other"), &hint(1, 1)), Err(Problem::ClientMismatch));
        assert_eq!(ask(Some("notes"), &Hint::Unverified), Err(Problem::Hint));
    }
}
