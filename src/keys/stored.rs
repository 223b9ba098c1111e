//! Keys and secrets in the database: made once, whoever asks first, and changed as [`lifecycle`] decides.

use std::path::Path;

use super::lifecycle::{self, Plan, Policy};
use super::{KeyError, MadeKey, Vault};
use crate::config::Settings;
use crate::model::{
    Algorithm, Digest, Event, EventId, EventKind, KeyAlgorithm, KeyRecord, Secret, Timestamp,
};
use crate::store::{self, Db, Store, StoreError};

/// The name and the purpose of the instance's secret.
const INSTANCE: &str = "instance";
/// The keys that every instance has: what OpenID Connect promises, what access tokens are signed with, and what request
/// objects may be encrypted to.
const FIRST: [KeyAlgorithm; 4] = [
    KeyAlgorithm::Sign(Algorithm::RS256),
    KeyAlgorithm::Sign(Algorithm::ES256),
    KeyAlgorithm::RsaOaep256,
    KeyAlgorithm::EcdhEs,
];

impl From<&Settings> for Policy {
    fn from(settings: &Settings) -> Self {
        Self {
            publish_ahead: settings.keys.publish_ahead,
            longest_signed: settings.longest_signed(),
            rotate_every: settings.keys.rotate_every,
        }
    }
}

/// Opens the vault. A master key is made only where nothing was encrypted yet.
pub fn open_vault(store: &Store, dir: &Path, fresh: &[u8; 32]) -> Result<Vault, KeyError> {
    let stored = store.read_blocking(|db| store::secrets::find(db, INSTANCE))?;
    if stored.is_some() { Vault::reopen(dir) } else { Vault::open(dir, fresh) }
}

/// The secret of this instance, made from `fresh` when there is none yet; the same on every node.
pub fn instance_secret(
    store: &Store,
    vault: &Vault,
    fresh: &[u8; 32],
) -> Result<Secret<[u8; 32]>, KeyError> {
    let find = |db: &mut Db| store::secrets::find(db, INSTANCE);
    let mut stored = store.read_blocking(find)?;
    if stored.is_none() {
        let ours = vault.seal(INSTANCE, fresh)?;
        // Another node may be quicker: what is stored counts
        stored = store.write_blocking(move |db| {
            store::secrets::insert(db, INSTANCE, ours.expose())?;
            store::secrets::find(db, INSTANCE)
        })?;
    }
    let sealed =
        stored.ok_or_else(|| StoreError::Other("a secret just stored is not there".to_owned()))?;
    let secret = vault.open_sealed(INSTANCE, &sealed)?;
    <[u8; 32]>::try_from(secret.expose().as_slice())
        .map(Secret::new)
        .map_err(|_| KeyError::Unreadable("the instance's secret is not 32 bytes long".to_owned()))
}

/// Makes the first keys when there are none; they are used at once, since nobody knows older ones.
pub fn make_first_keys(store: &Store, vault: &Vault, now: Timestamp) -> Result<(), KeyError> {
    FIRST
        .into_iter()
        .try_for_each(|algorithm| ensure_algorithm(store, vault, algorithm, now).map(drop))
}

/// Makes a first key for an algorithm that has none, such as a newly registered client's. True when it made one.
/// It blocks, and RSA takes 40 ms and more: never on an event loop.
pub fn ensure_algorithm(
    store: &Store,
    vault: &Vault,
    algorithm: KeyAlgorithm,
    now: Timestamp,
) -> Result<bool, KeyError> {
    let records = store.read_blocking(store::signing_keys::list)?;
    if lifecycle::plan_first(&records, algorithm, now).is_none() {
        return Ok(false);
    }
    let made = MadeKey::generate(algorithm, vault)?;
    Ok(store.write_blocking(move |db| {
        let records = store::signing_keys::list(db)?;
        match lifecycle::plan_first(&records, algorithm, now) {
            Some(plan) => change(db, &plan, Some(&made), now),
            None => Ok(false),
        }
    })?)
}

/// Publishes the next key of each algorithm whose time has come; which ones. For a timer, every few minutes on every
/// node: whichever comes first does it. It blocks, and RSA takes 40 ms and more: never on an event loop.
pub fn rotate_if_due(
    store: &Store,
    vault: &Vault,
    settings: &Settings,
    now: Timestamp,
) -> Result<Vec<KeyAlgorithm>, KeyError> {
    let policy = Policy::from(settings);
    let records = store.read_blocking(store::signing_keys::list)?;
    lengthen(store, &records, &policy, now)?;
    let mut rotated = Vec::new();
    for (algorithm, _) in lifecycle::due(&records, now, &policy) {
        let made = MadeKey::generate(algorithm, vault)?;
        let done = store.write_blocking(move |db| rotate_one(db, &made, &policy, now))?;
        rotated.extend(done.then_some(algorithm));
    }
    Ok(rotated)
}

