//! `hatcheck key list`.

use serde_json::{Value, json};

use super::{App, CliError, records, say, say_json};
use crate::model::{KeyRecord, KeyState, Timestamp};

/// Prints all keys, of each algorithm the oldest first.
pub fn run(app: &App, as_json: bool) -> Result<(), CliError> {
    let now = app.now();
    let mut keys = records(app)?;
    keys.sort_by_key(|key| (key.algorithm, key.sequence));
    if as_json {
        return say_json(&keys.iter().map(|key| to_json(key, now)).collect::<Vec<_>>());
    }
    say(format_args!("{:<43}  {:<5}  {:<8}  {:<20}  UNTIL", "KID", "ALG", "STATE", "SINCE"))?;
    for key in keys {
        let until = key.next_change(now).map_or_else(|| "-".to_owned(), Timestamp::rfc_3339);
        say(format_args!(
            "{:<43}  {:<5}  {:<8}  {:<20}  {until}",
            key.kid,
            key.algorithm.as_str(),
            word(key.state(now)),
            since(&key, now).rfc_3339(),
        ))?;
    }
    Ok(())
}

/// A key for programs.
pub fn to_json(key: &KeyRecord, now: Timestamp) -> Value {
    json!({
        "kid": key.kid,
        "alg": key.algorithm.as_str(),
        "state": key.state(now),
        "since": since(key, now).rfc_3339(),
        "until": key.next_change(now).map(Timestamp::rfc_3339),
        "published_from": key.created_at.rfc_3339(),
        "signs_from": key.active_from.rfc_3339(),
        "signs_until": key.retiring_from.map(Timestamp::rfc_3339),
        "published_until": key.gone_at.map(Timestamp::rfc_3339),
    })
}

fn since(key: &KeyRecord, now: Timestamp) -> Timestamp {
    match key.state(now) {
        KeyState::Pending => key.created_at,
        KeyState::Active => key.active_from,
        KeyState::Retiring => key.retiring_from.unwrap_or(key.active_from),
        KeyState::Retired => key.gone_at.unwrap_or(key.active_from),
    }
}

const fn word(state: KeyState) -> &'static str {
    match state {
        KeyState::Pending => "pending",
        KeyState::Active => "active",
        KeyState::Retiring => "retiring",
        KeyState::Retired => "retired",
    }
}
