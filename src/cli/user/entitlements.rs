//! `hatcheck user grant` and `revoke`: groups, roles and permissions.

use super::{Refused, find};
use crate::cli::{CliError, pages};
use crate::http::App;
use crate::model::{
    Client, ClientId, ENTITLEMENT_SCOPES, Entitlement, EntitlementName, Entitlements, EventKind,
    User,
};
use crate::store;

/// What many servers and browsers take of a header or a cookie, in bytes.
const COMFORTABLE: usize = 4_096;
/// What a token is without what a person may, in bytes.
const BARE: usize = 900;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The e-mail address that the person signs in with
    #[arg(allow_hyphen_values = true)]
    email: String,
    /// A group, wherever the person signs in; may be repeated
    #[arg(long = "group", value_name = "NAME", value_parser = EntitlementName::parse)]
    groups: Vec<EntitlementName>,
    /// Where the roles and permissions are held: an app by its `client_id`, or a resource of the settings
    #[arg(long, value_name = "CLIENT_OR_RESOURCE")]
    at: Option<String>,
    /// A role; may be repeated
    #[arg(long = "role", value_name = "NAME", value_parser = EntitlementName::parse)]
    roles: Vec<EntitlementName>,
    /// A permission; may be repeated
    #[arg(long = "permission", value_name = "NAME", value_parser = EntitlementName::parse)]
    permissions: Vec<EntitlementName>,
}

impl Args {
    fn entitlements(&self) -> Result<Vec<Entitlement>, Refused> {
        let mut all: Vec<_> = self.groups.iter().cloned().map(Entitlement::Group).collect();
        let at = || self.at.clone().ok_or(Refused::Nowhere);
        for name in self.roles.iter().cloned() {
            all.push(Entitlement::Role { at: at()?, name });
        }
        for name in self.permissions.iter().cloned() {
            all.push(Entitlement::Permission { at: at()?, name });
        }
        if all.is_empty() { Err(Refused::Nothing) } else { Ok(all) }
    }
}

/// Gives, and warns of tokens that grow too large by it.
pub fn grant(app: &App, args: &Args) -> Result<User, CliError> {
    let all = args.entitlements()?;
    if let Some(at) = args.at.as_deref().filter(|at| !is_place(app, at)) {
        return Err(Refused::NoPlace(at.to_owned()).into());
    }
    let user = change(app, args, all, "granted", |db, user, each, now| {
        store::entitlements::grant(db, user, each, now)
    })?;
    for (client, size) in oversized(app, &user)? {
        tracing::warn!(
            "tokens for {} grow to about {size} bytes at {client}, and cookies and headers often hold no more than \
             {COMFORTABLE}: name in the app's registration which groups it needs (`groups`)",
            user.email
        );
    }
    Ok(user)
}

/// Takes away. The place may be gone already.
pub fn revoke(app: &App, args: &Args) -> Result<User, CliError> {
    let all = args.entitlements()?;
    change(app, args, all, "revoked", |db, user, each, _| {
        store::entitlements::revoke(db, user, each)
    })
}

fn change(
    app: &App,
    args: &Args,
    all: Vec<Entitlement>,
    word: &str,
    does: fn(
        &mut store::Db,
        crate::model::UserId,
        &Entitlement,
        crate::model::Timestamp,
    ) -> Result<bool, store::StoreError>,
) -> Result<User, CliError> {
    let user = find(app, &args.email)?;
    let told: Vec<_> = all.iter().map(Entitlement::to_string).collect();
    let detail = format!("{word} by command: {}", told.join(", "));
    let event = app.event(EventKind::UserChanged, Some(user.id), None, &detail);
    let (id, now) = (user.id, app.now());
    app.store().write_blocking(move |db| {
        let mut changed = false;
        for each in &all {
            changed |= does(db, id, each, now)?;
        }
        if changed {
            store::events::append(db, &event)?;
        }
        Ok(())
    })?;
    Ok(user)
}

fn is_place(app: &App, at: &str) -> bool {
    let is_client = |id: ClientId| {
        app.store().read_blocking(move |db| store::clients::find(db, &id)).ok().flatten().is_some()
    };
    app.settings().resources.get(at).is_some() || ClientId::parse(at).is_some_and(is_client)
}

/// The apps at which somebody's tokens are too large, each with the size in bytes.
fn oversized(app: &App, user: &User) -> Result<Vec<(ClientId, usize)>, CliError> {
    let id = user.id;
    let all = app.store().read_blocking(move |db| store::entitlements::of_user(db, id))?;
    let mut found = Vec::new();
    pages::each(
        app,
        store::clients::list,
        |client| &client.id,
        |client| {
            let size = size(client, all.clone());
            if size > COMFORTABLE {
                found.push((client.id.clone(), size));
            }
            Ok(())
        },
    )?;
    Ok(found)
}

/// How large a token gets: base64 makes four characters of three bytes.
fn size(client: &Client, all: Vec<Entitlement>) -> usize {
    let metadata = &client.metadata;
    if !ENTITLEMENT_SCOPES.iter().any(|scope| metadata.scope.contains(scope)) {
        return BARE;
    }
    let passes = |group: &_| metadata.tells_group(group);
    let held = Entitlements::at(all, &[client.id.to_string()], passes).within(&metadata.scope);
    let names = held.groups.iter().chain(&held.roles).chain(&held.permissions);
    BARE + names.map(|name| name.as_str().len() + 3).sum::<usize>() * 4 / 3
}
