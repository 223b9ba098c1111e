//! What the tests look up and change about people behind the server's back.

use hatcheck::identity::passwords::Password;
use hatcheck::identity::recovery;
use hatcheck::model::{Consent, Entitlement, Session, TotpRecord, User, Username};
use hatcheck::store;

use super::TestApp;
use super::app::{TOTP_SECRET, code_of};

impl TestApp {
    /// Somebody's record.
    pub async fn person(&self, email: &str) -> User {
        let name = Username::canonical(email);
        let found = self.app.read(move |db| store::users::find_to_sign_in(db, &name)).await;
        found.unwrap().expect("a person").0
    }

    /// Gives somebody these claims, beside name and e-mail address.
    pub async fn give_claims(&self, email: &str, claims: serde_json::Value) {
        let mut user = self.person(email).await;
        user.claims = serde_json::from_value(claims).unwrap();
        assert!(self.app.write(move |db| store::users::update(db, &user)).await.unwrap());
    }

    /// Gives somebody groups, roles and permissions, or takes them away.
    pub async fn entitle(&self, email: &str, given: &[Entitlement], taken: &[Entitlement]) {
        let (user, now) = (self.person(email).await, self.app.now());
        let (given, taken) = (given.to_vec(), taken.to_vec());
        let changed = self.app.write(move |db| {
            for each in &given {
                store::entitlements::grant(db, user.id, each, now)?;
            }
            for each in &taken {
                store::entitlements::revoke(db, user.id, each)?;
            }
            Ok(())
        });
        changed.await.unwrap();
    }

    /// Shuts somebody out in their row only, as if nothing else had been done about it.
    pub async fn disable(&self, email: &str) {
        let mut user = self.person(email).await;
        user.disabled_at = Some(self.app.now());
        assert!(self.app.write(move |db| store::users::update(db, &user)).await.unwrap());
    }

    /// Sets a password.
    pub async fn set_password(&self, email: &str, password: &str) {
        let (app, id) = (&self.app, self.person(email).await.id);
        let password = Password::typed(password).unwrap();
        let hash = app.hasher().hash(password, app.random()).await.unwrap();
        let now = app.now();
        let set = app.write(move |db| store::users::set_password(db, id, &hash, now)).await;
        assert!(set.unwrap());
    }

    /// Gives somebody Grace's authenticator app.
    pub async fn give_totp(&self, email: &str) {
        let (app, id, now) = (&self.app, self.person(email).await.id, self.app.now());
        let record = TotpRecord {
            sealed_secret: app.vault().seal("totp", TOTP_SECRET.as_bytes()).unwrap(),
            last_step: None,
        };
        let set = app.write(move |db| store::users::set_totp(db, id, Some(&record), now)).await;
        assert!(set.unwrap());
    }

    /// Gives somebody these recovery codes.
    pub async fn give_recovery_codes(&self, email: &str, codes: &[&str]) {
        let (id, now) = (self.person(email).await.id, self.app.now());
        let digests: Vec<_> = codes.iter().map(|code| recovery::digest(id, code)).collect();
        let given =
            self.app.write(move |db| store::recovery_codes::replace(db, id, &digests, now)).await;
        given.unwrap();
    }

    /// How many recovery codes somebody has left.
    pub async fn recovery_codes_left(&self, email: &str) -> i64 {
        let id = self.person(email).await.id;
        self.app.read(move |db| store::recovery_codes::remaining(db, id)).await.unwrap()
    }

    /// Somebody's sessions that have not ended.
    pub async fn sessions_of(&self, email: &str) -> Vec<Session> {
        let id = self.person(email).await.id;
        self.app.read(move |db| store::sessions::list_of_user(db, id)).await.unwrap()
    }

    /// What somebody has allowed apps.
    pub async fn consents_of(&self, email: &str) -> Vec<Consent> {
        let id = self.person(email).await.id;
        self.app.read(move |db| store::consents::list_of_user(db, id)).await.unwrap()
    }

    /// The names of the latest events.
    pub async fn events(&self) -> Vec<&'static str> {
        let events = self.app.read(|db| store::events::latest(db, 1_000)).await.unwrap();
        events.iter().map(|event| event.kind.as_str()).collect()
    }

    /// Goes to the beginning of a step of the authenticator app, so that no step ends within a test.
    pub fn begin_step(&self) {
        self.later(30 - self.app.now().seconds().rem_euclid(30));
    }

    /// A code that Grace's app shows neither now nor in the steps beside.
    pub fn wrong_code(&self) -> String {
        let now = self.app.now().seconds();
        let right = [-60, -30, 0, 30, 60].map(|seconds| code_of(TOTP_SECRET, now + seconds));
        let mut codes = (0..).map(|n| format!("{n:06}"));
        codes.find(|code| !right.contains(code)).unwrap()
    }
}
