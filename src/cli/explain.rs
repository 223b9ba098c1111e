//! `hatcheck explain`.

use serde_json::json;

use super::{CliError, Common, say, say_json, settings};
use crate::http::{Refusal, look_up};
use crate::model::Timestamp;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The reference code on the error page or in the error's JSON, like K7QM-3XWT
    #[arg(value_name = "CODE")]
    code: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(args: Args, common: &Common) -> Result<(), CliError> {
    let Args { code, json } = args;
    let file = settings(common)?.log.refusals;
    let found = look_up(&file, &code)
        .map_err(|error| CliError::Failed(format!("{}: {error}", file.display())))?;
    let Some((at, refusal)) = found else {
        return Err(CliError::Failed(format!(
            "no refusal with the code {} is in {}: it may be old (about the last thousand are kept), \
             misspelt, or another server's",
            code.escape_debug(),
            file.display()
        )));
    };
    if json {
        return say_json(&json!({
            "reference": code,
            "at": at,
            "error": refusal.error,
            "received": refusal.received,
            "rule": refusal.rule,
            "mend": refusal.mend,
        }));
    }
    say(told(at, &refusal))
}

/// For people. What came in is shown with its control characters spelled out: a terminal would obey them.
fn told(at: Timestamp, refusal: &Refusal) -> String {
    let lines = [
        ("When", at.rfc_3339()),
        ("Error", refusal.error.clone()),
        ("What came in", refusal.received.clone()),
        ("The rule", refusal.rule.clone()),
        ("What mends it", refusal.mend.clone()),
    ];
    let shown = lines.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| {
        let plain: String = text.chars().flat_map(spelled_out).collect();
        format!("{:<15}{}", format!("{name}:"), plain.replace('\n', "\n               "))
    });
    shown.collect::<Vec<_>>().join("\n")
}

fn spelled_out(c: char) -> Vec<char> {
    if c.is_control() && c != '\n' { c.escape_unicode().collect() } else { vec![c] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_lines_and_cannot_command_the_terminal() {
        let refusal = Refusal {
            error: "invalid_request".to_owned(),
            received: "redirect_uri=https://evil.example/\u{1b}[2J\nclient_id=notes".to_owned(),
            rule: "exactly a registered one (RFC 9700 section 2.1)".to_owned(),
            mend: String::new(),
        };
        let told = told(Timestamp::from_seconds(0), &refusal);
        assert_eq!(
            told,
            "When:          1970-01-01T00:00:00Z\n\
             Error:         invalid_request\n\
             What came in:  redirect_uri=https://evil.example/\\u{1b}[2J\n               client_id=notes\n\
             The rule:      exactly a registered one (RFC 9700 section 2.1)"
        );
    }
}
