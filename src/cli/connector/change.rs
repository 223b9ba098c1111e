//! Adding, changing, showing and deleting connectors.

use std::path::Path;
use std::time::Duration;

use actix_web::rt::System;
use serde_json::{Value, json};

use super::Refused;
use super::file::Described;
use crate::cli::{CliError, say, say_json};
use crate::config::{Connector, Connectors};
use crate::http::App;
use crate::keys::KeyError;
use crate::model::{ConnectorRecord, EventKind, Secret};
use crate::store;

/// Adds it.
pub(super) fn add(app: &App, described: Described, json: bool) -> Result<(), CliError> {
    of_settings(app, &described.name)?;
    let (name, now) = (described.name.clone(), app.now());
    let record = ConnectorRecord {
        sealed_secret: sealed(app, described.secret.as_ref())?,
        name: described.name,
        members: described.members,
        previous: None,
        created_at: now,
        updated_at: now,
    };
    is_whole(&record, &described.file)?;
    let event = app.event(EventKind::ConnectorChanged, None, None, format!("{name} added"));
    app.store().write_blocking(move |db| {
        if !store::connectors::insert(db, &record)? {
            return Ok(Err(Refused::Taken));
        }
        store::events::append(db, &event)?;
        Ok(Ok(()))
    })??;
    told(app, &name, "added", json)
}

/// Replaces it. A new secret takes the place of the old one, which is tried as well for a while.
pub(super) fn update(
    app: &App,
    described: Described,
    overlap: Duration,
    json: bool,
) -> Result<(), CliError> {
    of_settings(app, &described.name)?;
    let name = described.name.clone();
    let before = find(app, &name)?;
    let now = app.now();
    let mut record =
        ConnectorRecord { members: described.members, updated_at: now, ..before.clone() };
    if let Some(new) = sealed(app, described.secret.as_ref())? {
        record.previous = record.sealed_secret.replace(new).map(|old| (old, now + overlap));
    }
    let issuer = is_whole(&record, &described.file)?.issuer;
    let moves = is_whole(&before, &described.file).is_ok_and(|before| before.issuer != issuer);
    let event = app.event(EventKind::ConnectorChanged, None, None, format!("{name} changed"));
    app.store().write_blocking(move |db| {
        // Their subjects mean other people there
        if moves && store::identities::count(db, &record.name)? > 0 {
            return Ok(Err(Refused::Moved));
        }
        if !store::connectors::update(db, &record, &before)? {
            return Ok(Err(Refused::Changed));
        }
        store::events::append(db, &event)?;
        Ok(Ok(()))
    })??;
    told(app, &name, "changed", json)
}

/// Deletes it. `unlink`: and the links of the people who are known by it.
pub(super) fn delete(app: &App, name: &str, unlink: bool, json: bool) -> Result<(), CliError> {
    of_settings(app, name)?;
    let (wanted, detail) = (name.to_owned(), format!("{name} deleted"));
    let event = app.event(EventKind::ConnectorChanged, None, None, detail);
    app.store().write_blocking(move |db| {
        if unlink {
            store::identities::forget(db, &wanted)?;
        } else if store::identities::count(db, &wanted)? > 0 {
            return Ok(Err(Refused::Linked));
        }
        if !store::connectors::delete(db, &wanted)? {
            return Ok(Err(Refused::Unknown));
        }
        store::events::append(db, &event)?;
        Ok(Ok(()))
    })??;
    if json {
        return say_json(&json!({"deleted": name}));
    }
    say(format!("{name} is deleted"))
}

/// Shows it as JSON, without its secret.
pub(super) fn show(app: &App, name: &str) -> Result<(), CliError> {
    of_settings(app, name)?;
    say_json(&Value::Object(find(app, name)?.members))
}

fn find(app: &App, name: &str) -> Result<ConnectorRecord, CliError> {
    let name = name.to_owned();
    let found = app.store().read_blocking(move |db| store::connectors::find(db, &name))?;
    Ok(found.ok_or(Refused::Unknown)?)
}

fn of_settings(app: &App, name: &str) -> Result<(), Refused> {
    match app.settings().connectors.get(name) {
        Some(_) => Err(Refused::OfSettings),
        None => Ok(()),
    }
}

/// The connector, with the secret that there is now.
fn is_whole(record: &ConnectorRecord, file: &Path) -> Result<Connector, CliError> {
    let kept = record.sealed_secret.is_some();
    let read = Connectors::parse(&record.name, &record.members, kept, (file, Path::new("")));
    read.map_err(|errors| CliError::Input(errors.to_string()))
}

fn sealed(app: &App, secret: Option<&Secret<String>>) -> Result<Option<String>, KeyError> {
    secret.map(|secret| app.seal_connector_secret(secret)).transpose()
}

fn told(app: &App, name: &str, what: &str, json: bool) -> Result<(), CliError> {
    let all = System::new().block_on(app.connectors())?;
    let redirect_uri = all.get(name).map(|one| one.redirect_uri.clone()).unwrap_or_default();
    if json {
        return say_json(&json!({"name": name, "redirect_uri": redirect_uri}));
    }
    say(format!(
        "{name} is {what}: the provider has to have registered {redirect_uri}; `hatcheck connector test {name}` tries it"
    ))
}
