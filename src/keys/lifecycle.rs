//! What a rotation or a retirement does, decided purely: OpenID Connect Core section 10.1.1.
//!
//! A key is `pending` (published, not used) → `active` → `retiring` (published, only verifies) → `retired`. All of
//! it follows from the times in its record, so nothing has to run at the moment of a change.

use std::time::Duration;

use crate::model::{Algorithm, KeyRecord, KeyState, Timestamp, minutes};

/// How much longer a key is published than its last token lives: for clocks that differ.
pub const MARGIN: Duration = minutes(5);

/// The settings that decide when things happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long a key is published before it signs.
    pub publish_ahead: Duration,
    /// The longest life of a signed token.
    pub longest_signed: Duration,
    /// How long a key signs; `None`: until somebody rotates.
    pub rotate_every: Option<Duration>,
}

/// What is to be done, in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// For which algorithm.
    pub algorithm: Algorithm,
    /// The key to add.
    pub new: Option<NewKey>,
    /// The keys to schedule.
    pub ends: Vec<End>,
    /// The keys to remove: they never signed.
    pub removes: Vec<String>,
}

/// The place in time of a key that is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// Its place among the keys of its algorithm.
    pub sequence: i64,
    /// When it begins to sign.
    pub active_from: Timestamp,
}

/// When a key stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The key.
    pub kid: String,
    /// When it stops signing.
    pub retiring_from: Option<Timestamp>,
    /// When it is published no longer.
    pub gone_at: Option<Timestamp>,
}

/// Why a change is not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The next key is published already.
    #[error("the next {algorithm} key, {kid}, is published already")]
    AlreadyPending {
        /// For which algorithm.
        algorithm: Algorithm,
        /// The pending key.
        kid: String,
        /// When it begins to sign.
        active_from: Timestamp,
    },
    /// The moment is too near for every app to have fetched the new key.
    #[error(
        "apps need time to fetch the next key before it signs (`keys.publish_ahead`): name a later moment, or leave `--at` out"
    )]
    TooSoon {
        /// The earliest moment.
        earliest: Timestamp,
    },
    /// No such key.
    #[error("there is no key {0}: `hatcheck key list` shows them")]
    Unknown(String),
    /// It is gone already.
    #[error("the key {0} is retired already")]
    Retired(String),
    /// Tokens that it signed are still good.
    #[error(
        "tokens signed by the key {kid} can still be valid; it goes by itself. `--force` ends it, and them, now"
    )]
    StillVerifies {
        /// The key.
        kid: String,
        /// When it goes by itself.
        until: Option<Timestamp>,
    },
    /// Without it nothing would sign.
    #[error(
        "the key {kid} is the only one that signs with {algorithm}: `hatcheck key rotate --alg {algorithm}` brings the next one, `--now --reason compromised` at once"
    )]
    OnlyActive {
        /// The key.
        kid: String,
        /// Its algorithm.
        algorithm: Algorithm,
    },
}

/// A first key, which signs at once, since nobody knows an older one; `None` when one signs already.
pub fn plan_first(records: &[KeyRecord], algorithm: Algorithm, now: Timestamp) -> Option<Plan> {
    if active(records, algorithm, now).is_some() {
        return None;
    }
    let new = NewKey { sequence: next_sequence(records, algorithm), active_from: now };
    // One that was waiting for its time would sign beside it
    let removes = pending(records, algorithm, now).map(|key| key.kid.clone()).collect();
    Some(Plan { algorithm, new: Some(new), ends: Vec::new(), removes })
}

/// The next key, published now; it signs `at` the wanted moment, by default as soon as every app can have it.
pub fn plan_rotation(
    records: &[KeyRecord],
    algorithm: Algorithm,
    now: Timestamp,
    at: Option<Timestamp>,
    policy: &Policy,
) -> Result<Plan, Refusal> {
    if let Some(key) = pending(records, algorithm, now).next() {
        let (kid, active_from) = (key.kid.clone(), key.active_from);
        return Err(Refusal::AlreadyPending { algorithm, kid, active_from });
    }
    let Some(old) = active(records, algorithm, now) else {
        let new = NewKey { sequence: next_sequence(records, algorithm), active_from: now };
        return Ok(Plan { algorithm, new: Some(new), ends: Vec::new(), removes: Vec::new() });
    };
    let earliest = now + policy.publish_ahead;
    let active_from = at.unwrap_or(earliest);
    if active_from < earliest {
        return Err(Refusal::TooSoon { earliest });
    }
    let end = End {
        kid: old.kid.clone(),
        retiring_from: Some(active_from),
        gone_at: Some(active_from + policy.longest_signed + MARGIN),
    };
    let new = NewKey { sequence: next_sequence(records, algorithm), active_from };
    Ok(Plan { algorithm, new: Some(new), ends: vec![end], removes: Vec::new() })
}

