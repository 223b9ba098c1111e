//! The first gate: everything that is issued passes here, by every grant and page.

use crate::model::client::GrantType;
use crate::model::{Client, Grant, Session, Timestamp, User};

/// Why nothing may be issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Barred {
    /// An admin shut the person out.
    #[error("the account is disabled")]
    UserDisabled,
    /// The session ended, or is past its time, and the grant hangs from it.
    #[error("the session has ended")]
    SessionEnded,
    /// The grant ended.
    #[error("the grant has ended")]
    GrantEnded,
    /// The grant is past its time.
    #[error("the grant is past its time")]
    GrantExpired,
    /// The client may not act for itself.
    #[error("the client is not registered to act for itself, or can't prove who it is")]
    ClientAlone,
    /// The grant, the session or the client belongs to somebody else.
    #[error("the grant belongs to another client, person or session")]
    Mismatch,
}

/// Whether something may be issued now. `session`: `None` when its row is gone; a grant with offline access
/// stands without it. `grant`: `None` before it exists (a code is being issued).
pub fn may_issue(
    user: &User,
    client: &Client,
    session: Option<&Session>,
    grant: Option<&Grant>,
    now: Timestamp,
) -> Result<(), Barred> {
    let fits = |session: &Session| session.user_id == user.id;
    if !session.is_none_or(fits) || !grant.is_none_or(|grant| belongs(grant, user, client, session))
    {
        return Err(Barred::Mismatch);
    }
    if user.disabled_at.is_some() {
        return Err(Barred::UserDisabled);
    }
    if let Some(grant) = grant {
        if grant.ended_at.is_some() {
            return Err(Barred::GrantEnded);
        }
        if grant.expires_at <= now {
            return Err(Barred::GrantExpired);
        }
    }
    let needs_session = grant.is_none_or(|grant| !grant.offline);
    if needs_session && session.is_none_or(|session| session.ended_at.is_some()) {
        return Err(Barred::SessionEnded);
    }
    Ok(())
}

/// Whether a client may have something for itself, without a person (RFC 6749 section 4.4: confidential clients only).
pub fn may_issue_to_client(client: &Client) -> Result<(), Barred> {
    let registered = client.metadata.grant_types.contains(&GrantType::ClientCredentials);
    if registered && !client.is_public() { Ok(()) } else { Err(Barred::ClientAlone) }
}

