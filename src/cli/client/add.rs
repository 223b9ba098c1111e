//! `hatcheck client add`: RFC 7591 section 3, by an admin.

use serde_json::{Map, Value};

use super::registration::Registration;
use super::{Refused, admit, ensure_key};
use crate::cli::CliError;
use crate::http::{App, fresh_client_secret, stored_client_secret};
use crate::model::{Client, ClientId, EventKind};
use crate::store;

/// Registers the app; its registration, with its secret.
pub fn add(app: &App, registration: Registration) -> Result<Map<String, Value>, CliError> {
    let chosen = registration.secret;
    let takes_secret = registration.metadata.takes_secret();
    let secret = takes_secret
        .then(|| chosen.unwrap_or_else(|| fresh_client_secret(app, &registration.metadata)));
    let store = |secret| stored_client_secret(app, &registration.metadata, secret);
    let secrets: Result<Vec<_>, _> = secret.iter().map(store).collect();
    let id = registration.id.map_or_else(|| fresh_id(app), Ok)?;
    let now = app.now();
    let client = Client {
        id,
        metadata: registration.metadata,
        secrets: secrets?,
        created_at: now,
        updated_at: now,
    };
    let event = app.event(EventKind::ClientAdded, None, Some(&client.id), "by command");
    let record = client.clone();
    admit(app, &client)?;
    ensure_key(app, &client)?;
    app.store().write_blocking(move |db| {
        if !store::clients::insert(db, &record)? {
            return Ok(Err(Refused::Taken));
        }
        store::events::append(db, &event)?;
        Ok(Ok(()))
    })??;
    Ok(client.to_json(secret.as_ref()))
}

/// 128 random bits in hexadecimal: no sign in it that a shell or a URL would take for something else.
fn fresh_id(app: &App) -> Result<ClientId, CliError> {
    let text = format!("{:032x}", u128::from_be_bytes(app.random()));
    ClientId::parse(&text).ok_or_else(|| CliError::Failed("no client_id could be made".to_owned()))
}