/// The emergency: a new key signs at once, and every older one of the algorithm is gone at once, with all that it signed.
pub fn plan_emergency(records: &[KeyRecord], algorithm: Algorithm, now: Timestamp) -> Plan {
    let new = NewKey { sequence: next_sequence(records, algorithm), active_from: now };
    let ends = of(records, algorithm)
        .filter(|key| matches!(key.state(now), KeyState::Active | KeyState::Retiring))
        .map(|key| gone(key, now))
        .collect();
    let removes = pending(records, algorithm, now).map(|key| key.kid.clone()).collect();
    Plan { algorithm, new: Some(new), ends, removes }
}

/// Ends one key before its time. The only one that signs stays, whatever is forced.
pub fn plan_retire(
    records: &[KeyRecord],
    kid: &str,
    now: Timestamp,
    force: bool,
) -> Result<Plan, Refusal> {
    let unknown = || Refusal::Unknown(kid.to_owned());
    let key = records.iter().find(|key| key.kid == kid).ok_or_else(unknown)?;
    let algorithm = key.algorithm;
    let mut plan = Plan { algorithm, new: None, ends: Vec::new(), removes: Vec::new() };
    match key.state(now) {
        KeyState::Retired => return Err(Refusal::Retired(kid.to_owned())),
        KeyState::Active => {
            return Err(Refusal::OnlyActive { kid: kid.to_owned(), algorithm });
        }
        KeyState::Pending => {
            plan.removes.push(kid.to_owned());
            // Its predecessor would stop with nobody to follow
            plan.ends.extend(active(records, algorithm, now).map(|key| End {
                kid: key.kid.clone(),
                retiring_from: None,
                gone_at: None,
            }));
        }
        KeyState::Retiring if force => plan.ends.push(gone(key, now)),
        KeyState::Retiring => {
            return Err(Refusal::StillVerifies { kid: kid.to_owned(), until: key.gone_at });
        }
    }
    Ok(plan)
}

/// The algorithms whose key has signed for so long that the next one has to be published now, each with the moment
/// at which that one signs.
pub fn due(records: &[KeyRecord], now: Timestamp, policy: &Policy) -> Vec<(Algorithm, Timestamp)> {
    let Some(every) = policy.rotate_every else { return Vec::new() };
    Algorithm::ALL
        .into_iter()
        .filter_map(|algorithm| {
            let key = active(records, algorithm, now)?;
            let change = (key.active_from + every).max(now + policy.publish_ahead);
            let waits = key.active_from + every > now + policy.publish_ahead;
            let decided = pending(records, algorithm, now).next().is_some();
            (!waits && !decided).then_some((algorithm, change))
        })
        .collect()
}

/// Keys whose end was set when tokens lived shorter than they do now: their ends, later.
pub fn overdue_ends(records: &[KeyRecord], now: Timestamp, policy: &Policy) -> Vec<End> {
    let later = |key: &KeyRecord| {
        let retiring_from = key.retiring_from?;
        let needed = retiring_from + policy.longest_signed + MARGIN;
        let short = key.gone_at.is_some_and(|at| now < at && at < needed);
        let kid = key.kid.clone();
        short.then_some(End { kid, retiring_from: Some(retiring_from), gone_at: Some(needed) })
    };
    records.iter().filter_map(later).collect()
}

/// The algorithms that have a key now.
pub fn in_use(records: &[KeyRecord], now: Timestamp) -> Vec<Algorithm> {
    Algorithm::ALL.into_iter().filter(|each| active(records, *each, now).is_some()).collect()
}

fn gone(key: &KeyRecord, now: Timestamp) -> End {
    let retiring_from = key.retiring_from.filter(|at| *at <= now).unwrap_or(now);
    End { kid: key.kid.clone(), retiring_from: Some(retiring_from), gone_at: Some(now) }
}

fn of(records: &[KeyRecord], algorithm: Algorithm) -> impl Iterator<Item = &KeyRecord> {
    records.iter().filter(move |key| key.algorithm == algorithm)
}

fn active(records: &[KeyRecord], algorithm: Algorithm, now: Timestamp) -> Option<&KeyRecord> {
    of(records, algorithm)
        .filter(|key| key.state(now) == KeyState::Active)
        .max_by_key(|key| key.sequence)
}

fn pending(
    records: &[KeyRecord],
    algorithm: Algorithm,
    now: Timestamp,
) -> impl Iterator<Item = &KeyRecord> {
    of(records, algorithm).filter(move |key| key.state(now) == KeyState::Pending)
}

fn next_sequence(records: &[KeyRecord], algorithm: Algorithm) -> i64 {
    of(records, algorithm).map(|key| key.sequence).max().unwrap_or(0) + 1
}
