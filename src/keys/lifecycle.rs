//! What a rotation or a retirement does, decided purely: OpenID Connect Core section 10.1.1.
//!
//! A key is `pending` (published, not used) → `active` → `retiring` (published, only verifies) → `retired`. All of
//! it follows from the times in its record, so nothing has to run at the moment of a change.

use std::time::Duration;

use crate::model::{KeyAlgorithm, KeyRecord, KeyState, Timestamp, minutes};

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

impl Policy {
    /// How long a key is needed after its successor has taken over: until the last token that it signed is past its
    /// time, or until nobody keeps a key set from which to encrypt to it.
    fn afterlife(&self, algorithm: KeyAlgorithm) -> Duration {
        let life = if algorithm.signs() { self.longest_signed } else { self.publish_ahead };
        life + MARGIN
    }
}

/// What is to be done, in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// For which algorithm.
    pub algorithm: KeyAlgorithm,
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
        algorithm: KeyAlgorithm,
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
        algorithm: KeyAlgorithm,
    },
}

/// A first key, which signs at once, since nobody knows an older one; `None` when one signs already.
pub fn plan_first(records: &[KeyRecord], algorithm: KeyAlgorithm, now: Timestamp) -> Option<Plan> {
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
    algorithm: KeyAlgorithm,
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
        gone_at: Some(active_from + policy.afterlife(algorithm)),
    };
    let new = NewKey { sequence: next_sequence(records, algorithm), active_from };
    Ok(Plan { algorithm, new: Some(new), ends: vec![end], removes: Vec::new() })
}

/// A key that is brought in and signs at once; the one before it verifies on. For a move from another provider, before
/// apps have fetched a key set.
pub fn plan_takeover(
    records: &[KeyRecord],
    algorithm: KeyAlgorithm,
    now: Timestamp,
    policy: &Policy,
) -> Plan {
    let new = NewKey { sequence: next_sequence(records, algorithm), active_from: now };
    let gone_at = Some(now + policy.afterlife(algorithm));
    let ends = active(records, algorithm, now)
        .map(|key| End { kid: key.kid.clone(), retiring_from: Some(now), gone_at })
        .into_iter()
        .collect();
    let removes = pending(records, algorithm, now).map(|key| key.kid.clone()).collect();
    Plan { algorithm, new: Some(new), ends, removes }
}

/// The emergency: a new key signs at once, and every older one of the algorithm is gone at once, with all that it signed.
pub fn plan_emergency(records: &[KeyRecord], algorithm: KeyAlgorithm, now: Timestamp) -> Plan {
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
pub fn due(
    records: &[KeyRecord],
    now: Timestamp,
    policy: &Policy,
) -> Vec<(KeyAlgorithm, Timestamp)> {
    let Some(every) = policy.rotate_every else { return Vec::new() };
    KeyAlgorithm::all()
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
        let needed = retiring_from + policy.afterlife(key.algorithm);
        let short = key.gone_at.is_some_and(|at| now < at && at < needed);
        let kid = key.kid.clone();
        short.then_some(End { kid, retiring_from: Some(retiring_from), gone_at: Some(needed) })
    };
    records.iter().filter_map(later).collect()
}

/// The algorithms that have a key now.
pub fn in_use(records: &[KeyRecord], now: Timestamp) -> Vec<KeyAlgorithm> {
    KeyAlgorithm::all().filter(|each| active(records, *each, now).is_some()).collect()
}

fn gone(key: &KeyRecord, now: Timestamp) -> End {
    let retiring_from = key.retiring_from.filter(|at| *at <= now).unwrap_or(now);
    End { kid: key.kid.clone(), retiring_from: Some(retiring_from), gone_at: Some(now) }
}

fn of(records: &[KeyRecord], algorithm: KeyAlgorithm) -> impl Iterator<Item = &KeyRecord> {
    records.iter().filter(move |key| key.algorithm == algorithm)
}

fn active(records: &[KeyRecord], algorithm: KeyAlgorithm, now: Timestamp) -> Option<&KeyRecord> {
    of(records, algorithm)
        .filter(|key| key.state(now) == KeyState::Active)
        .max_by_key(|key| key.sequence)
}

fn pending(
    records: &[KeyRecord],
    algorithm: KeyAlgorithm,
    now: Timestamp,
) -> impl Iterator<Item = &KeyRecord> {
    of(records, algorithm).filter(move |key| key.state(now) == KeyState::Pending)
}

