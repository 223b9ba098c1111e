//! `hatcheck client rotate-secret`: two secrets are good during the overlap.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::write;
use crate::cli::CliError;
use crate::http::{App, fresh_client_secret, stored_client_secret};
use crate::model::client::ClientSecret;
use crate::model::{Client, Timestamp};

/// The longest overlap: a year.
const LONGEST: u64 = 366 * 86_400;

/// A length of time as people write it: 30m, 24h, 7d.
pub fn length(text: &str) -> Result<Duration, String> {
    let told = || "write a length of time like 0s, 30m, 24h or 7d, of at most a year".to_owned();
    let (unit, digits) = text
        .char_indices()
        .next_back()
        .and_then(|(at, unit)| text.get(..at).map(|digits| (unit, digits)))
        .ok_or_else(told)?;
    let seconds: u64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(told()),
    };
    let count: u64 = digits.parse().map_err(|_| told())?;
    let length = count.checked_mul(seconds).filter(|length| *length <= LONGEST);
    length.map(Duration::from_secs).ok_or_else(told)
}

/// Makes a new secret, and lets the old one go after the overlap.
pub fn rotate(
    app: &App,
    client: &Client,
    overlap: Duration,
) -> Result<Map<String, Value>, CliError> {
    if !client.metadata.takes_secret() {
        return Err(CliError::Input(
            "this app proves itself without a secret (its token_endpoint_auth_method says so): there is none to rotate"
                .to_owned(),
        ));
    }
    let secret = fresh_client_secret(app, &client.metadata);
    let stored = stored_client_secret(app, &client.metadata, &secret)?;
    let now = app.now();
    let secrets = rotated(&client.secrets, stored, now, overlap);
    let previous = secrets.iter().find_map(|each| each.expires_at);
    let after = Client { secrets, updated_at: now, ..client.clone() };
    write(app, client, &after, "secret rotated by command")?;
    let mut out = after.to_json(Some(&secret));
    if let Some(at) = previous {
        out.insert("previous_secret_expires_at".to_owned(), json!(at));
    }
    Ok(out)
}

/// The new secret first, and the one before it until the overlap ends. Older ones have had their time.
fn rotated(
    old: &[ClientSecret],
    new: ClientSecret,
    now: Timestamp,
    overlap: Duration,
) -> Vec<ClientSecret> {
    let until = now + overlap;
    let previous = old.iter().find(|each| each.expires_at.is_none()).filter(|_| now < until);
    let previous = previous.map(|each| ClientSecret { expires_at: Some(until), ..each.clone() });
    std::iter::once(new).chain(previous).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Digest, hours};

    fn secret(text: &str, expires_at: Option<i64>) -> ClientSecret {
        ClientSecret {
            digest: Digest::of(text),
            expires_at: expires_at.map(Timestamp::from_seconds),
            sealed: None,
        }
    }

    #[test]
    fn two_secrets_are_good_during_the_overlap_and_never_three() {
        let now = Timestamp::from_seconds(1_000);
        let day = 1_000 + 86_400;
        for (old, overlap, expected) in [
            (vec![], 24, vec![secret("new", None)]),
            (vec![secret("a", None)], 24, vec![secret("new", None), secret("a", Some(day))]),
            (vec![secret("a", None)], 0, vec![secret("new", None)]),
            (
                vec![secret("b", None), secret("a", Some(2_000))],
                24,
                vec![secret("new", None), secret("b", Some(day))],
            ),
        ] {
            assert_eq!(rotated(&old, secret("new", None), now, hours(overlap)), expected);
        }
    }

    #[test]
    fn lengths_of_time_are_read() {
        for (text, seconds) in
            [("0s", 0), ("90s", 90), ("30m", 1_800), ("24h", 86_400), ("7d", 604_800)]
        {
            assert_eq!(length(text), Ok(Duration::from_secs(seconds)));
        }
        for bad in ["", "h", "24", "-1h", "1w", "1.5h", "400d", "99999999999999999999d", "1ä"] {
            assert!(length(bad).is_err(), "{bad}");
        }
    }
}
