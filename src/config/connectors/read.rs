//! The members of `[connectors.NAME]`, one by one.

use std::path::Path;

use super::members::Members;
use super::provider::Provider;
use super::{Connector, Dialect, FirstSignIn};
use crate::config::reading::{Raw, Reader, Value, told};
use crate::model::Scopes;

impl Connector {
    pub(super) fn read(reader: &mut Reader, name: &str, kept: bool) -> Self {
        let mut members = Members { reader, kept, prefix: super::full_name(name) };
        let m = &mut members;
        let title: Option<String> = m.reader.take(
            m.name("title"),
            told("its name", None),
            "What people know the provider by, on the button.",
        );
        let provider = m.provider();
        let client_id: Option<String> = m.reader.require(
            m.name("client_id"),
            "write what the provider calls this server",
            "What the provider calls this server.",
        );
        let credential = m.credential(&provider.dialect);
        let scopes = m.scopes(&provider);
        let (first_sign_in, domains) = m.newcomers();
        let second_factor = m.reader.take(
            m.name("second_factor"),
            vec!["urn:hatcheck:acr:2fa".to_owned()],
            "The provider's `acr` values that tell of a second factor; the first is asked for when an app wants one.",
        );
        let sign_out_there = m.reader.take(
            m.name("sign_out_there"),
            false,
            "Whether people who sign out here are signed out at the provider as well, by its `end_session_endpoint`.",
        );
        let mapping = m.mapping();
        let tokens_for = m.reader.take(
            m.name("tokens_for"),
            Vec::new(),
            "The apps that get the provider's own access tokens by token exchange; they are kept, encrypted and refreshed, only where there are such apps.",
        );
        Self {
            title: title.or(provider.title).unwrap_or_else(|| name.to_owned()),
            issuer: provider.issuer,
            dialect: provider.dialect,
            client_id: client_id.unwrap_or_default(),
            credential,
            scopes,
            first_sign_in,
            domains,
            second_factor,
            sign_out_there,
            mapping,
            tokens_for,
        }
    }
}

impl Members<'_> {
    fn scopes(&mut self, provider: &Provider) -> Scopes {
        let plain = matches!(provider.dialect, Dialect::Plain(_));
        let scopes: Option<String> = self.reader.take_if(
            self.name("scopes"),
            told("openid profile email, or what the preset needs", None),
            |text: &Option<String>| text.as_deref().filter(|_| !plain).map_or(Ok(()), has_openid),
            "The scopes that are asked for.",
        );
        Scopes::parse(scopes.as_deref().unwrap_or(provider.scopes)).unwrap_or_default()
    }

    fn newcomers(&mut self) -> (FirstSignIn, Vec<String>) {
        let first_sign_in = self.reader.take(
            self.name("first_sign_in"),
            FirstSignIn::Create,
            "What becomes of people who sign in by it for the first time: `create` (they get an account), `link` (they sign in to one that they have here) or `refuse`.",
        );
        let domains: Vec<String> = self.reader.take(
            self.name("domains"),
            Vec::new(),
            "The domains whose addresses the provider alone gives out: who has such an address there, verified, has the account of it here.",
        );
        (first_sign_in, domains.iter().map(|domain| domain.to_lowercase()).collect())
    }
}

impl Value for FirstSignIn {
    fn read(raw: &Raw, folder: &Path) -> Result<Self, String> {
        match String::read(raw, folder)?.as_str() {
            "create" => Ok(Self::Create),
            "link" => Ok(Self::Link),
            "refuse" => Ok(Self::Refuse),
            _ => Err("is none of \"create\", \"link\" and \"refuse\"".to_owned()),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Create => "create".to_owned(),
            Self::Link => "link".to_owned(),
            Self::Refuse => "refuse".to_owned(),
        }
    }
}

/// Whether a connector can be called that.
pub(super) fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.len() <= 40 && name.bytes().all(allowed)
}

fn has_openid(text: &str) -> Result<(), String> {
    match Scopes::parse(text) {
        Ok(scopes) if scopes.contains("openid") => Ok(()),
        Ok(_) => Err("lacks openid, without which nobody is told who signed in".to_owned()),
        Err(error) => Err(format!("can't be read: {error}")),
    }
}
