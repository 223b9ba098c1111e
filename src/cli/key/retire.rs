//! `hatcheck key retire`.

use serde_json::json;

use super::{App, CliError, refused, say, say_json};
use crate::keys;
use crate::keys::lifecycle;
use crate::store;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The key
    #[arg(allow_hyphen_values = true)]
    kid: String,
    /// End the key though tokens that it signed can still be valid: apps will refuse them
    #[arg(long)]
    force: bool,
}

/// Runs it.
pub fn run(args: &Args, app: &App, as_json: bool) -> Result<(), CliError> {
    let now = app.now();
    let (kid, force) = (args.kid.clone(), args.force);
    let done = app.store().write_blocking(move |db| {
        let records = store::signing_keys::list(db)?;
        match lifecycle::plan_retire(&records, &kid, now, force) {
            Ok(plan) => keys::change(db, &plan, None, now).map(|_| Ok(plan)),
            Err(refusal) => Ok(Err(refusal)),
        }
    })?;
    let plan = done.map_err(|refusal| refused(&refusal))?;
    let removed = !plan.removes.is_empty();
    if as_json {
        return say_json(&json!({"kid": args.kid, "removed": removed, "retired": !removed}));
    }
    if removed {
        return say(format_args!("{} is removed; it never signed", args.kid));
    }
    say(format_args!("{} is retired: tokens that it signed are good no longer", args.kid))
}
