//! `hatcheck client update`: the file takes the place of the whole registration (RFC 7592 section 2.2).

use serde_json::{Map, Value};

use super::registration::Registration;
use super::{admit, ensure_key, write};
use crate::cli::CliError;
use crate::http::{App, client_secrets_after};
use crate::model::Client;

/// Replaces the registration; it is shown as `add` shows it, with a secret only when a new one was needed.
pub fn update(
    app: &App,
    client: &Client,
    registration: Registration,
) -> Result<Map<String, Value>, CliError> {
    let now = app.now();
    if registration.id.as_ref().is_some_and(|id| *id != client.id) {
        return Err(CliError::Input(
            "client_id: it can't be changed: leave it out, or add another app".to_owned(),
        ));
    }
    let known = |secret: &str| client.has_secret(secret, now);
    if registration.secret.is_some_and(|secret| !known(secret.expose())) {
        return Err(CliError::Input(
            "client_secret: it is not changed here: leave it out, and use `hatcheck client rotate-secret`".to_owned(),
        ));
    }
    let (secrets, fresh) = client_secrets_after(app, &client.secrets, &registration.metadata)?;
    let metadata = registration.metadata;
    let after = Client { metadata, secrets, updated_at: now, ..client.clone() };
    admit(app, &after)?;
    ensure_key(app, &after)?;
    write(app, client, &after, "registration replaced by command")?;
    Ok(after.to_json(fresh.as_ref()))
}