/// Whether it is due is asked again inside: another node may have been quicker.
fn rotate_one(
    db: &mut Db,
    made: &MadeKey,
    policy: &Policy,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let records = store::signing_keys::list(db)?;
    let due = lifecycle::due(&records, now, policy);
    let Some((algorithm, at)) = due.into_iter().find(|(each, _)| *each == made.algorithm) else {
        return Ok(false);
    };
    match lifecycle::plan_rotation(&records, algorithm, now, Some(at), policy) {
        Ok(plan) => change(db, &plan, Some(made), now),
        Err(_) => Ok(false),
    }
}

fn lengthen(
    store: &Store,
    records: &[KeyRecord],
    policy: &Policy,
    now: Timestamp,
) -> Result<(), KeyError> {
    let ends = lifecycle::overdue_ends(records, now, policy);
    if ends.is_empty() {
        return Ok(());
    }
    Ok(store.write_blocking(move |db| {
        ends.iter().try_for_each(|end| {
            store::signing_keys::schedule(db, &end.kid, end.retiring_from, end.gone_at).map(drop)
        })
    })?)
}

/// Makes a plan true, with its entries in the audit log; false, and nothing done, when another node was quicker.
/// `made` is the key that the plan adds.
pub fn change(
    db: &mut Db,
    plan: &Plan,
    made: Option<&MadeKey>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if let (Some(place), Some(made)) = (&plan.new, made) {
        if !store::signing_keys::insert(db, &made.record(place, now))? {
            return Ok(false);
        }
        let detail = format!(
            "{} key {}, which signs from {}",
            made.algorithm,
            made.kid,
            place.active_from.seconds()
        );
        store::events::append(db, &entry(EventKind::KeyAdded, &made.kid, detail, now))?;
    }
    for end in &plan.ends {
        store::signing_keys::schedule(db, &end.kid, end.retiring_from, end.gone_at)?;
        if end.gone_at == Some(now) {
            let detail = format!("{} key {}, at once", plan.algorithm, end.kid);
            store::events::append(db, &entry(EventKind::KeyRetired, &end.kid, detail, now))?;
        }
    }
    for kid in &plan.removes {
        store::signing_keys::delete(db, kid)?;
        let detail = format!("{} key {kid}, before it signed", plan.algorithm);
        store::events::append(db, &entry(EventKind::KeyRetired, kid, detail, now))?;
    }
    Ok(true)
}