fn belongs(grant: &Grant, user: &User, client: &Client, session: Option<&Session>) -> bool {
    grant.user_id == user.id
        && grant.client_id == client.id
        && session.is_none_or(|session| session.id == grant.session_id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::client::Metadata;
    use crate::model::{
        Acr, Amr, Authentication, Claims, ClientId, Digest, GrantId, Scopes, SessionId, UserId,
        Username,
    };

    const NOW: Timestamp = Timestamp::from_seconds(1_000);
    const EARLIER: Timestamp = Timestamp::from_seconds(900);

    struct Facts {
        user: User,
        client: Client,
        session: Option<Session>,
        grant: Option<Grant>,
    }

    fn facts(offline: bool) -> Facts {
        let user_id = UserId::new(EARLIER, &[1; 10]);
        let session_id = SessionId::new(EARLIER, &[2; 10]);
        let authentication =
            Authentication { time: EARLIER, acr: Acr::OneFactor, amr: vec![Amr::Pwd] };
        let metadata = json!({"redirect_uris": ["https://rp.example/cb"]});
        let client = Client {
            id: ClientId::parse("notes").unwrap(),
            metadata: Metadata::from_json(metadata.as_object().unwrap().clone()).unwrap(),
            secrets: Vec::new(),
            created_at: EARLIER,
            updated_at: EARLIER,
        };
        let user = User {
            id: user_id,
            username: Username::canonical("ada@example.org"),
            email: "ada@example.org".to_owned(),
            email_verified: true,
            name: "Ada".to_owned(),
            claims: Claims::default(),
            admin: false,
            disabled_at: None,
            totp: None,
            created_at: EARLIER,
            updated_at: EARLIER,
        };
        let session = Session {
            id: session_id,
            cookie: Digest::of("cookie"),
            user_id,
            authentication: authentication.clone(),
            persistent: false,
            user_agent: String::new(),
            created_at: EARLIER,
            seen_at: EARLIER,
            ended_at: None,
            only_for: None,
        };
        let grant = Grant {
            id: GrantId::new(EARLIER, &[3; 10]),
            code: Digest::of("code"),
            user_id,
            client_id: client.id.clone(),
            session_id,
            scopes: Scopes::parse("openid").unwrap(),
            details: crate::model::Details::default(),
            authentication,
            offline,
            refresh: None,
            created_at: EARLIER,
            expires_at: Timestamp::from_seconds(1_001),
            ended_at: None,
        };
        Facts { user, client, session: Some(session), grant: Some(grant) }
    }

    fn judge(offline: bool, change: impl Fn(&mut Facts)) -> Result<(), Barred> {
        let mut facts = facts(offline);
        change(&mut facts);
        may_issue(&facts.user, &facts.client, facts.session.as_ref(), facts.grant.as_ref(), NOW)
    }

    fn end_session(facts: &mut Facts) {
        facts.session.as_mut().unwrap().ended_at = Some(EARLIER);
    }

    fn end_grant(facts: &mut Facts) {
        facts.grant.as_mut().unwrap().ended_at = Some(EARLIER);
    }

    #[test]
    fn log_09_a_disabled_person_gets_nothing_on_any_path() {
        let disable = |facts: &mut Facts| facts.user.disabled_at = Some(EARLIER);
        for offline in [false, true] {
            assert_eq!(judge(offline, |_| ()), Ok(()));
            assert_eq!(judge(offline, disable), Err(Barred::UserDisabled));
        }
        let before_the_grant = |facts: &mut Facts| {
            disable(facts);
            facts.grant = None;
        };
        assert_eq!(judge(false, before_the_grant), Err(Barred::UserDisabled));
    }

    #[test]
    fn what_ended_gives_nothing_and_offline_access_outlives_the_session() {
        assert_eq!(judge(false, end_session), Err(Barred::SessionEnded));
        assert_eq!(judge(false, |facts| facts.session = None), Err(Barred::SessionEnded));
        assert_eq!(judge(true, end_session), Ok(()));
        assert_eq!(judge(true, |facts| facts.session = None), Ok(()));
        for offline in [false, true] {
            assert_eq!(judge(offline, end_grant), Err(Barred::GrantEnded));
            let expire = |facts: &mut Facts| facts.grant.as_mut().unwrap().expires_at = NOW;
            assert_eq!(judge(offline, expire), Err(Barred::GrantExpired));
        }
        let code_after_sign_out = |facts: &mut Facts| {
            end_session(facts);
            facts.grant = None;
        };
        assert_eq!(judge(false, code_after_sign_out), Err(Barred::SessionEnded));
        assert_eq!(judge(false, |facts| facts.grant = None), Ok(()));
    }

    #[test]
    fn nothing_is_issued_across_people_clients_or_sessions() {
        let changes: [fn(&mut Facts); 4] = [
            |facts| facts.user.id = UserId::new(NOW, &[9; 10]),
            |facts| facts.client.id = ClientId::parse("other").unwrap(),
            |facts| facts.session.as_mut().unwrap().id = SessionId::new(NOW, &[9; 10]),
            |facts| facts.session.as_mut().unwrap().user_id = UserId::new(NOW, &[9; 10]),
        ];
        for (n, change) in changes.into_iter().enumerate() {
            for offline in [false, true] {
                assert_eq!(judge(offline, change), Err(Barred::Mismatch), "change {n}");
            }
        }
    }
}
