//! Sessions of the app's own, kept in its store: sealed, under a name that does not tell the cookie.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::introspection::name_of;
use crate::store::{Store, StoreError};
use crate::{Keys, Refusal, random};

/// What is kept for a browser in which somebody is signed in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// What the app's routes are called with.
    pub access_token: String,
    /// What gets the next one.
    pub refresh_token: Option<String>,
    /// Who it is, and the hint for signing out.
    pub id_token: String,
    /// The session at the issuer (`sid`).
    pub sid: Option<String>,
    /// The person (`sub`).
    pub subject: String,
    /// When the access token expires.
    pub expires_at: i64,
    /// For how many seconds it is good.
    pub lifetime: i64,
    /// When the session is over, whatever happens.
    pub until: i64,
    /// Until when one node is about to refresh, and the others wait.
    pub leased_until: i64,
}

/// How far a session's tokens are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// To be used.
    Fresh,
    /// To be used, and time for newer ones.
    Due,
    /// There have to be newer ones first.
    Expired,
    /// Nothing can be done any more.
    Over,
}

impl Session {
    /// How far it is now.
    pub const fn age(&self, now: i64) -> Age {
        let left = self.expires_at.saturating_sub(now);
        if self.until <= now || (left <= 0 && self.refresh_token.is_none()) {
            Age::Over
        } else if left <= 0 {
            Age::Expired
        } else if left <= self.lifetime / 5 && self.refresh_token.is_some() {
            Age::Due
        } else {
            Age::Fresh
        }
    }
}

/// A session as it was found.
pub struct Held {
    /// What it says.
    pub session: Session,
    /// As which it is kept.
    stored: String,
}

/// Where they are.
pub struct Sessions {
    store: Arc<dyn Store>,
    keys: Keys,
}

/// Under which name the session of a cookie is kept.
pub fn key(id: &str) -> String {
    format!("session:{}", name_of(id))
}

fn key_of_sid(sid: &str) -> String {
    format!("sid:{}", name_of(sid))
}

impl Sessions {
    /// Sessions that are kept here.
    pub const fn new(store: Arc<dyn Store>, keys: Keys) -> Self {
        Self { store, keys }
    }

    /// Keeps a new one; what the cookie has to hold.
    pub async fn begin(&self, session: &Session) -> Result<String, Refusal> {
        let id = random::text()?;
        let key = key(&id);
        let stored = self.seal(&key, session)?;
        // First, so that no session is out of the issuer's reach
        if let Some(sid) = &session.sid {
            self.store.put(&key_of_sid(sid), key.clone(), session.until).await.map_err(away)?;
        }
        self.store.put(&key, stored, session.until).await.map_err(away)?;
        Ok(id)
    }

    /// The one that is kept under this name.
    pub async fn find(&self, key: &str) -> Result<Option<Held>, Refusal> {
        let stored = self.store.get(key).await.map_err(away)?;
        Ok(stored.and_then(|stored| {
            let session = self.open(key, &stored)?;
            Some(Held { session, stored })
        }))
    }

    /// Puts another in the place of the one that was found; `None` when it is not there any more.
    pub async fn replace(
        &self,
        key: &str,
        held: &Held,
        session: Session,
    ) -> Result<Option<Held>, Refusal> {
        let stored = self.seal(key, &session)?;
        let replaced = self.store.replace(key, &held.stored, stored.clone(), session.until);
        Ok(replaced.await.map_err(away)?.then_some(Held { session, stored }))
    }

    /// Ends the one that is kept under this name; what it was, for the first who asks.
    pub async fn end(&self, key: &str) -> Result<Option<Session>, Refusal> {
        let stored = self.store.take(key).await.map_err(away)?;
        let session = stored.and_then(|stored| self.open(key, &stored));
        if let Some(sid) = session.as_ref().and_then(|session| session.sid.as_deref()) {
            let named = key_of_sid(sid);
            // The browser may have signed in once more, in the same session of the issuer
            if self.store.get(&named).await.map_err(away)?.as_deref() == Some(key) {
                self.store.take(&named).await.map_err(away)?;
            }
        }
        Ok(session)
    }

