//! Tells apps that a session has ended: OpenID Connect Back-Channel Logout 1.0 sections 2.4 and 2.5.
//!
//! Each notice is tried at once and at most three times more. It is claimed in the database first, so that several
//! nodes do not tell an app twice, and one that dies is followed by another.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::task::JoinSet;

use crate::keys::{KeyError, KeyRing};
use crate::model::{Client, Digest, Timestamp, UserId, minutes, seconds};
use crate::outgoing::{Answer, Outgoing, OutgoingError};
use crate::store::notices::{self, Notice, Settled};
use crate::store::{self, Store, StoreError};

/// A claim lasts longer than an attempt can.
const LEASE: Duration = seconds(30);
/// Notices that one look claims.
const LIMIT: i64 = 32;
/// How often the outbox is looked into for what other processes wrote, such as commands.
const LOOK_EVERY: Duration = seconds(30);
/// After news: the commit it tells of may take a moment.
const LOOKS_AFTER_NEWS: [Duration; 3] =
    [Duration::from_millis(20), Duration::from_millis(200), Duration::from_secs(1)];
/// The waits before the second, third and fourth attempt.
const WAITS: [Duration; 3] = [seconds(10), minutes(1), minutes(10)];
/// How long a logout token is good (section 2.4: short).
const LIFE: Duration = minutes(2);

/// What the rooms above know, and this one needs.
pub trait Surroundings: 'static {
    /// The database.
    fn store(&self) -> &Store;
    /// The issuer identifier.
    fn issuer(&self) -> &str;
    /// The present moment.
    fn now(&self) -> Timestamp;
    /// What a person is called towards an app.
    fn subject(&self, client: &Client, user: UserId) -> String;
    /// The keys as they stand.
    fn keys(&self) -> impl Future<Output = Result<Arc<KeyRing>, StoreError>>;
}

/// Why a notice was not delivered.
#[derive(Debug, thiserror::Error)]
enum NoticeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Outgoing(#[from] OutgoingError),
    #[error("the app answered with status {0}")]
    Status(u16),
    #[error("the app is gone, or does not want to be told any more")]
    NotWanted,
}

/// Delivers whatever comes to be due, for ever. It writes nothing, and hardly reads, while nothing is due.
pub async fn run<S: Surroundings>(around: Rc<S>, outgoing: Rc<Outgoing>) {
    let mut news = notices::news();
    loop {
        let heard = tokio::select! {
            changed = news.changed() => changed.is_ok(),
            () = tokio::time::sleep(wait(&*around).await) => false,
        };
        let looks = if heard { &LOOKS_AFTER_NEWS[..] } else { &[Duration::ZERO] };
        for look in looks {
            tokio::time::sleep(*look).await;
            match claim(&*around).await {
                Ok(claimed) if claimed.is_empty() => {}
                Ok(claimed) => {
                    for notice in claimed {
                        let (around, outgoing) = (around.clone(), outgoing.clone());
                        // Not waited for: one slow app must not keep others waiting
                        tokio::task::spawn_local(async move {
                            attempt(&*around, &outgoing, &notice).await;
                        });
                    }
                    break;
                }
                Err(error) => tracing::warn!(%error, "logout notices can't be looked for"),
            }
        }
    }
}

/// Delivers what is due now, and waits until each was answered; how many were tried.
pub async fn deliver_due<S: Surroundings>(
    around: Rc<S>,
    outgoing: Rc<Outgoing>,
) -> Result<usize, StoreError> {
    let mut attempts = JoinSet::new();
    for notice in claim(&*around).await? {
        let (around, outgoing) = (around.clone(), outgoing.clone());
        attempts.spawn_local(async move { attempt(&*around, &outgoing, &notice).await });
    }
    Ok(attempts.join_all().await.len())
}

/// How long there is nothing to do, as far as is known.
async fn wait<S: Surroundings>(around: &S) -> Duration {
    match around.store().read(notices::next_due).await {
        Ok(Some(due)) => due.since(around.now()).min(LOOK_EVERY),
        Ok(None) | Err(_) => LOOK_EVERY,
    }
}

async fn claim<S: Surroundings>(around: &S) -> Result<Vec<Notice>, StoreError> {
    let now = around.now();
    match around.store().read(notices::next_due).await? {
        Some(due) if due <= now => {
            around.store().write(move |db| notices::claim(db, now, LEASE, LIMIT)).await
        }
        Some(_) | None => Ok(Vec::new()),
    }
}

