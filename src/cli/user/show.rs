//! `hatcheck user list` and `show`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cli::{CliError, pages, say, say_json};
use crate::http::App;
use crate::model::{Entitlement, EntitlementName, Timestamp, User};
use crate::store;

/// Everybody, in the order of their addresses.
pub fn list(app: &App, json: bool) -> Result<(), CliError> {
    let mut records = Vec::new();
    pages::each(
        app,
        store::users::list,
        |user| &user.username,
        |user| {
            if json {
                records.push(summary(user));
                return Ok(());
            }
            say(line(user))
        },
    )?;
    if json { say_json(&records) } else { Ok(()) }
}

/// One person, with all that is known.
pub fn show(app: &App, json: bool, user: &User) -> Result<(), CliError> {
    let record = record(app, user)?;
    if json {
        return say_json(&record);
    }
    let Value::Object(members) = record else { return Ok(()) };
    for (name, value) in members {
        let value = match value.as_str() {
            Some(text) => text.to_owned(),
            None if value.is_null() => "-".to_owned(),
            None => value.to_string(),
        };
        say(format!("{:<22}{value}", format!("{}:", name.replace('_', " "))))?;
    }
    Ok(())
}

/// A person as JSON, with claims and what is left of their recovery codes.
pub fn record(app: &App, user: &User) -> Result<Value, CliError> {
    let id = user.id;
    let (left, held, identities) = app.store().read_blocking(move |db| {
        let left = store::recovery_codes::remaining(db, id)?;
        Ok((left, store::entitlements::of_user(db, id)?, store::identities::of_user(db, id)?))
    })?;
    let mut record = summary(user);
    if let Value::Object(members) = &mut record {
        members.insert("recovery_codes_left".to_owned(), json!(left));
        members.insert("claims".to_owned(), json!(user.claims));
        members.insert("entitlements".to_owned(), entitlements(&held));
        let identities = identities
            .iter()
            .map(|each| json!({ "provider": each.provider, "subject": each.subject }));
        members.insert("identities".to_owned(), identities.collect());
    }
    Ok(record)
}

/// Groups, and roles and permissions by where they are held.
fn entitlements(held: &[Entitlement]) -> Value {
    let mut groups = Vec::new();
    let mut places: BTreeMap<&str, BTreeMap<&str, Vec<&EntitlementName>>> = BTreeMap::new();
    for each in held {
        match each {
            Entitlement::Group(name) => groups.push(name),
            Entitlement::Role { at, name } => {
                places.entry(at).or_default().entry("roles").or_default().push(name);
            }
            Entitlement::Permission { at, name } => {
                places.entry(at).or_default().entry("permissions").or_default().push(name);
            }
        }
    }
    json!({ "groups": groups, "at": places })
}

fn summary(user: &User) -> Value {
    json!({
        "id": user.id,
        "email": user.email,
        "email_verified": user.email_verified,
        "name": user.name,
        "admin": user.admin,
        "second_factor": user.has_second_factor(),
        "disabled_at": user.disabled_at.map(Timestamp::rfc_3339),
        "created_at": user.created_at.rfc_3339(),
        "updated_at": user.updated_at.rfc_3339(),
    })
}

fn line(user: &User) -> String {
    let mut line = format!("{}  {}", user.email, user.name);
    for (is, word) in [
        (user.admin, "admin"),
        (user.has_second_factor(), "second factor"),
        (user.disabled_at.is_some(), "disabled"),
    ] {
        if is {
            line.push_str("  [");
            line.push_str(word);
            line.push(']');
        }
    }
    line
}