    /// Ends the one that belongs to a session of the issuer.
    pub async fn end_of(&self, sid: &str) -> Result<(), Refusal> {
        if let Some(key) = self.store.get(&key_of_sid(sid)).await.map_err(away)? {
            self.end(&key).await?;
        }
        Ok(())
    }

    fn seal(&self, key: &str, session: &Session) -> Result<String, Refusal> {
        let json = serde_json::to_vec(session).ok();
        let sealed = json.and_then(|json| self.keys.seal(key, &json));
        sealed.map(|sealed| URL_SAFE_NO_PAD.encode(sealed)).ok_or(Refusal::Unavailable)
    }

    fn open(&self, key: &str, stored: &str) -> Option<Session> {
        let sealed = URL_SAFE_NO_PAD.decode(stored).ok()?;
        serde_json::from_slice(&self.keys.open(key, &sealed)?).ok()
    }
}

fn away(error: StoreError) -> Refusal {
    error.into_refusal("a session")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Clock;
    use crate::store::Memory;

    fn session() -> Session {
        Session {
            access_token: "a".to_owned(),
            refresh_token: Some("r".to_owned()),
            id_token: "i".to_owned(),
            sid: Some("s1".to_owned()),
            subject: "ada".to_owned(),
            expires_at: 1_900,
            lifetime: 900,
            until: 10_000,
            leased_until: 0,
        }
    }

    fn sessions() -> Sessions {
        let keys = Keys::new(&[[7_u8; 32]]).unwrap();
        Sessions::new(Arc::new(Memory::new(Clock::new(|| 1_000))), keys)
    }

    #[test]
    fn tokens_are_renewed_in_their_last_fifth_and_the_session_has_an_end() {
        let without = Session { refresh_token: None, ..session() };
        for (session, now, age) in [
            (session(), 1_000, Age::Fresh),
            (session(), 1_719, Age::Fresh),
            (session(), 1_720, Age::Due),
            (session(), 1_899, Age::Due),
            (session(), 1_900, Age::Expired),
            (session(), 9_999, Age::Expired),
            (session(), 10_000, Age::Over),
            (without.clone(), 1_899, Age::Fresh),
            (without, 1_900, Age::Over),
        ] {
            assert_eq!(session.age(now), age, "{now}");
        }
    }

    #[tokio::test]
    async fn of_two_who_change_a_session_one_does() {
        let sessions = sessions();
        let key = key(&sessions.begin(&session()).await.unwrap());
        let held = sessions.find(&key).await.unwrap().unwrap();
        let next = Session { access_token: "b".to_owned(), ..session() };
        assert!(sessions.replace(&key, &held, next.clone()).await.unwrap().is_some());
        assert!(sessions.replace(&key, &held, next).await.unwrap().is_none(), "too late");
        assert_eq!(sessions.find(&key).await.unwrap().unwrap().session.access_token, "b");
        sessions.end(&key).await.unwrap();
        assert!(sessions.replace(&key, &held, session()).await.unwrap().is_none(), "it is over");
        assert!(sessions.find(&key).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn the_issuer_ends_the_newest_of_its_session() {
        let sessions = sessions();
        let first = key(&sessions.begin(&session()).await.unwrap());
        let second = key(&sessions.begin(&session()).await.unwrap());
        sessions.end(&first).await.unwrap();
        sessions.end_of("s2").await.unwrap();
        assert!(sessions.find(&second).await.unwrap().is_some());
        sessions.end_of("s1").await.unwrap();
        assert!(sessions.find(&second).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_store_holds_nothing_that_can_be_read_or_moved() {
        let sessions = sessions();
        let first = key(&sessions.begin(&session()).await.unwrap());
        let second = key(&sessions.begin(&session()).await.unwrap());
        let stored = sessions.store.get(&first).await.unwrap().unwrap();
        assert!(!stored.contains("ada"));
        sessions.store.put(&second, stored, 10_000).await.unwrap();
        assert!(sessions.find(&second).await.unwrap().is_none());
    }
}