/// One attempt, and what it came to.
async fn attempt<S: Surroundings>(around: &S, outgoing: &Outgoing, notice: &Notice) {
    let told = tell(around, outgoing, notice).await;
    let now = around.now();
    let settled = judge(told.as_ref().err(), notice.attempts, now);
    let (client, attempts) = (&notice.client_id, notice.attempts);
    match &told {
        Ok(()) => tracing::info!(client.id = %client, attempts, "an app knows of a sign-out"),
        Err(error) => {
            let given_up = settled == Settled::GivenUp;
            let mend = if given_up { "hatcheck logout retry" } else { "it is tried again" };
            tracing::warn!(client.id = %client, attempts, given_up, %error, mend, "an app can't be told of a sign-out");
        }
    }
    let notice = notice.clone();
    let problem = told.err().map(|error| error.to_string());
    let noted = around
        .store()
        .write(move |db| notices::settle(db, &notice, settled, problem.as_deref(), now))
        .await;
    if let Err(error) = noted {
        tracing::warn!(%error, "a logout notice can't be settled: the app is told once more");
    }
}

async fn tell<S: Surroundings>(
    around: &S,
    outgoing: &Outgoing,
    notice: &Notice,
) -> Result<(), NoticeError> {
    let id = notice.client_id.clone();
    let client = around.store().read(move |db| store::clients::find(db, &id)).await?;
    let wants = client
        .as_ref()
        .and_then(|client| Some((client, client.metadata.backchannel_logout_uri.as_deref()?)));
    let Some((client, uri)) = wants else { return Err(NoticeError::NotWanted) };
    let (keys, now) = (around.keys().await?, around.now());
    let claims = claims(notice, around.issuer(), &around.subject(client, notice.user_id), now);
    let token = logout_token(client, &claims, &keys, now)?;
    match outgoing.post_form(uri, &[("logout_token", &token)]).await? {
        Answer { status: 200..300, .. } => Ok(()),
        Answer { status, .. } => Err(NoticeError::Status(status)),
    }
}

/// What an attempt comes to.
fn judge(error: Option<&NoticeError>, attempts: i64, now: Timestamp) -> Settled {
    match error {
        None => Settled::Delivered,
        Some(NoticeError::NotWanted) => Settled::GivenUp,
        Some(
            NoticeError::Store(_)
            | NoticeError::Key(_)
            | NoticeError::Outgoing(_)
            | NoticeError::Status(_),
        ) => {
            let wait = usize::try_from(attempts - 1).ok().and_then(|failed| WAITS.get(failed));
            wait.map_or(Settled::GivenUp, |wait| Settled::Again(now + *wait))
        }
    }
}

/// A logout token: section 2.4. Its `typ` keeps it from being taken for an ID token (RFC 8725 section 3.11).
fn logout_token(
    client: &Client,
    claims: &impl Serialize,
    keys: &KeyRing,
    now: Timestamp,
) -> Result<String, KeyError> {
    keys.sign(client.metadata.id_token_signed_response_alg, "logout+jwt", claims, now)
}

