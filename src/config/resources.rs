//! `[resources."URL"]`: the APIs that tokens are for (RFC 8707), with their scopes and the form of their tokens.

use std::collections::BTreeMap;
use std::time::Duration;

use super::reading::{Reader, told};
use super::{Issuer, Scopes, Tokens};
use crate::model::client::TokenFormat;
use crate::model::{self, ClientId, days, seconds};

/// `[resources]`
#[derive(Clone, Debug, Default)]
pub struct Resources(BTreeMap<String, Resource>);

/// `[resources."URL"]`
#[derive(Clone, Debug)]
pub struct Resource {
    /// `scopes`: those that are its own.
    pub scopes: model::Scopes,
    /// `token_format`: what access tokens for it look like; `None`: as the client wants them.
    pub token_format: Option<TokenFormat>,
    /// `token_lifetime`: how long they live.
    pub token_lifetime: Duration,
    /// `clients`: who may ask for it; `None`: every client.
    clients: Option<Vec<ClientId>>,
    /// `introspected_by`: the clients that it is, as which it may introspect its tokens.
    introspected_by: Vec<ClientId>,
    /// `exchanged_by`: the clients that may call it in people's names (RFC 8693).
    exchanged_by: Vec<ClientId>,
}

impl Resource {
    /// Whether this client may have tokens for it.
    pub fn is_open_to(&self, client: &ClientId) -> bool {
        self.clients.as_ref().is_none_or(|clients| clients.contains(client))
    }

    /// Whether this client may exchange the tokens that it is called with for such as call it.
    pub fn is_exchanged_by(&self, client: &ClientId) -> bool {
        self.exchanged_by.contains(client)
    }
}

impl Resources {
    /// A resource by its identifier, compared as it is written.
    pub fn get(&self, url: &str) -> Option<&Resource> {
        self.0.get(url)
    }

    /// Each with its identifier.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Resource)> {
        self.0.iter().map(|(url, resource)| (url.as_str(), resource))
    }

    /// The resource that a scope belongs to.
    pub fn of_scope(&self, scope: &str) -> Option<&str> {
        self.iter().find(|(_, resource)| resource.scopes.contains(scope)).map(|(url, _)| url)
    }

    /// Whether this client is one of the servers of a resource.
    pub fn is_server(&self, url: &str, client: &ClientId) -> bool {
        self.get(url).is_some_and(|resource| resource.introspected_by.contains(client))
    }

    /// The longest life of a token for any of them.
    pub fn longest_token(&self) -> Duration {
        self.0.values().map(|resource| resource.token_lifetime).max().unwrap_or_default()
    }

    pub(super) fn read(
        reader: &mut Reader,
        issuer: Option<&Issuer>,
        scopes: &Scopes,
        tokens: &Tokens,
    ) -> Self {
        let mut resources = Self::default();
        for url in reader.named("resources") {
            let resource = Resource::read(reader, &url, tokens);
            let name = format!("resources.\"{url}\"");
            if let Err(sentence) = check_url(&url, issuer) {
                reader.refuse(&name, sentence);
            }
            for scope in resource.scopes.iter() {
                if scopes.get(scope).is_none() {
                    reader.refuse(
                        &format!("{name}.scopes"),
                        format!("has {scope:?}, which is not described: write [scopes.\"{scope}\"] with a description"),
                    );
                } else if let Some(other) = resources.of_scope(scope) {
                    reader.refuse(
                        &format!("{name}.scopes"),
                        format!("has {scope:?}, which belongs to {other}: give each resource scopes of its own"),
                    );
                }
            }
            resources.0.insert(url, resource);
        }
        resources
    }
}

impl Resource {
    fn read(reader: &mut Reader, url: &str, tokens: &Tokens) -> Self {
        let member = |member: &str| format!("resources.\"{url}\".{member}");
        let scopes: Vec<String> = reader.take_if(
            member("scopes"),
            Vec::new(),
            |names: &Vec<String>| all_are(names, |name| model::Scopes::parse(name).is_ok()),
            "The scopes of this API, each described in `[scopes]`.",
        );
        let format: Option<String> = reader.take_if(
            member("token_format"),
            told("as the client registered", None),
            is_format,
            "The form of its access tokens: `jwt`, which the API verifies itself, or `opaque`, which it introspects.",
        );
        let token_lifetime = reader.take_within(
            member("token_lifetime"),
            told("tokens.access_token", tokens.access_token),
            seconds(1)..=days(1),
            "Life of its access tokens.",
        );
        let clients: Option<Vec<String>> = reader.take_if(
            member("clients"),
            told("all", None),
            |names: &Option<Vec<String>>| all_are(names.as_deref().unwrap_or_default(), is_client),
            "The clients that may ask for it.",
        );
        let introspected_by: Vec<String> = reader.take_if(
            member("introspected_by"),
            Vec::new(),
            |names: &Vec<String>| all_are(names, is_client),
            "The clients as which the API's servers introspect its tokens.",
        );
        let exchanged_by: Vec<String> = reader.take_if(
            member("exchanged_by"),
            Vec::new(),
            |names: &Vec<String>| all_are(names, is_client),
            "The clients that may call it in the name of the people by whom they were called (RFC 8693).",
        );
        let ids = |names: Vec<String>| {
            names.iter().filter_map(|name| ClientId::parse(name)).collect::<Vec<_>>()
        };
        Self {
            scopes: model::Scopes::parse(&scopes.join(" ")).unwrap_or_default(),
            token_format: format.as_deref().and_then(TokenFormat::parse),
            token_lifetime,
            clients: clients.map(ids),
            introspected_by: ids(introspected_by),
            exchanged_by: ids(exchanged_by),
        }
    }
}

/// RFC 8707 section 2: an absolute URI without a fragment; the issuer is a resource by itself.
fn check_url(text: &str, issuer: Option<&Issuer>) -> Result<(), &'static str> {
    let fits = url::Url::parse(text).is_ok_and(|url| url.fragment().is_none()) && text.len() <= 500;
    if !fits || text.contains(char::is_whitespace) {
        return Err(
            "is no name for a resource: write the API's URL without a fragment, like \"https://api.example.org\"",
        );
    }
    if issuer.is_some_and(|issuer| issuer.as_str() == text) {
        return Err("is the issuer, which is a resource by itself: name another");
    }
    Ok(())
}

fn is_client(name: &str) -> bool {
    ClientId::parse(name).is_some()
}

fn all_are(names: &[String], fits: impl Fn(&str) -> bool) -> Result<(), String> {
    match names.iter().find(|name| !fits(name)) {
        None => Ok(()),
        Some(wrong) => Err(format!("has {wrong:?}, which can be none: write names without blanks")),
    }
}

#[expect(clippy::ref_option, reason = "the shape of all checks")]
fn is_format(text: &Option<String>) -> Result<(), String> {
    if text.as_deref().is_none_or(|text| TokenFormat::parse(text).is_some()) {
        return Ok(());
    }
    Err("is no form of access tokens: write \"jwt\" or \"opaque\"".to_owned())
}