/// The event's name takes its random part from the key's: one event of a kind for each key and moment.
fn entry(kind: EventKind, key: &str, detail: String, now: Timestamp) -> Event {
    let digest = Digest::of(format!("{} {key} {}", kind.as_str(), now.seconds()));
    let mut random = [0; 10];
    for (to, from) in random.iter_mut().zip(digest.as_str().bytes()) {
        *to = from;
    }
    let id = EventId::new(now, &random);
    Event { id, at: now, kind, user_id: None, client_id: None, detail }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use serde_json::json;

    use super::*;
    use crate::keys::{KeyRing, reseal};
    use crate::model::{KeyState, days, hours};
    use crate::store::testing::{TestStore, on_both_databases};

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    on_both_databases!(
        nodes_that_start_at_once_share_keys_and_secret,
        key_01_rotations_at_once_make_one_key,
        key_03_a_database_of_another_master_key_is_said_so,
        a_first_key_is_made_once_for_an_algorithm,
        the_master_key_changes_beside_a_running_server,
    );

    fn settings(dir: &tempfile::TempDir) -> Settings {
        Settings::parse("issuer = \"http://localhost:8080\"", dir.path()).unwrap()
    }

    fn vault(dir: &tempfile::TempDir) -> Vault {
        Vault::open(dir.path(), &[1; 32]).unwrap()
    }

    fn listed(store: &Store) -> Vec<KeyRecord> {
        store.read_blocking(store::signing_keys::list).unwrap()
    }

    fn nodes_that_start_at_once_share_keys_and_secret(store: &TestStore) {
        let dir = tempfile::tempdir().unwrap();
        let vault = vault(&dir);
        let secrets: Vec<_> = thread::scope(|scope| {
            let starts: Vec<_> = (0..4)
                .map(|n| {
                    let (node, vault) = (store.again(), vault.clone());
                    scope.spawn(move || {
                        make_first_keys(&node, &vault, NOW).unwrap();
                        *instance_secret(&node, &vault, &[n; 32]).unwrap().expose()
                    })
                })
                .collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        assert!(secrets.iter().all(|secret| *secret == secrets[0]));
        let mut algorithms: Vec<_> = listed(store).iter().map(|key| key.algorithm).collect();
        algorithms.sort();
        assert_eq!(algorithms, FIRST);
        let events = store.read_blocking(|db| store::events::latest(db, 10)).unwrap();
        assert_eq!(
            events.iter().filter(|event| event.kind == EventKind::KeyAdded).count(),
            FIRST.len()
        );
    }

    fn key_01_rotations_at_once_make_one_key(store: &TestStore) {
        let dir = tempfile::tempdir().unwrap();
        let (vault, settings) = (vault(&dir), settings(&dir));
        make_first_keys(store, &vault, NOW).unwrap();
        assert_eq!(rotate_if_due(store, &vault, &settings, NOW).unwrap(), []);
        let later = NOW + days(88);
        let rotated: usize = thread::scope(|scope| {
            let nodes: Vec<_> = (0..3)
                .map(|_| {
                    let (node, vault, settings) = (store.again(), vault.clone(), settings.clone());
                    scope.spawn(move || {
                        rotate_if_due(&node, &vault, &settings, later).unwrap().len()
                    })
                })
                .collect();
            nodes.into_iter().map(|node| node.join().unwrap()).sum()
        });
        assert_eq!(rotated, 4);
        let keys = listed(store);
        assert_eq!(keys.len(), 8);
        let ring = |now| KeyRing::new(keys.clone(), &vault, now).unwrap();
        // A token of the old key verifies from its first to its last moment, whatever is active
        for algorithm in [Algorithm::RS256, Algorithm::ES256] {
            let last = later + days(2);
            let token = ring(later).sign(algorithm, "JWT", &json!({}), later).unwrap();
            for at in [later, last, last + hours(1)] {
                assert!(ring(at).verify_own(&token, "JWT", at).is_some());
            }
            assert!(ring(last).verify_own(&token, "JWT", last + hours(2)).is_none());
        }
    }

    fn key_03_a_database_of_another_master_key_is_said_so(store: &TestStore) {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        instance_secret(store, &vault(&dir), &[1; 32]).unwrap();
        let another = Vault::open(other.path(), &[2; 32]).unwrap();
        let error = instance_secret(store, &another, &[3; 32]).unwrap_err();
        assert!(matches!(error, KeyError::Unreadable(_)));
        assert!(error.to_string().contains("master.key"), "{error}");
    }

    fn a_first_key_is_made_once_for_an_algorithm(store: &TestStore) {
        let dir = tempfile::tempdir().unwrap();
        let vault = vault(&dir);
        assert!(ensure_algorithm(store, &vault, Algorithm::EdDSA.into(), NOW).unwrap());
        assert!(!ensure_algorithm(store, &vault, Algorithm::EdDSA.into(), NOW).unwrap());
        let [key] = listed(store).try_into().unwrap();
        assert_eq!(key.state(NOW), KeyState::Active);
    }

    fn the_master_key_changes_beside_a_running_server(store: &TestStore) {
        let dir = tempfile::tempdir().unwrap();
        let server = vault(&dir);
        make_first_keys(store, &server, NOW).unwrap();
        let secret = instance_secret(store, &server, &[4; 32]).unwrap();

        let rewrap = vault(&dir).begin_rewrap(&[2; 32]).unwrap();
        let again = rewrap.clone();
        let done = store.write_blocking(move |db| reseal(db, &rewrap)).unwrap();
        assert_eq!((done.signing_keys, done.secrets, done.authenticators), (4, 1, 0));
        // The server has the old key in memory, and the database is under the new one
        assert!(KeyRing::new(listed(store), &server, NOW).is_ok());
        assert_eq!(instance_secret(store, &server, &[5; 32]).unwrap(), secret);
        again.finish().unwrap();
        std::fs::remove_file(dir.path().join("master.key.previous")).unwrap();
        for vault in [&server, &vault(&dir)] {
            assert!(KeyRing::new(listed(store), vault, NOW).is_ok());
            assert_eq!(instance_secret(store, vault, &[5; 32]).unwrap(), secret);
        }
        let left = store.write_blocking(move |db| reseal(db, &again)).unwrap();
        assert!(left.is_empty());
    }
}
