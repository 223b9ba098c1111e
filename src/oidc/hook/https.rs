//! The deployment's service: one POST of JSON, answered by 200 with claims, or by 403 with a reason. Anything else, and no
//! answer within five seconds, gives no tokens.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::http::{App, Extra, Issuing, Withheld};
use crate::model::{Acr, Timestamp};

/// The longest reason that is passed on, in characters.
const LONGEST_REASON: usize = 200;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Denied {
    reason: String,
}

/// Asks it.
pub async fn ask(url: &str, issuing: &Issuing<'_>, app: &App) -> Result<Extra, Withheld> {
    let away = |reason: String| Withheld::Unavailable(reason);
    let secret = match &app.settings().token_hook.secret_file {
        Some(path) => std::fs::read_to_string(path).map_err(|error| away(error.to_string()))?,
        None => String::new(),
    };
    let answer = app.outgoing().post_json(url, secret.trim(), &question(issuing)).await;
    let answer = answer.map_err(|error| away(error.to_string()))?;
    match answer.status {
        200 => {
            read(&answer.body).map_err(|error| away(format!("its answer can't be read: {error}")))
        }
        403 => {
            let Denied { reason } = serde_json::from_slice(&answer.body).unwrap_or_default();
            let shown = reason.chars().filter(|c| !c.is_control()).take(LONGEST_REASON).collect();
            Err(Withheld::Refused(shown))
        }
        other => Err(away(format!("it answers with the status {other}"))),
    }
}

/// A JSON object; as a list it would pass for an empty answer.
fn read(body: &[u8]) -> Result<Extra, serde_json::Error> {
    let object: Map<String, Value> = serde_json::from_slice(body)?;
    serde_json::from_value(Value::Object(object))
}

fn question(issuing: &Issuing<'_>) -> Value {
    let Issuing { client, user, authentication, scopes, audience, grant } = issuing;
    json!({
        "client_id": client.id,
        "grant_type": grant,
        "scope": scopes.to_string(),
        "audience": audience,
        "user": user.map(|user| json!({
            "sub": user.id, "email": user.email, "email_verified": user.email_verified, "name": user.name,
        })),
        "acr": authentication.map(|authentication| Acr::as_str(authentication.acr)),
        "auth_time": authentication.map(|authentication| Timestamp::seconds(authentication.time)),
    })
}
