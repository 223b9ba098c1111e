//! Checking a password while somebody may be guessing: NIST SP 800-63B section 5.2.2.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::LazyLock;
use std::time::Duration;

use tokio::sync::Mutex;

use super::directory::{self, Elsewhere};
use crate::http::{App, Browser};
use crate::identity::passwords::{HashingError, Password, Verdict};
use crate::identity::throttle::{wait, window};
use crate::model::throttle::{Bucket, BucketKind, Failures};
use crate::model::{Digest, User, Username};
use crate::store::{self, StoreError};

/// What came of a try.
pub enum Outcome {
    /// The password of this person, who is not disabled.
    Right(Box<Right>),
    /// Nobody's, or not this person's, or they are disabled: all alike.
    Wrong,
    /// Not even tried: wait.
    Wait(Duration),
    /// Not even tried: too many at once.
    Busy,
}

/// Whose password it was, and what is to be written with the sign-in.
pub struct Right {
    /// The person.
    pub user: User,
    /// Failures to forget.
    pub clear: Option<Bucket>,
    /// The old hash and the better one.
    pub rehash: Option<(String, String)>,
}

/// Checks are made one after another for each account (and known browser), so that many guesses at once cannot
/// outrun the count of failures.
static TURNS: LazyLock<Vec<Mutex<()>>> =
    LazyLock::new(|| (0..1_024).map(|_| Mutex::new(())).collect());
static SPARE_TURN: Mutex<()> = Mutex::const_new(());

/// Checks what somebody typed, and counts it when it is wrong.
pub async fn check(
    app: &App,
    browser: &Browser,
    username: &Username,
    typed: &str,
) -> Result<Outcome, StoreError> {
    if !app.settings().passwords.accepted {
        return Ok(Outcome::Wrong);
    }
    let Some(password) = Password::typed(typed) else { return Ok(Outcome::Wrong) };
    let facts = Facts::read(app, browser, username).await?;
    if let Some(wait) = facts.wait(app) {
        return Ok(Outcome::Wait(wait));
    }
    let _turn = turn(&facts.subject).lock().await;
    let facts = Facts::read(app, browser, username).await?;
    if let Some(wait) = facts.wait(app) {
        return Ok(Outcome::Wait(wait));
    }
    let (found, asked_elsewhere) = match directory::check(app, username, typed).await? {
        Elsewhere::Right(user) => return facts.outcome(app, Some((*user, None))).await,
        Elsewhere::Away => return Ok(Outcome::Busy),
        Elsewhere::Wrong => (None, true),
        Elsewhere::Nobodys => (facts.found.as_ref(), false),
    };
    // Also for who was refused elsewhere, so that names there take as long as names that nobody has
    let hash = found.map(|(_, hash)| hash.clone()).filter(|hash| hash != store::users::NO_PASSWORD);
    let verdict = match app.hasher().verify(password, hash, app.random()).await {
        Ok(verdict) => verdict,
        Err(HashingError::Busy) => return Ok(Outcome::Busy),
        Err(error @ HashingError::Unreadable) => {
            return Err(StoreError::Corrupt(error.to_string()));
        }
    };
    let right = match (facts.found.clone(), verdict) {
        (Some((user, old)), Verdict::Right { rehashed }) if !asked_elsewhere => {
            Some((user, rehashed.map(|new| (old, new))))
        }
        (Some(_) | None, Verdict::Right { .. } | Verdict::Wrong) => None,
    };
    facts.outcome(app, right).await
}

impl Right {
    /// Writes what goes with a right password; nothing for most.
    pub fn write(&self, db: &mut store::Db) -> Result<(), StoreError> {
        if let Some(bucket) = &self.clear {
            store::throttle::clear(db, bucket)?;
        }
        if let Some((old, new)) = &self.rehash {
            store::users::rehash(db, self.user.id, old, new)?;
        }
        Ok(())
    }

    /// Whether there is anything to write.
    pub const fn has_to_write(&self) -> bool {
        self.clear.is_some() || self.rehash.is_some()
    }
}

struct Facts {
    found: Option<(User, String)>,
    address: Bucket,
    address_failures: Failures,
    /// The account, or the account in this browser, if its owner has used it before: so nobody's guessing elsewhere
    /// keeps the owner out.
    subject: Bucket,
    subject_failures: Failures,
}

impl Facts {
    async fn read(app: &App, browser: &Browser, username: &Username) -> Result<Self, StoreError> {
        let username = username.clone();
        let device = browser.device.as_deref().map(Digest::of);
        let address = Bucket::address(&browser.address.network());
        app.read(move |db| {
            let found = store::users::find_to_sign_in(db, &username)?;
            let known = match (&found, &device) {
                (Some((user, _)), Some(device)) => store::devices::is_known(db, user.id, device)?,
                (_, None) | (None, _) => false,
            };
            let subject = match &device {
                Some(device) if known => Bucket::device(&username, device),
                Some(_) | None => Bucket::account(&username),
            };
            Ok(Self {
                found,
                address_failures: store::throttle::find(db, &address)?,
                address: address.clone(),
                subject_failures: store::throttle::find(db, &subject)?,
                subject,
            })
        })
        .await
    }

    /// What the try comes to: a wrong one, and that of somebody who is disabled, is counted.
    async fn outcome(
        self,
        app: &App,
        right: Option<(User, Option<(String, String)>)>,
    ) -> Result<Outcome, StoreError> {
        if let Some((user, rehash)) = right.filter(|(user, _)| user.disabled_at.is_none()) {
            let failed = self.subject_failures.count > 0;
            let clear = failed.then_some(self.subject);
            return Ok(Outcome::Right(Box::new(Right { user, clear, rehash })));
        }
        count(app, [self.address, self.subject]).await?;
        Ok(Outcome::Wrong)
    }

    fn wait(&self, app: &App) -> Option<Duration> {
        let (settings, now) = (&app.settings().throttle, app.now());
        let subject = wait(self.subject.kind, self.subject_failures, settings, now);
        // The owner's own browser has its own count: guessing from the same house or office does not keep it out
        if self.subject.kind == BucketKind::Device {
            return subject;
        }
        wait(self.address.kind, self.address_failures, settings, now).max(subject)
    }
}

async fn count(app: &App, buckets: [Bucket; 2]) -> Result<(), StoreError> {
    let now = app.now();
    let settings = app.settings().throttle;
    app.write(move |db| {
        for bucket in &buckets {
            store::throttle::count(db, bucket, window(bucket.kind, &settings), now)?;
        }
        Ok(())
    })
    .await
}

fn turn(bucket: &Bucket) -> &'static Mutex<()> {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(&bucket.key);
    let at = usize::try_from(hash % 1_024).unwrap_or_default();
    TURNS.get(at).unwrap_or(&SPARE_TURN)
}