fn claims(notice: &Notice, issuer: &str, subject: &str, now: Timestamp) -> impl Serialize + use<> {
    let Notice { session_id, client_id, created_at, .. } = notice;
    // The same at each attempt, so that an app can tell a repetition
    let jti = Digest::of(format!("{session_id}\n{client_id}\n{}", created_at.seconds()));
    serde_json::json!({
        "iss": issuer,
        "aud": client_id,
        "iat": now.seconds(),
        "exp": (now + LIFE).seconds(),
        "jti": jti,
        "sub": subject,
        "sid": session_id,
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    })
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::model::{ClientId, EndReason, SessionId, UserId};
    use crate::store::notices::Delivery;
    use crate::store::testing::{NOW, TestStore, client, grant, session};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn notice(attempts: i64) -> Notice {
        Notice {
            session_id: SessionId::new(at(1), &[1; 10]),
            client_id: ClientId::parse("notes").unwrap(),
            user_id: UserId::new(at(1), &[2; 10]),
            created_at: at(900),
            attempts,
        }
    }

    #[test]
    fn lgo_04_a_logout_token_is_told_from_an_id_token() {
        let claims =
            serde_json::to_value(claims(&notice(1), "https://id.example", "ada", at(1_000)))
                .unwrap();
        let mut names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["aud", "events", "exp", "iat", "iss", "jti", "sid", "sub"]);
        assert_eq!(
            claims["events"],
            serde_json::json!({"http://schemas.openid.net/event/backchannel-logout": {}})
        );
        assert_eq!((claims["iat"].as_i64(), claims["exp"].as_i64()), (Some(1_000), Some(1_120)));
        assert_eq!(claims["aud"], "notes");
    }

    #[test]
    fn lgo_04_it_is_tried_again_three_times_at_most() {
        let error = || Some(NoticeError::Status(500));
        for (attempts, settled) in [
            (1, Settled::Again(at(1_010))),
            (2, Settled::Again(at(1_060))),
            (3, Settled::Again(at(1_600))),
            (4, Settled::GivenUp),
        ] {
            assert_eq!(judge(error().as_ref(), attempts, at(1_000)), settled, "{attempts}");
        }
        assert_eq!(judge(None, 1, at(1_000)), Settled::Delivered);
        assert_eq!(judge(Some(&NoticeError::NotWanted), 1, at(1_000)), Settled::GivenUp);
    }

    struct Around {
        store: Store,
        keys: Arc<KeyRing>,
    }

    impl Surroundings for Around {
        fn store(&self) -> &Store {
            &self.store
        }

        fn issuer(&self) -> &'static str {
            "https://id.example"
        }

        fn now(&self) -> Timestamp {
            NOW
        }

        fn subject(&self, _: &Client, user: UserId) -> String {
            user.to_string()
        }

        async fn keys(&self) -> Result<Arc<KeyRing>, StoreError> {
            Ok(self.keys.clone())
        }
    }

    /// An app that answers once with this status, and gives the token that it was sent.
    async fn app(status: &'static str) -> (u16, tokio::task::JoinHandle<String>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = tokio::task::spawn_local(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = String::new();
            while !request.contains("logout_token=") {
                let mut chunk = [0; 8_192];
                let read = stream.read(&mut chunk).await.unwrap();
                request.push_str(std::str::from_utf8(&chunk[..read]).unwrap());
            }
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
            request.split_once("logout_token=").unwrap().1.to_owned()
        });
        (port, heard)
    }

    /// Ends session 1, which has reached an app that listens there, and delivers what is due.
    async fn deliver(store: &TestStore, folder: &std::path::Path, port: u16) -> Around {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let vault = crate::keys::Vault::open(folder, &[7; 32]).unwrap();
        crate::keys::make_first_keys(store, &vault, NOW).unwrap();
        let records = store.read_blocking(store::signing_keys::list).unwrap();
        let keys = Arc::new(KeyRing::new(records, &vault, NOW).unwrap());
        store.furnish();
        let uri = format!("http://127.0.0.1:{port}/out");
        store
            .write_blocking(move |db| {
                let mut metadata = client("notes").metadata;
                metadata.backchannel_logout_uri = Some(uri.clone());
                assert!(store::clients::update(db, &Client { metadata, ..client("notes") })?);
                assert!(store::grants::insert(db, &grant(1), None)?);
                store::sessions::end(db, session(1).id, EndReason::SignedOut, NOW)
            })
            .unwrap();
        let outgoing = Outgoing::new(crate::config::Outgoing {
            allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
            extra_ca: None,
            jwks_refetch: std::time::Duration::from_mins(1),
        });
        let around = Rc::new(Around { store: store.again(), keys });
        assert_eq!(deliver_due(around.clone(), Rc::new(outgoing)).await.unwrap(), 1);
        Rc::into_inner(around).unwrap()
    }

    fn delivery(store: &TestStore) -> Delivery {
        store.read_blocking(|db| notices::of_session(db, session(1).id)).unwrap()[0].1
    }

    #[actix_web::test]
    async fn lgo_04_and_lgo_05_the_app_gets_a_token_that_is_no_id_token() {
        let (store, folder) = (TestStore::sqlite(), tempfile::tempdir().unwrap());
        let (port, heard) = app("204 No Content").await;
        let around = deliver(&store, folder.path(), port).await;
        let token = heard.await.unwrap();
        assert_eq!(around.keys.verify_own(&token, "JWT", NOW), None);
        let verified = around.keys.verify_own(&token, "logout+jwt", NOW).unwrap();
        assert_eq!(verified.claims["sid"], session(1).id.to_string());
        assert_eq!(verified.claims["sub"], session(1).user_id.to_string());
        assert_eq!(delivery(&store), Delivery::Done);
    }

    #[actix_web::test]
    async fn lgo_04_an_app_that_fails_is_asked_again_later() {
        let (store, folder) = (TestStore::sqlite(), tempfile::tempdir().unwrap());
        let (port, heard) = app("500 Oh No").await;
        deliver(&store, folder.path(), port).await;
        heard.await.unwrap();
        assert_eq!(delivery(&store), Delivery::Pending);
        let due = store.read_blocking(notices::next_due).unwrap();
        assert_eq!(due, Some(NOW + seconds(10)));
    }
}