fn next_sequence(records: &[KeyRecord], algorithm: KeyAlgorithm) -> i64 {
    of(records, algorithm).map(|key| key.sequence).max().unwrap_or(0) + 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Algorithm, Secret, days, hours};

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);
    const ALG: KeyAlgorithm = KeyAlgorithm::Sign(Algorithm::ES256);
    const POLICY: Policy =
        Policy { publish_ahead: hours(48), longest_signed: hours(1), rotate_every: Some(days(90)) };

    /// The database, in memory: what `stored::change` does with a plan.
    #[derive(Clone, Default)]
    struct Kept(Vec<KeyRecord>);

    impl Kept {
        fn first() -> Self {
            let mut kept = Self::default();
            let plan = plan_first(&kept.0, ALG, NOW).unwrap();
            kept.apply(&plan, NOW);
            kept
        }

        fn apply(&mut self, plan: &Plan, now: Timestamp) {
            if let Some(new) = plan.new {
                assert!(self.0.iter().all(|key| key.sequence != new.sequence));
                self.0.push(KeyRecord {
                    kid: format!("key-{}", new.sequence),
                    algorithm: plan.algorithm,
                    sequence: new.sequence,
                    sealed_jwk: Secret::new(String::new()),
                    public_jwk: serde_json::Value::Null,
                    created_at: now,
                    active_from: new.active_from,
                    retiring_from: None,
                    gone_at: None,
                });
            }
            for end in &plan.ends {
                let key = self.0.iter_mut().find(|key| key.kid == end.kid).unwrap();
                (key.retiring_from, key.gone_at) = (end.retiring_from, end.gone_at);
            }
            self.0.retain(|key| !plan.removes.contains(&key.kid));
        }

        fn states(&self, now: Timestamp) -> Vec<KeyState> {
            self.0.iter().map(|key| key.state(now)).collect()
        }

        fn active_at(&self, now: Timestamp) -> Vec<&KeyRecord> {
            self.0.iter().filter(|key| key.state(now) == KeyState::Active).collect()
        }
    }

    #[test]
    fn a_rotation_publishes_first_and_changes_later() {
        use KeyState::{Active, Pending, Retired, Retiring};
        let mut kept = Kept::first();
        let plan = plan_rotation(&kept.0, ALG, NOW, None, &POLICY).unwrap();
        kept.apply(&plan, NOW);
        let change = NOW + hours(48);
        for (at, states) in [
            (NOW, [Active, Pending]),
            (change - hours(1), [Active, Pending]),
            (change, [Retiring, Active]),
            (change + hours(1), [Retiring, Active]),
            (change + hours(1) + MARGIN, [Retired, Active]),
        ] {
            assert_eq!(kept.states(at), states);
        }
        let again = plan_rotation(&kept.0, ALG, NOW + hours(1), None, &POLICY);
        assert_eq!(
            again,
            Err(Refusal::AlreadyPending {
                algorithm: ALG,
                kid: "key-2".into(),
                active_from: change
            })
        );
    }

    #[test]
    fn a_wanted_moment_must_leave_time_to_fetch() {
        let kept = Kept::first();
        let earliest = NOW + hours(48);
        let plan = |at| plan_rotation(&kept.0, ALG, NOW, Some(at), &POLICY);
        assert_eq!(plan(earliest - hours(1)), Err(Refusal::TooSoon { earliest }));
        assert_eq!(plan(NOW - hours(1)), Err(Refusal::TooSoon { earliest }));
        assert_eq!(plan(NOW + days(9)).unwrap().new.unwrap().active_from, NOW + days(9));
    }

    #[test]
    fn retiring_needs_force_while_tokens_can_be_valid_and_spares_the_only_key() {
        let mut kept = Kept::first();
        let refused = plan_retire(&kept.0, "key-1", NOW, true).unwrap_err();
        assert!(matches!(refused, Refusal::OnlyActive { .. }));
        assert_eq!(
            plan_retire(&kept.0, "nobody", NOW, true),
            Err(Refusal::Unknown("nobody".into()))
        );
        kept.apply(&plan_rotation(&kept.0, ALG, NOW, None, &POLICY).unwrap(), NOW);
        let later = NOW + hours(48);
        let refused = plan_retire(&kept.0, "key-1", later, false).unwrap_err();
        assert!(matches!(refused, Refusal::StillVerifies { .. }));
        let mut forced = kept.clone();
        forced.apply(&plan_retire(&kept.0, "key-1", later, true).unwrap(), later);
        assert_eq!(forced.states(later), [KeyState::Retired, KeyState::Active]);
        let refused = plan_retire(&forced.0, "key-1", later, true).unwrap_err();
        assert_eq!(refused, Refusal::Retired("key-1".into()));
        // The pending one goes without force, and its predecessor signs on
        kept.apply(&plan_retire(&kept.0, "key-2", NOW, false).unwrap(), NOW);
        assert_eq!(kept.states(NOW + days(900)), [KeyState::Active]);
    }

    #[test]
    fn an_emergency_ends_everything_older_at_once() {
        let mut kept = Kept::first();
        kept.apply(&plan_rotation(&kept.0, ALG, NOW, None, &POLICY).unwrap(), NOW);
        let later = NOW + hours(48);
        kept.apply(&plan_rotation(&kept.0, ALG, later, None, &POLICY).unwrap(), later);
        kept.apply(&plan_emergency(&kept.0, ALG, later), later);
        let active = kept.active_at(later);
        assert_eq!(active.len(), 1);
        assert_eq!(active[0].kid, "key-4");
        assert_eq!(kept.0.iter().filter(|key| key.state(later) != KeyState::Retired).count(), 1);
    }

    #[test]
    fn a_key_brought_in_at_once_leaves_the_old_one_to_verify() {
        let mut kept = Kept::first();
        kept.apply(&plan_rotation(&kept.0, ALG, NOW, None, &POLICY).unwrap(), NOW);
        kept.apply(&plan_takeover(&kept.0, ALG, NOW, &POLICY), NOW);
        assert_eq!(kept.states(NOW), [KeyState::Retiring, KeyState::Active]);
        assert_eq!(kept.states(NOW + hours(2)), [KeyState::Retired, KeyState::Active]);
    }

    #[test]
    fn rotation_is_due_early_enough_to_keep_its_period() {
        let kept = Kept::first();
        let begins = NOW + days(88);
        assert_eq!(due(&kept.0, begins - hours(1), &POLICY), []);
        assert_eq!(due(&kept.0, begins, &POLICY), [(ALG, NOW + days(90))]);
        // A server that slept through it rotates as soon as it may
        assert_eq!(due(&kept.0, NOW + days(200), &POLICY), [(ALG, NOW + days(202))]);
        assert_eq!(due(&kept.0, begins, &Policy { rotate_every: None, ..POLICY }), []);
        let mut rotated = kept.clone();
        rotated.apply(&plan_rotation(&kept.0, ALG, begins, None, &POLICY).unwrap(), begins);
        assert_eq!(due(&rotated.0, begins + hours(1), &POLICY), []);
    }

    #[test]
    fn longer_lives_of_tokens_lengthen_the_ends_that_were_set() {
        let mut kept = Kept::first();
        kept.apply(&plan_rotation(&kept.0, ALG, NOW, None, &POLICY).unwrap(), NOW);
        assert_eq!(overdue_ends(&kept.0, NOW, &POLICY), []);
        let longer = Policy { longest_signed: hours(24), ..POLICY };
        let [end] = overdue_ends(&kept.0, NOW, &longer).try_into().unwrap();
        assert_eq!(end.gone_at, Some(NOW + hours(72) + MARGIN));
        kept.apply(&plan_emergency(&kept.0, ALG, NOW), NOW);
        assert_eq!(overdue_ends(&kept.0, NOW, &longer), []);
    }

    /// What an admin, or the timer of a node, does after a while.
    #[derive(Clone, Debug)]
    enum Step {
        Rotate(Option<u64>),
        Due,
        Retire(usize),
    }

    fn step() -> impl Strategy<Value = (u64, Step)> {
        let step = prop_oneof![
            proptest::option::of(0..2_000_000_u64).prop_map(Step::Rotate),
            Just(Step::Due),
            (0..6_usize).prop_map(Step::Retire),
        ];
        (0..6_000_000_u64, step)
    }

    proptest! {
        #[test]
        fn key_01_one_key_signs_at_every_moment_and_is_published_before_and_after(
            steps in proptest::collection::vec(step(), 1..25),
            ahead in 0..300_000_u64,
            life in 1..200_000_u64,
        ) {
            let policy = Policy {
                publish_ahead: Duration::from_secs(ahead),
                longest_signed: Duration::from_secs(life),
                rotate_every: Some(days(30)),
            };
            let mut kept = Kept::first();
            let mut now = NOW;
            for (wait, step) in steps {
                let moments: Vec<_> =
                    kept.0.iter().filter_map(|key| key.next_change(now)).collect();
                for moment in moments.into_iter().filter(|at| *at < now + Duration::from_secs(wait)) {
                    prop_assert_eq!(kept.active_at(moment).len(), 1);
                }
                now = now + Duration::from_secs(wait);
                let plan = match step {
                    Step::Rotate(at) => {
                        let at = at.map(|at| now + Duration::from_secs(at));
                        plan_rotation(&kept.0, ALG, now, at, &policy).ok()
                    }
                    Step::Due => due(&kept.0, now, &policy).first().map(|(algorithm, at)| {
                        plan_rotation(&kept.0, *algorithm, now, Some(*at), &policy).unwrap()
                    }),
                    Step::Retire(n) => kept.0.get(n).map(|key| key.kid.clone()).and_then(|kid| {
                        plan_retire(&kept.0, &kid, now, false).ok()
                    }),
                };
                if let Some(plan) = plan {
                    kept.apply(&plan, now);
                }
                prop_assert_eq!(kept.active_at(now).len(), 1);
                prop_assert_eq!(kept.active_at(now + days(9_000)).len(), 1);
            }
            for key in &kept.0 {
                let first = key.sequence == 1;
                prop_assert!(first || key.active_from >= key.created_at + policy.publish_ahead);
                if let Some(last) = key.retiring_from {
                    prop_assert!(key.gone_at >= Some(last + policy.longest_signed));
                }
            }
        }
    }
}
