//! `hatcheck key rotate`.

use serde_json::{Value, json};

use super::{App, CliError, algorithm, records, refused, say, say_json};
use crate::keys::lifecycle::{self, Plan, Policy, Refusal};
use crate::keys::{self, MadeKey};
use crate::model::{KeyAlgorithm, KeyRecord, Timestamp};
use crate::store::{self, StoreError};

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The algorithm; every one in use when none is named
    #[arg(long, value_name = "ALG", value_parser = algorithm)]
    alg: Option<KeyAlgorithm>,
    /// When the new key begins to sign, like 2026-01-31T12:00:00Z; `keys.publish_ahead` from now on by default
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "now")]
    at: Option<Timestamp>,
    /// Only tell what would happen
    #[arg(long)]
    dry_run: bool,
    /// The emergency: sign with a new key at once, and end all older keys with everything that they signed
    #[arg(long, requires = "reason")]
    now: bool,
    /// Why the emergency
    #[arg(long, value_enum, requires = "now")]
    reason: Option<Reason>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Reason {
    /// Somebody else has, or may have, the private key
    Compromised,
}

/// What is to be done, or was.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) plan: Plan,
    /// `None` when it was not made: a dry run.
    pub(super) kid: Option<String>,
}

/// Runs it: each algorithm by itself, so that one that was rotated already stops no other.
pub fn run(args: &Args, app: &App, as_json: bool) -> Result<(), CliError> {
    let all = records(app)?;
    let algorithms = match args.alg {
        Some(algorithm) => vec![algorithm],
        None => lifecycle::in_use(&all, app.now()),
    };
    let mut answers = Vec::new();
    for algorithm in algorithms {
        let result = match plan(args, &all, algorithm, app) {
            Ok(plan) if args.dry_run => Ok(Outcome { plan, kid: None }),
            Ok(_) => {
                let made = MadeKey::generate(algorithm, app.vault())?;
                let (args, within) = (Wanted::from(args), app.clone());
                apply(app, made, move |records| args.plan(records, algorithm, &within))?
            }
            Err(refusal) => Err(refusal),
        };
        match result {
            Ok(outcome) => answers.push(answer(&outcome, as_json, app)?),
            // Asking twice is no mistake
            Err(Refusal::AlreadyPending { kid, active_from, .. }) => {
                answers.push(pending(algorithm, &kid, active_from, as_json)?);
            }
            Err(refusal) => return Err(refused(&refusal)),
        }
    }
    if as_json { say_json(&answers) } else { Ok(()) }
}

/// What of the arguments decides, to be asked again inside the transaction.
#[derive(Clone, Copy)]
struct Wanted {
    at: Option<Timestamp>,
    emergency: bool,
}

impl From<&Args> for Wanted {
    fn from(args: &Args) -> Self {
        Self { at: args.at, emergency: args.now }
    }
}

impl Wanted {
    fn plan(
        self,
        records: &[KeyRecord],
        algorithm: KeyAlgorithm,
        app: &App,
    ) -> Result<Plan, Refusal> {
        let now = app.now();
        if self.emergency {
            return Ok(lifecycle::plan_emergency(records, algorithm, now));
        }
        let policy = Policy::from(app.settings());
        lifecycle::plan_rotation(records, algorithm, now, self.at, &policy)
    }
}

fn plan(
    args: &Args,
    records: &[KeyRecord],
    algorithm: KeyAlgorithm,
    app: &App,
) -> Result<Plan, Refusal> {
    Wanted::from(args).plan(records, algorithm, app)
}

/// Puts a key in its place, as `decide` says of the keys that are there at that moment.
pub(super) fn apply(
    app: &App,
    made: MadeKey,
    decide: impl Fn(&[KeyRecord]) -> Result<Plan, Refusal> + Send + 'static,
) -> Result<Result<Outcome, Refusal>, CliError> {
    let now = app.now();
    let done = app.store().write_blocking(move |db| {
        let records = store::signing_keys::list(db)?;
        let plan = match decide(&records) {
            Ok(plan) => plan,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if !keys::change(db, &plan, Some(&made), now)? {
            return Err(StoreError::Other(
                "another node changed the keys at the same moment: `hatcheck key list` shows how"
                    .to_owned(),
            ));
        }
        Ok(Ok(Outcome { plan, kid: Some(made.kid.clone()) }))
    })?;
    Ok(done)
}

/// Tells of an outcome: prints it, or gives it for the list of a program.
pub(super) fn answer(outcome: &Outcome, as_json: bool, app: &App) -> Result<Value, CliError> {
    let plan = &outcome.plan;
    let signs_from = plan.new.map(|new| new.active_from);
    let done = outcome.kid.is_some();
    if !as_json {
        tell(outcome, app.now())?;
    }
    Ok(json!({
        "alg": plan.algorithm.as_str(),
        "kid": outcome.kid,
        "done": done,
        "signs_from": signs_from.map(Timestamp::rfc_3339),
        "ends": plan.ends.iter().map(|end| json!({
            "kid": end.kid,
            "signs_until": end.retiring_from.map(Timestamp::rfc_3339),
            "published_until": end.gone_at.map(Timestamp::rfc_3339),
        })).collect::<Vec<_>>(),
        "removes": plan.removes,
    }))
}

fn tell(outcome: &Outcome, now: Timestamp) -> Result<(), CliError> {
    let plan = &outcome.plan;
    let at = |moment: Option<Timestamp>| match moment {
        Some(moment) if moment <= now => "now".to_owned(),
        Some(moment) => format!("at {}", moment.rfc_3339()),
        None => "never".to_owned(),
    };
    let algorithm = plan.algorithm;
    let name = outcome.kid.as_deref().unwrap_or("(not made: a dry run)");
    say(format_args!("{algorithm}: the new key {name} is published now"))?;
    say(format_args!(
        "{algorithm}: it begins to sign {}",
        at(plan.new.map(|new| new.active_from))
    ))?;
    for end in &plan.ends {
        say(format_args!(
            "{algorithm}: the key {} stops signing {}, and is published no longer {}",
            end.kid,
            at(end.retiring_from),
            at(end.gone_at)
        ))?;
    }
    for kid in &plan.removes {
        say(format_args!("{algorithm}: the key {kid}, which never signed, is removed now"))?;
    }
    Ok(())
}

fn pending(
    algorithm: KeyAlgorithm,
    kid: &str,
    active_from: Timestamp,
    as_json: bool,
) -> Result<Value, CliError> {
    let signs_from = active_from.rfc_3339();
    if !as_json {
        say(format_args!(
            "{algorithm}: the next key {kid} is published already, and begins to sign at {signs_from}: \
             nothing is changed"
        ))?;
    }
    Ok(json!({
        "alg": algorithm.as_str(), "kid": kid, "done": false, "signs_from": signs_from,
        "ends": [], "removes": [],
    }))
}

fn moment(text: &str) -> Result<Timestamp, String> {
    Timestamp::from_rfc_3339(text)
        .ok_or_else(|| "write it like 2026-01-31T12:00:00Z or 2026-01-31T13:00:00+01:00".to_owned())
}
